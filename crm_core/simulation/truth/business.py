"""What several figures share: valid leads, first acceptances, jobs with their money and crew.

Each is one frame, written from the catalogue's settled definitions.
"""

import polars as pl

from crm_core.enums import InvoiceStatus, JourneyStage, PaymentCategory, PaymentStatus, QuoteStatus
from crm_core.simulation.truth.reading import Rows

WON = [status.value for status in QuoteStatus.won()]
DECIDED = [status.value for status in QuoteStatus.decided()]
DONE = [stage.value for stage in JourneyStage.done()]
NEVER_ISSUED = [InvoiceStatus.DRAFT.value]
NOT_REVENUE = [InvoiceStatus.DRAFT.value, InvoiceStatus.CANCELLED.value]
COLLECTED = [PaymentStatus.COMPLETED.value, PaymentStatus.REFUNDED.value]
OFF = JourneyStage.CANCELLED.value
STORAGE = "storage"
NET = pl.col("subtotal_amount") - pl.col("discount_amount")

READ = {
    "clients": ("id", "timezone"),
    "locations": ("id", "code", "province", "timezone", "business_hours", "truck_count"),
    "status_events": (
        "entity", "entity_id", "status_column", "from_status", "to_status", "occurred_at",
        "location_id",
    ),
    "users": ("id", "location_id", "role"),
    "customers": ("id", "type", "location_id"),
    "leads": (
        "id", "customer_id", "location_id", "owner_id", "source", "priority", "move_size",
        "status", "is_bad", "created_on", "received_at", "first_contacted_at",
        "estimated_move_on",
    ),
    "quotes": (
        "id", "lead_id", "customer_id", "location_id", "owner_id", "family_id", "version",
        "status", "service_type", "move_size", "created_on", "sent_at", "sent_on", "viewed_at",
        "valid_until_on", "accepted_at", "accepted_on", "decided_on", "move_on",
        "rejection_reason", "subtotal_amount", "discount_amount",
    ),
    "truck_journeys": (
        "id", "customer_id", "quote_id", "location_id", "owner_id", "status", "service_type",
        "move_size", "service_on", "planned_start_at", "planned_end_at", "arrival_window_end_at",
        "estimated_minutes", "actual_minutes", "started_at", "arrived_at", "completed_at",
        "completed_on", "cancelled_at", "cancelled_on", "crew_size", "truck_count",
        "quoted_amount", "estimated_cost_amount", "actual_cost_amount",
    ),
    "assigned_crew": ("journey_id", "user_id", "is_lead", "status"),
    "invoices": (
        "id", "customer_id", "journey_id", "quote_id", "storage_booking_id",
        "credit_of_invoice_id", "location_id", "status", "subtotal_amount", "discount_amount",
        "tax_amount", "total_amount", "tax_province", "service_on", "period_start_on",
        "issued_at", "issued_on", "due_on", "paid_on", "cancelled_on",
    ),
    "payments": (
        "id", "invoice_id", "location_id", "status", "payment_category", "payment_method",
        "gateway", "payment_amount", "fee_amount", "received_on",
    ),
    "storage_bookings": (
        "id", "unit_id", "customer_id", "location_id", "status", "starts_on", "activated_on",
        "moved_out_on", "billing_cycle", "rate_amount", "discount_amount",
    ),
}  # fmt: skip


def leads(rows: Rows) -> pl.DataFrame:
    """Leads that count in a rate: no duplicate, no spam."""
    return rows["leads"].filter(~pl.col("is_bad"))


def decided(rows: Rows) -> pl.DataFrame:
    """One quote per family that was decided: the won one, otherwise the latest version."""
    return (
        rows["quotes"]
        .filter(pl.col("status").is_in(DECIDED) & pl.col("decided_on").is_not_null())
        .sort(pl.col("status").is_in(WON), "version", descending=True)
        .unique("family_id", keep="first", maintain_order=True)
        .with_columns(NET.alias("net"), pl.col("status").is_in(WON).alias("is_won"))
        .join(_lead_facts(rows), on="lead_id", how="left")
    )


