"""A small door of its own for tests: two branches, a forecast, levers, moves and odd runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

MART = {
    "marts.dim_locations": """
        select * from (values ('l-1', 'VANC', 'Vancouver'), ('l-2', 'HALI', 'Halifax'))
            as t (location_id, branch_code, branch_name)""",
    "marts.fct_forecasts": """
        select location_id, level, 'bookings' as metric_name, 'month' as cadence,
               date '2026-12-01' + to_months(cast(month as integer)) as period_on,
               size * 100e0 as yhat, size * 90e0 as lo_80, size * 115e0 as hi_80
        from (values (null, 'company', 2), ('l-1', 'branch', 1), ('l-2', 'branch', 1))
            as t (location_id, level, size), range(6) as months (month)""",
    "marts.fct_elasticities": """
        select * from (values
            ('price', 'bookings', -1.5e0, -1.9e0, -1.1e0, 5000),
            ('marketing', 'new_leads', 0.1e0, -0.2e0, 0.4e0, 60))
            as t (lever, metric_name, elasticity, lo_95, hi_95, cases_count)""",
    "marts.fct_kpi_moves": """
        select location_id, metric_name, unit, 'month before' as compared,
               date '2026-10-01' as month_on, date '2026-09-01' as before_month_on,
               cast(1000 * size as decimal(18, 4)) as before_value,
               cast(900 * size as decimal(18, 4)) as after_value,
               cast(0 as decimal(18, 4)) as calendar_effect,
               cast(-150 * size as decimal(18, 4)) as volume_effect,
               cast(0 as decimal(18, 4)) as branch_effect,
               cast(20 * size as decimal(18, 4)) as mix_effect,
               cast(30 * size as decimal(18, 4)) as rate_effect,
               metric_name || ' at ' || place || ' fell' as sentence,
               metric_name || ', ' || place || ' : baisse' as sentence_fr
        from (values ('l-1', 'Vancouver', 1), (null, 'the company', 3), ('l-2', 'Halifax', 2))
            as t (location_id, place, size),
            (values ('quote_booking_rate', 'percent'), ('booked_amount', 'money'))
            as m (metric_name, unit)""",
    "marts.fct_findings": """
        select * from (values
            ('l-1', 'new_leads', 'count', date '2026-09-01', date '2026-09-01', false, 'up', 4.0,
             'New leads were high', 'Beaucoup de pistes'),
            ('l-2', 'bookings', 'count', date '2026-10-01', date '2026-10-01', true, 'down', -5.0,
             'Bookings were low', 'Peu de réservations'))
            as t (location_id, metric_name, unit, first_on, last_on, is_current, direction, sigmas,
                  sentence, sentence_fr)""",
}
"""What the door may hold: mart and its rows."""


@dataclass(frozen=True)
class Made:
    """A publication of nothing."""

    id: int = 1
    as_of: datetime = datetime(2026, 11, 16, tzinfo=UTC)
    definitions: str = ""


class InsightDoor:
    """A door in memory that holds some of `MART`."""

    def __init__(self, *without: str) -> None:
        self._connection = duckdb.connect()
        self.relations = frozenset(MART) - set(without)
        self.publication = Made()
        self._connection.execute("attach ':memory:' as lake; create schema lake.marts")
        for name in self.relations:
            self._connection.execute(f"create table lake.{name} as {MART[name]}")

    def sql(self, query: str, params: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query."""
        return self._connection.sql(query, params=list(params) or None).pl()
