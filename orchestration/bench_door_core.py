"""The twelve questions of the executive and branch pages, and the core's own SQL for each.

The SQL is what a competent user would write who may read every row: filtered early, by index where
there is one. Its first column holds parts of the question's first metric.
"""

from dataclasses import dataclass

from transforms.metrics.period import Grain
from transforms.metrics.query import Comparison


@dataclass(frozen=True)
class Question:
    """One widget of a page, as the metric layer is asked it and as the core is."""

    page: str
    name: str
    metrics: tuple[str, ...]
    sql: str
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    period: str = "last_week"
    compare: tuple[Comparison, ...] = ()


BOOKED = """
select q.location_id, q.service_type, q.accepted_on, q.subtotal_amount - q.discount_amount as amount
from core.quotes q
where q.client_id = %(client)s and q.accepted_on >= %(first)s and q.accepted_on < %(end)s
  and not exists (
    select from core.quotes e where e.client_id = q.client_id and e.family_id = q.family_id
      and (e.accepted_on, e.accepted_at, e.version) < (q.accepted_on, q.accepted_at, q.version))
"""
DECIDED = """
select distinct on (q.family_id) q.location_id, q.decided_on,
  q.status in ('ACCEPTED', 'CONVERTED') as is_won
from core.quotes q
where q.client_id = %(client)s and q.status in ('ACCEPTED', 'CONVERTED', 'REJECTED', 'EXPIRED')
  and q.family_id in (
    select family_id from core.quotes where client_id = %(client)s
      and decided_on >= %(first)s and decided_on < %(end)s)
order by q.family_id, q.status in ('ACCEPTED', 'CONVERTED') desc, q.version desc
"""
JOBS = """
select j.id, j.location_id, j.service_on, j.quote_id, j.quoted_amount, j.status,
  j.started_at, j.arrived_at, j.arrival_window_end_at
from core.truck_journeys j
where j.client_id = %(client)s and j.service_on >= %(first)s and j.service_on < %(end)s
"""
BILLS = """
select coalesce(i.journey_id, o.journey_id) as journey_id,
  coalesce(i.quote_id, o.quote_id) as quote_id, i.subtotal_amount - i.discount_amount as amount
from core.invoices i
left join core.invoices o on o.client_id = i.client_id and o.id = i.credit_of_invoice_id
where i.client_id = %(client)s and i.status not in ('DRAFT', 'CANCELLED')
  and i.storage_booking_id is null
"""
SERVED = f"""
select jobs.location_id, jobs.service_on, bills.amount
from ({JOBS}) jobs join ({BILLS}) bills on bills.journey_id = jobs.id
union all
select jobs.location_id, jobs.service_on, round(whole.amount * jobs.quoted_amount / parts.amount, 2)
from ({JOBS}) jobs
join (select quote_id, sum(amount) as amount from ({BILLS}) b where journey_id is null
  group by quote_id having sum(amount) > 0) whole on whole.quote_id = jobs.quote_id
join (select quote_id, sum(quoted_amount) as amount from core.truck_journeys
  where client_id = %(client)s and status <> 'CANCELLED' group by quote_id
  having sum(quoted_amount) > 0) parts on parts.quote_id = jobs.quote_id
where jobs.status <> 'CANCELLED'
"""
PLANNED = """
select q.family_id, min(q.location_id::text)::uuid as location_id,
  bool_and(j.status = 'CANCELLED') as is_cancelled,
  coalesce(min(j.service_on) filter (where j.status <> 'CANCELLED'), min(j.service_on))
    as service_on
from core.truck_journeys j join core.quotes q on q.client_id = j.client_id and q.id = j.quote_id
where j.client_id = %(client)s and q.family_id in (
  select f.family_id from core.truck_journeys t
  join core.quotes f on f.client_id = t.client_id and f.id = t.quote_id
  where t.client_id = %(client)s and t.service_on >= %(first)s and t.service_on < %(end)s)
group by q.family_id
"""
DONE = """
select j.location_id from core.truck_journeys j
where j.client_id = %(client)s and j.completed_on >= %(first)s and j.completed_on < %(end)s
  and j.status in ('COMPLETED', 'AUDITED')
"""
POSTED = """
select i.location_id, i.subtotal_amount - i.discount_amount as amount
from core.invoices i where i.client_id = %(client)s and i.status <> 'DRAFT'
  and i.issued_on >= %(first)s and i.issued_on < %(end)s
union all
select i.location_id, i.discount_amount - i.subtotal_amount
from core.invoices i where i.client_id = %(client)s and i.status = 'CANCELLED'
  and i.issued_on is not null and greatest(i.cancelled_on, i.issued_on) >= %(first)s
  and greatest(i.cancelled_on, i.issued_on) < %(end)s
"""
CASH = """
select p.location_id,
  case when p.payment_category = 'REFUND' then -p.payment_amount else p.payment_amount end as amount
from core.payments p
where p.client_id = %(client)s and p.status in ('COMPLETED', 'REFUNDED')
  and p.received_on >= %(first)s and p.received_on < %(end)s
"""
OWED = """
select min(location_id::text)::uuid as location_id, greatest(sum(amount), 0) as amount
from (
  select coalesce(i.credit_of_invoice_id, i.id) as account, i.location_id, i.total_amount as amount
  from core.invoices i
  where i.client_id = %(client)s and i.status <> 'DRAFT' and i.issued_on < %(end)s
  union all
  select coalesce(i.credit_of_invoice_id, i.id), i.location_id, -i.total_amount
  from core.invoices i where i.client_id = %(client)s and i.status = 'CANCELLED'
    and i.issued_on is not null and greatest(i.cancelled_on, i.issued_on) < %(end)s
  union all
  select coalesce(i.credit_of_invoice_id, i.id), i.location_id,
    case when p.payment_category = 'REFUND' then p.payment_amount else -p.payment_amount end
  from core.payments p join core.invoices i on i.client_id = p.client_id and i.id = p.invoice_id
  where p.client_id = %(client)s and p.status in ('COMPLETED', 'REFUNDED')
    and p.received_on < %(end)s and i.issued_on is not null and i.status <> 'DRAFT'
) movements group by account
"""
OPEN = """
select q.location_id, q.subtotal_amount - q.discount_amount as amount
from core.quotes q
where q.client_id = %(client)s and q.sent_on < %(end)s and q.valid_until_on >= %(end)s::date - 1
  and q.status in ('SENT', 'VIEWED')
"""
NEW = """
select l.id, l.location_id, l.source, l.created_on from core.leads l
where l.client_id = %(client)s and l.created_on >= %(first)s and l.created_on < %(end)s
  and not l.is_bad
"""
ON_TIME = f"""
select count(*) filter (where arrived_at <= arrival_window_end_at) * 100.0 / nullif(count(*), 0)
from ({JOBS}) jobs where started_at is not null and arrival_window_end_at is not null"""
CANCELLED = f"""
select count(*) filter (where is_cancelled) * 100.0 / nullif(count(*), 0)
from ({PLANNED}) planned where service_on >= %(first)s and service_on < %(end)s"""
WON = f"""
select count(*) filter (where is_won) * 100.0 / nullif(count(*), 0)
from ({DECIDED}) decided where decided_on >= %(first)s and decided_on < %(end)s"""

