"""`crm simulate`: the demo company, written into the core.

How the company behaves is in `crm_core.simulation`.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from crm_core import clock
from orchestration.output import say, table

DAY = click.DateTime(formats=["%Y-%m-%d"])


def day(given: datetime | None) -> date | None:
    """The calendar day of a `--from`, `--to` or `--until` option."""
    return given.date() if given else None


@click.command()
@click.option("--scale", default="S", show_default=True, help="S, M, L or XL.")
@click.option("--seed", default=7, show_default=True, type=int, help="Same seed, same company.")
@click.option("--until", type=DAY, help="Last day that has happened (default: today).")
@click.option("--truth", type=click.Path(file_okay=False, path_type=Path), help="Write KPI truth.")
@click.option("--checksums", is_flag=True, help="Print a checksum per table: same plan, same sum.")
@click.option("--live", is_flag=True, help="Go on from the last simulated instant, until stopped.")
@click.option("--speed", default=3600.0, show_default=True, type=click.FloatRange(min=0.001),
              help="With --live: simulated seconds a second.")  # fmt: skip
@click.option("--days", type=click.FloatRange(min=0), help="With --live: stop after so many days.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def simulate(
    scale: str,
    seed: int,
    until: datetime | None,
    truth: Path | None,
    checksums: bool,
    live: bool,
    speed: float,
    days: float | None,
    as_json: bool,
) -> None:
    """Write the demo company into the core (migrate first: `crm db migrate`)."""
    from crm_core.migrations.run import require_migrated

    if live:
        _go_on(seed, speed, until, days, as_json)
        return
    from crm_core.simulation.checksums import checksums as sums_of
    from crm_core.simulation.command import AUDIT
    from crm_core.simulation.command import simulate as run
    from crm_core.simulation.generate import TABLES

    require_migrated()
    result = run(scale=scale, seed=seed, until=day(until) or clock.now().date(), truth_dir=truth)
    if checksums:
        result.checksums = sums_of([*TABLES, AUDIT])
    rows = [[name, count] for name, count in result.rows.items()]
    if checksums:
        rows = [[name, result.checksums[name]] for name in result.checksums]
    say(as_json, result, f"{table(['table', 'rows'], rows)}\n{result.seconds:.1f} s")


def _go_on(
    seed: int, speed: float, until: datetime | None, days: float | None, as_json: bool
) -> None:
    """Keep writing through the services, bounded by a day or a number of days."""
    from crm_core.migrations.run import require_migrated
    from crm_core.simulation import ahead

    require_migrated()
    ends = [end for end in (until and until.replace(tzinfo=UTC), days and ahead.after(days)) if end]
    result = ahead.go_on(
        speed=speed,
        until=min(ends, default=None),
        seed=seed,
        tell=lambda line: click.echo(line, err=True),
    )
    rows = [[name, count] for name, count in sorted(result.acts.items())]
    say(as_json, result, f"{table(['act', 'count'], rows)}\nup to {result.as_of:%Y-%m-%d %H:%M}Z")
