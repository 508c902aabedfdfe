"""What a publication holds of a span of days, to compare one run of past days with another.

Figures are answered by `transforms.metrics`.
"""

from transforms.lake.engine import LAKE, attach_lake, connect_memory, identifier
from transforms.lake.publication import Publication
from transforms.lake.publish import order_of


def rows_of_days(made: Publication, first: str, last: str) -> dict[str, int]:
    """Rows of every relation by its first date, between two ISO dates, both included."""
    found = {}
    with connect_memory() as connection:
        attach_lake(connection, made.lake_snapshot)
        for name in made.relations:
            days = [column for column in order_of(connection, LAKE, name) if column.endswith("_on")]
            if days:
                row = connection.execute(
                    f"select count(*) from {LAKE}.{name}"
                    f" where {identifier(days[-1])} between ?::date and ?::date",
                    [first, last],
                ).fetchone()
                found[name] = int(row[0]) if row else 0
    return found