HOME = " where location_id = %(branch)s"


def _one(facts: str, figure: str, place: str) -> str:
    return f"(select {figure} from ({facts}) facts{place})"


def _headline(*, branch: bool) -> str:
    place, more = (HOME, " and location_id = %(branch)s") if branch else ("", "")
    parts = [
        _one(BOOKED, "count(*)", place), _one(BOOKED, "sum(amount)", place),
        _one(BOOKED, "avg(amount)", place), _one(SERVED, "sum(amount)", place),
        _one(CASH, "sum(amount)", place), _one(DONE, "count(*)", place),
        f"({WON}{more})", f"({CANCELLED}{more})",
    ]  # fmt: skip
    if branch:
        parts = [_one(NEW, "count(*)", place), f"({ON_TIME}{more})", *parts]
    else:
        parts += [_one(POSTED, "sum(amount)", place), _one(OWED, "sum(amount)", place)]
    return f"select {', '.join(parts)}"


def _weeks(place: str = "") -> str:
    return f"""
select sum(booked), sum(served), week from (
  select amount as booked, 0 as served, date_trunc('week', accepted_on) as week, location_id
  from ({BOOKED}) b
  union all select 0, amount, date_trunc('week', service_on), location_id from ({SERVED}) s
) both_sides{place} group by week"""