def bookings(rows: Rows) -> pl.DataFrame:
    """Booked moves: the first acceptance of each family, with what became of its journeys.

    Adds net, source, lead_received_at, service_on, starts_at, is_cancelled, cancelled_on and _at.
    """
    quotes = rows["quotes"]
    first = (
        quotes.filter(pl.col("accepted_on").is_not_null())
        .sort("accepted_on", "version")
        .unique("family_id", keep="first", maintain_order=True)
        .with_columns(NET.alias("net"))
        .join(_lead_facts(rows), on="lead_id", how="left")
    )
    off = pl.col("status") == OFF
    work = (
        rows["truck_journeys"]
        .filter(pl.col("quote_id").is_not_null())
        .join(quotes.select(pl.col("id").alias("quote_id"), "family_id"), on="quote_id")
        .group_by("family_id")
        .agg(
            pl.col("service_on").filter(~off).min().alias("live_on"),
            pl.col("service_on").min().alias("first_on"),
            pl.col("planned_start_at").min().alias("starts_at"),
            off.all().alias("is_cancelled"),
            pl.col("cancelled_on").max(),
            pl.col("cancelled_at").max(),
        )
    )
    return first.join(work, on="family_id", how="left").with_columns(
        pl.coalesce("live_on", "first_on", "move_on").alias("service_on"),
        pl.col("is_cancelled").fill_null(False),
    )


def _lead_facts(rows: Rows) -> pl.DataFrame:
    return rows["leads"].select(
        pl.col("id").alias("lead_id"),
        "source",
        pl.col("received_at").alias("lead_received_at"),
        pl.col("created_on").alias("lead_created_on"),
    )


def crews(rows: Rows) -> pl.DataFrame:
    """The crew of each journey, named for its leader: journey_id, crew."""
    return (
        rows["assigned_crew"]
        .filter(pl.col("is_lead") & ~pl.col("status").is_in(["DECLINED", "CANCELLED"]))
        .sort("user_id")
        .unique("journey_id", keep="first", maintain_order=True)
        .select("journey_id", pl.col("user_id").alias("crew"))
    )


def journey_revenue(rows: Rows) -> pl.DataFrame:
    """Invoiced before tax less credits by journey: journey_id, revenue.

    What was billed for a whole quote belongs to its journeys by their quoted shares: down to the
    cent, the remainder with the last of them.
    """
    bills = (
        rows["invoices"].filter(~pl.col("status").is_in(NOT_REVENUE)).with_columns(NET.alias("net"))
    )
    direct = bills.filter(pl.col("journey_id").is_not_null()).select("journey_id", "net")
    whole = (
        bills.filter(pl.col("journey_id").is_null() & pl.col("quote_id").is_not_null())
        .group_by("quote_id")
        .agg((pl.col("net").sum() * 100).cast(pl.Int64).alias("cents"))
    )
    shares = (
        rows["truck_journeys"]
        .filter(pl.col("status") != OFF)
        .join(whole, on="quote_id")
        .sort("quote_id", "service_on", "id")
        .with_columns((pl.col("quoted_amount") * 100).cast(pl.Int64).alias("part"))
        .with_columns(
            pl.col("part").cum_sum().over("quote_id").alias("upto"),
            pl.col("part").sum().over("quote_id").alias("all"),
        )
        .filter(pl.col("all") > 0)
    )

    def share(until: pl.Expr) -> pl.Expr:
        return pl.col("cents") * until // pl.col("all")

    split = shares.select(
        pl.col("id").alias("journey_id"),
        (share(pl.col("upto")) - share(pl.col("upto") - pl.col("part"))).alias("cents"),
    ).select("journey_id", (pl.col("cents").cast(pl.Decimal(20, 2)) / 100).alias("net"))
    return (
        pl.concat([direct, split], how="vertical_relaxed")
        .group_by("journey_id")
        .agg(pl.col("net").sum().alias("revenue"))
    )


