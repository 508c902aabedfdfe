"""A01 to A07 and A09: accounts, log-ins, overrides and what the audit trail counts.

A08 is unknown to the rows of the core: the declared sensitive fields are no table.
"""

import polars as pl

from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import standing

READ = {
    "audit_entries": (
        "id", "action", "resource", "resource_id", "severity", "occurred_at", "details",
        "location_id", "owner_id", "changed_xid",
    ),
    "users": ("id", "location_id", "role", "status", "is_two_factor_enabled", "last_login_at"),
    "user_permissions": (
        "id", "user_id", "location_id", "resource", "is_granted", "created_at", "expires_at",
    ),
    "status_events": ("entity", "occurred_at", "location_id", "changed_xid"),
}  # fmt: skip

DORMANT_DAYS = 90
BULK_ROWS = 1_000
OF_ONE_BRANCH = ["MANAGER", "DISPATCHER", "STORAGE_MANAGER", "FLEET_MANAGER"]
"""Roles that see the branches they are given, not the company."""
READS = ["EXPORT", "REVEAL", "VIEW"]
"""Acts of the trail by which somebody reads."""


def entries(rows: Rows) -> pl.DataFrame:
    """Audit entries on their local day."""
    return rows.at_wall(rows["audit_entries"], "occurred_at", "wall").with_columns(
        pl.col("wall").dt.date().alias("on")
    )


def log_ins(rows: Rows) -> pl.DataFrame:
    """A01: refused ÷ all log-ins; the role is that of the account that was tried."""
    roles = rows["users"].select(pl.col("id").alias("resource_id"), "role")
    return (
        rows.once(entries)
        .filter(pl.col("action").is_in(["SIGN_IN", "SIGN_IN_REFUSED"]))
        .join(roles, on="resource_id", how="left")
        .select(
            "location_id", "on", (pl.col("action") != "SIGN_IN").cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"), "role", pl.col("wall").dt.hour().alias("hour"),
        )
    )  # fmt: skip


def accounts(rows: Rows) -> pl.DataFrame:
    """A02 second factor ÷ active accounts, A03 without a log-in for 90 days; at the last day."""
    active = rows["users"].filter(pl.col("status") == "ACTIVE")
    since = pl.lit(rows.until) - pl.duration(days=DORMANT_DAYS)
    last = rows.dated(active, "last_login_at", "last_on")
    return last.select(
        "location_id", pl.lit(rows.until).alias("on"),
        pl.col("is_two_factor_enabled").cast(pl.Int64).alias("num"), pl.lit(1).alias("den"),
        (pl.col("last_on").is_null() | (pl.col("last_on") < since)).cast(pl.Int64)
        .alias("dormant"), "role",
    )  # fmt: skip


def overrides(rows: Rows) -> pl.DataFrame:
    """A04: personal grants in force at ends of months; those without an end."""
    granted = rows.dated(rows["user_permissions"].filter("is_granted"), "created_at", "from")
    dated = rows.dated(granted, "expires_at", "to")
    return standing(dated, "from", "to", rows.ends).select(
        "location_id", "on", pl.lit(1).alias("value"),
        pl.col("expires_at").is_null().cast(pl.Int64).alias("endless"), "resource",
    )  # fmt: skip


def reads_elsewhere(rows: Rows) -> pl.DataFrame:
    """A05: reads of rows of another branch than the reader's, by roles of single branches, by day.

    Reads that the trail notes are exports, revealed secrets and customers that were opened.
    """
    people = rows["users"].select(
        pl.col("id").alias("owner_id"), "role", pl.col("location_id").alias("home")
    )
    read = rows.once(entries).filter(pl.col("action").is_in(READS))
    away = pl.col("role").is_in(OF_ONE_BRANCH) & (pl.col("home") != pl.col("location_id"))
    return read.join(people, on="owner_id", how="left").select(
        "location_id", "on", away.fill_null(False).cast(pl.Int64).alias("value"), "role",
        "resource",
    )  # fmt: skip


def changes(rows: Rows) -> pl.DataFrame:
    """A07: changes of status whose transaction wrote an entry ÷ changes of status, on their day.

    Copied rows carry no number of their transaction: all were written in the same one.
    """
    known = rows["audit_entries"].select("changed_xid").unique().with_columns(num=pl.lit(1))
    made = rows.dated(rows["status_events"], "occurred_at", "on")
    return made.join(known, on="changed_xid", how="left", nulls_equal=True).select(
        "location_id", "on", pl.col("num").fill_null(0), pl.lit(1).alias("den"),
        pl.col("entity").alias("table"),
    )  # fmt: skip


def critical(rows: Rows) -> pl.DataFrame:
    """A06: entries of severity CRITICAL, by day; that one was acknowledged is not kept."""
    return rows.once(entries).select(
        "location_id", "on", (pl.col("severity") == "CRITICAL").cast(pl.Int64).alias("value"),
        "resource",
    )  # fmt: skip


def exports(rows: Rows) -> pl.DataFrame:
    """A09: exports of more than 1,000 rows, by day; the role is that of the person."""
    roles = rows["users"].select(pl.col("id").alias("owner_id"), "role")
    count = pl.col("details").str.json_path_match("$.rows").cast(pl.Int64, strict=False)
    return (
        rows.once(entries)
        .filter(pl.col("action") == "EXPORT")
        .join(roles, on="owner_id", how="left")
        .select(
            "location_id", "on", (count > BULK_ROWS).fill_null(False).cast(pl.Int64)
            .alias("value"), "role", "resource",
        )
    )  # fmt: skip


UP, DOWN = Direction.UP, Direction.DOWN
_ROLE = ("role",)

KPIS = (
    Kpi("A01", log_ins, Unit.PERCENT, DOWN, "hour", ("role", "hour"), Kind.RATIO),
    Kpi("A02", accounts, Unit.PERCENT, UP, "as-of", _ROLE, Kind.RATIO),
    Kpi("A03", accounts, Unit.NUMBER, DOWN, "as-of", _ROLE, value="dormant"),
    Kpi("A04_live", overrides, Unit.NUMBER, DOWN, "as-of", ("resource",)),
    Kpi("A04_endless", overrides, Unit.NUMBER, DOWN, "as-of", ("resource",), value="endless"),
    Kpi("A05", reads_elsewhere, Unit.NUMBER, DOWN, "day", ("role", "resource")),
    Kpi("A07", changes, Unit.PERCENT, UP, "day", ("table",), Kind.RATIO),
    Kpi("A06", critical, Unit.NUMBER, DOWN, "day", ("resource",)),
    Kpi("A09", exports, Unit.NUMBER, DOWN, "day", _ROLE),
)