def _months(place: str = "") -> str:
    return f"""
select count(*), date_trunc('month', accepted_on) from ({BOOKED}) b{place}
group by date_trunc('month', accepted_on)"""


def _services(place: str = "") -> str:
    return f"select sum(amount), service_type from ({BOOKED}) b{place} group by service_type"


PROVINCES = f"""
select sum(b.amount), l.province from ({BOOKED}) b
left join core.locations l on l.client_id = %(client)s and l.id = b.location_id group by l.province
"""
BRANCHES = f"""
select sum(bookings), sum(booked), sum(served), sum(jobs), location_id,
  sum(gone) * 100.0 / nullif(sum(planned), 0), sum(on_time) * 100.0 / nullif(sum(windows), 0)
from (
  select location_id, 1 as bookings, amount as booked, 0 as served, 0 as jobs, 0 as gone,
    0 as planned, 0 as on_time, 0 as windows from ({BOOKED}) b
  union all select location_id, 0, 0, amount, 0, 0, 0, 0, 0 from ({SERVED}) s
  union all select location_id, 0, 0, 0, 1, 0, 0, 0, 0 from ({DONE}) d
  union all select location_id, 0, 0, 0, 0, is_cancelled::int, 1, 0, 0 from ({PLANNED}) p
    where service_on >= %(first)s and service_on < %(end)s
  union all select location_id, 0, 0, 0, 0, 0, 0, (arrived_at <= arrival_window_end_at)::int, 1
    from ({JOBS}) j where started_at is not null and arrival_window_end_at is not null
) facts group by location_id"""
NOW = f"select {_one(OPEN, 'sum(amount)', HOME)}, {_one(OWED, 'sum(amount)', HOME)}"
SOURCES = f"""
select count(*), n.source, count(*) filter (where exists (
  select from core.quotes q where q.client_id = %(client)s and q.lead_id = n.id
    and q.accepted_on is not null)) * 100.0 / count(*)
from ({NEW}) n{HOME} group by n.source"""

BOTH = (Comparison.PREVIOUS, Comparison.LAST_YEAR)
COMPANY, BRANCH = "executive", "branch"
BOOKED_SERVED = ("booked_amount", "service_revenue")

QUESTIONS = (
    Question(COMPANY, "executive headline", (
        "bookings", "booked_amount", "service_revenue", "invoiced_revenue", "cash_collected",
        "receivables", "jobs_completed", "quote_booking_rate", "cancellation_rate",
        "average_booked_value",
    ), _headline(branch=False), compare=BOTH),
    Question(COMPANY, "executive weeks", BOOKED_SERVED, _weeks(), grain=Grain.WEEK,
             period="trailing_52_weeks"),
    Question(COMPANY, "executive months", ("bookings",), _months(), grain=Grain.MONTH,
             period="trailing_24_months"),
    Question(COMPANY, "provinces", ("booked_amount",), PROVINCES, by=("province",)),
    Question(COMPANY, "services", ("booked_amount",), _services(), by=("service_type",)),
    Question(COMPANY, "branches", (
        "bookings", "booked_amount", "service_revenue", "jobs_completed", "cancellation_rate",
        "on_time_rate",
    ), BRANCHES, by=("branch",)),
    Question(BRANCH, "branch headline", (
        "new_leads", "bookings", "booked_amount", "quote_booking_rate", "average_booked_value",
        "jobs_completed", "service_revenue", "on_time_rate", "cancellation_rate",
        "cash_collected",
    ), _headline(branch=True), compare=BOTH),
    Question(BRANCH, "branch now", ("open_pipeline", "receivables"), NOW, period="today"),
    Question(BRANCH, "branch weeks", BOOKED_SERVED, _weeks(HOME), grain=Grain.WEEK,
             period="trailing_26_weeks"),
    Question(BRANCH, "branch months", ("bookings",), _months(HOME), grain=Grain.MONTH,
             period="trailing_18_months"),
    Question(BRANCH, "branch sources", ("new_leads", "lead_booking_rate"), SOURCES,
             by=("source",)),
    Question(BRANCH, "branch services", ("booked_amount",), _services(HOME),
             by=("service_type",)),
)  # fmt: skip