def jobs(rows: Rows) -> pl.DataFrame:
    """Journeys whose work is finished, with revenue, cost, crew, customer segment and source."""
    quotes = rows["quotes"].select(
        pl.col("id").alias("quote_id"), "lead_id", "family_id", pl.col("owner_id").alias("rep")
    )
    lead = rows["leads"].select(pl.col("id").alias("lead_id"), "source")
    segments = rows["customers"].select(
        pl.col("id").alias("customer_id"), pl.col("type").alias("segment")
    )
    money = pl.Decimal(18, 2)
    return (
        rows["truck_journeys"]
        .filter(pl.col("status").is_in(DONE))
        .rename({"id": "journey_id"})
        .join(rows.once(journey_revenue), on="journey_id", how="left")
        .join(rows.once(crews), on="journey_id", how="left")
        .join(quotes, on="quote_id", how="left")
        .join(lead, on="lead_id", how="left")
        .join(segments, on="customer_id", how="left")
        .with_columns(
            pl.col("revenue").cast(money).fill_null(0),
            pl.col("actual_cost_amount").fill_null(0).alias("cost"),
            pl.col("service_type").alias("service"),
            pl.col("move_size").alias("size"),
        )
        .sort("journey_id")
    )


def bills(rows: Rows) -> pl.DataFrame:
    """Numbered invoices and credit notes with net, service, segment; drafts are none.

    `account` is the invoice that a credit note belongs to, `served_on` the day of the work.
    """
    work = rows["truck_journeys"].select(
        pl.col("id").alias("journey_id"), pl.col("service_type").alias("of_journey"),
        pl.col("service_on").alias("journey_on"),
    )  # fmt: skip
    offer = rows["quotes"].select(
        pl.col("id").alias("quote_id"), pl.col("service_type").alias("of_quote")
    )
    segments = rows["customers"].select(
        pl.col("id").alias("customer_id"), pl.col("type").alias("segment")
    )
    is_rent = pl.col("storage_booking_id").is_not_null()
    return (
        rows["invoices"]
        .filter(~pl.col("status").is_in(NEVER_ISSUED) & pl.col("issued_on").is_not_null())
        .join(work, on="journey_id", how="left")
        .join(offer, on="quote_id", how="left")
        .join(segments, on="customer_id", how="left")
        .with_columns(
            NET.alias("net"),
            pl.coalesce("credit_of_invoice_id", "id").alias("account"),
            pl.when(is_rent)
            .then(pl.lit(STORAGE))
            .otherwise(pl.coalesce("of_journey", "of_quote"))
            .alias("service"),
            pl.coalesce("service_on", "journey_on", "period_start_on").alias("served_on"),
            (pl.col("status") == InvoiceStatus.CANCELLED.value).alias("is_cancelled"),
        )
    )


def postings(rows: Rows) -> pl.DataFrame:
    """Bills on the day of issue and, taken back, on the day of cancellation: `on` and `sign`."""
    all_bills = rows.once(bills)
    back = all_bills.filter(pl.col("is_cancelled"))
    return pl.concat(
        [
            all_bills.with_columns(pl.col("issued_on").alias("on"), pl.lit(1).alias("sign")),
            back.with_columns(pl.col("cancelled_on").alias("on"), pl.lit(-1).alias("sign")),
        ]
    )


def money_in(rows: Rows) -> pl.DataFrame:
    """Payments that came in, whatever became of them later, and refunds negative: `amount`."""
    is_refund = pl.col("payment_category") == PaymentCategory.REFUND.value
    return (
        rows["payments"]
        .filter(pl.col("status").is_in(COLLECTED))
        .with_columns(
            pl.when(is_refund)
            .then(-pl.col("payment_amount"))
            .otherwise("payment_amount")
            .alias("amount"),
            is_refund.alias("is_refund"),
            pl.col("received_on").alias("on"),
        )
    )
