"""A door of hand-made marts: few rows, every expected figure can be added up on paper.

The real door has its own tests; this one only proves that figures come out of marts right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

VANC, MONT, HALI, SHUT = "id-vanc", "id-mont", "id-hali", "id-shut"

MARTS = {
    "dim_locations": """
        select * from (values
          ('id-vanc', 'VANC', 'Vancouver', 'BC', true,  date '2019-05-01', null::date),
          ('id-mont', 'MONT', 'Montreal',  'QC', true,  date '2020-01-01', null),
          ('id-hali', 'HALI', 'Halifax',   'NS', false, date '2021-01-01', null),
          ('id-shut', 'SHUT', 'Shutdown',  'ON', false, date '2019-01-01', date '2025-12-31')
        ) t(location_id, branch_code, branch_name, province, is_corporate, opened_on, closed_on)
    """,
    # Ten leads: VANC 5 in October (one a duplicate), MONT 2 in October, 1 unassigned in October,
    # VANC 2 in September.
    "fct_leads": """
        select *, 'Moving' as service_type, '1-bedroom' as move_size, 'user-1' as owner_id,
               'NEW' as status, 'LOW' as priority, null::date as won_on, null::date as decided_on
        from (values
          ('l01', 'id-vanc', date '2026-10-01', true,  true,  'WEB'),
          ('l02', 'id-vanc', date '2026-10-05', true,  false, 'WEB'),
          ('l03', 'id-vanc', date '2026-10-20', true,  false, 'PHONE'),
          ('l04', 'id-vanc', date '2026-10-31', true,  true,  null),
          ('l05', 'id-vanc', date '2026-10-31', false, true,  'WEB'),
          ('l06', 'id-mont', date '2026-10-02', true,  false, 'WEB'),
          ('l07', 'id-mont', date '2026-10-03', true,  false, 'PHONE'),
          ('l08', null,      date '2026-10-03', true,  true,  'WEB'),
          ('l09', 'id-vanc', date '2026-09-30', true,  true,  'WEB'),
          ('l10', 'id-vanc', date '2026-09-01', true,  true,  'PHONE')
        ) t(lead_id, location_id, created_on, is_valid, is_booked, source)
    """,
    "fct_quotes": """
        select *, 'Moving' as service_type, 'WEB' as source, '1-bedroom' as move_size,
               'user-1' as owner_id
        from (values
          ('q1', 'id-vanc', date '2026-10-02', true,  true,  false),
          ('q2', 'id-vanc', date '2026-10-03', true,  false, false),
          ('q3', 'id-vanc', date '2026-10-04', true,  false, false),
          ('q4', 'id-mont', date '2026-10-05', true,  true,  false),
          ('q5', 'id-mont', null,              false, false, true)
        ) t(quote_id, location_id, decided_on, is_decided, is_accepted, is_superseded)
    """,
    # October: VANC 100.10 + 200.20 + 300.30 = 600.60, MONT 1000.05, unassigned 50.00.
    "fct_bookings": """
        select *, 'Moving' as service_type, 'WEB' as source, '1-bedroom' as move_size,
               'user-1' as owner_id, 3 as sales_cycle_days
        from (values
          ('b1', 'id-vanc', date '2026-10-01', date '2026-10-11', 10, 100.10::decimal(18,2), false),
          ('b2', 'id-vanc', date '2026-10-15', date '2026-11-04', 20, 200.20, false),
          ('b3', 'id-vanc', date '2026-10-31', date '2026-11-01', 1,  300.30, true),
          ('b4', 'id-mont', date '2026-10-20', date '2026-11-10', 21, 1000.05, false),
          ('b5', null,      date '2026-10-21', date '2026-11-20', 30, 50.00, false),
          ('b6', 'id-vanc', date '2026-09-10', date '2026-09-20', 10, 400.00, false),
          ('b7', 'id-vanc', date '2025-10-10', date '2025-10-20', 10, 500.00, false),
          ('b8', 'id-shut', date '2025-10-11', date '2025-10-21', 10, 77.77, false)
        ) t(booking_id, location_id, booked_on, service_on, lead_time_days, booked_amount,
            is_cancelled)
    """,
    "fct_journeys": """
        select *, 'Moving' as service_type, 'WEB' as source, '1-bedroom' as move_size,
               'user-1' as owner_id
        from (values
          ('j1', 'id-vanc', date '2026-10-11', date '2026-10-11', true, 110.00::decimal(18,2),
           true, true),
          ('j2', 'id-vanc', date '2026-10-12', date '2026-10-13', true, 90.00, true, false),
          ('j3', 'id-vanc', date '2026-10-13', null, false, 5.00, true, null),
          ('j4', 'id-mont', date '2026-10-14', date '2026-10-14', true, 33.33, false, null)
        ) t(journey_id, location_id, service_on, completed_on, is_completed, service_amount,
            has_window, is_on_time)
    """,
    # i2 was taken back the day it was issued.
    "fct_invoice_postings": """
        select *, 'BC' as tax_province, 'Moving' as service_type, 'WEB' as source,
               '1-bedroom' as move_size, 'user-1' as owner_id, 'RESIDENTIAL' as customer_type
        from (values
          ('i1', 'id-vanc', date '2026-10-12', 'issued',    110.00::decimal(18,2),
           5.50::decimal(18,2)),
          ('i2', 'id-vanc', date '2026-10-13', 'issued',    90.00,  4.50),
          ('i2', 'id-vanc', date '2026-10-13', 'cancelled', -90.00, -4.50),
          ('i3', 'id-mont', date '2026-10-14', 'issued',    33.33,  4.99),
          ('i4', 'id-mont', date '2026-10-15', 'issued',    -3.33,  -0.50)
        ) t(invoice_id, location_id, posted_on, posting, revenue_amount, tax_amount)
    """,
    "fct_payments": """
        select *, 'Moving' as service_type, 'WEB' as source, '1-bedroom' as move_size,
               'user-1' as owner_id
        from (values
          ('p1', 'id-vanc', date '2026-10-12', 115.50::decimal(18,2), 'CASH', 'BALANCE_DUE'),
          ('p2', 'id-vanc', date '2026-10-20', -15.50, 'CASH', 'REFUND')
        ) t(payment_id, location_id, received_on, collected_amount, payment_method,
            payment_category)
    """,
    # HALI is a day ahead of the others at the end; the unassigned row is one of the days too.
    "fct_receivables_daily": """
        select * from (values
          ('id-vanc', date '2026-09-30', 10.00::decimal(18,2)),
          ('id-vanc', date '2026-10-01', 11.00),
          ('id-vanc', date '2026-10-31', 12.34),
          ('id-vanc', date '2026-11-21', 20.00),
          ('id-hali', date '2026-10-31', 5.00),
          ('id-hali', date '2026-11-21', 6.00),
          ('id-hali', date '2026-11-22', 7.00),
          (null,      date '2026-10-31', 1.00),
          (null,      date '2026-11-21', 2.00)
        ) t(location_id, as_of_on, receivable_amount)
    """,
    "fct_pipeline_daily": """
        select 'id-vanc' as location_id, date '2026-10-31' as as_of_on,
               'SENT' as stage, '0-7' as age_band, 900.00::decimal(18,2) as open_pipeline_amount
    """,
    "fct_journeys_today": """
        select 't1' as journey_id, 'id-vanc' as location_id, date '2026-11-21' as service_on,
               'COMPLETED' as status, 'Moving' as service_type, '1-bedroom' as move_size,
               'user-1' as owner_id, false as is_cancelled, true as is_completed
    """,
    # The company's own row is not the sum of the branches' bounds.
    "fct_forecasts": """
        select *, date '2026-11-01' as origin_on, 'month' as cadence,
               case when location_id is null then 'company' else 'branch' end as level
        from (values
          (null,      'bookings', date '2026-11-01', 30.0, 25.0, 35.0, 20.0, 40.0),
          ('id-vanc', 'bookings', date '2026-11-01', 20.5, 15.0, 26.0, 12.0, 29.0),
          ('id-mont', 'bookings', date '2026-11-01', 9.5,  5.0,  14.0, 3.0,  16.0),
          (null,      'bookings', date '2026-12-01', 33.3, 26.0, 40.0, 21.0, 45.0),
          ('id-vanc', 'bookings', date '2026-12-01', 22.2, 16.0, 28.0, 13.0, 31.0),
          ('id-mont', 'bookings', date '2026-12-01', 11.1, 6.0,  16.0, 4.0,  18.0),
          (null,      'booked_amount', date '2026-11-01', 9000.1, 8000.0, 9500.0, 7000.0, 9900.0),
          ('id-vanc', 'booked_amount', date '2026-11-01', 9000.1, 8000.0, 9500.0, 7000.0, 9900.0)
        ) t(location_id, metric_name, month_on, yhat, lo_80, hi_80, lo_95, hi_95)
    """,
}


@dataclass(frozen=True)
class StandInPublication:
    """A publication that was never published."""

    definitions: str
    id: int = 7
    as_of: datetime = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


class StandInDoor:
    """The marts above in DuckDB, named as in every door; `hidden` ones are not in it."""

    def __init__(self, definitions: str, hidden: Sequence[str] = (), where: str = "true") -> None:
        self.publication = StandInPublication(definitions)
        self._connection = duckdb.connect()
        self._connection.execute("attach ':memory:' as lake; create schema lake.marts")
        shown = [name for name in MARTS if name not in hidden]
        for name in shown:
            self._connection.execute(
                f"create table lake.marts.{name} as select * from ({MARTS[name]}) where {where}"
            )
        self.relations = frozenset(f"marts.{name}" for name in shown)
        self.asked: list[str] = []

    def sql(self, query: str, params: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query."""
        self.asked.append(query)
        return self._connection.sql(query, params=list(params)).pl()
