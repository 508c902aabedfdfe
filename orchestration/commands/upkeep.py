"""`crm upkeep`: what the business does by itself once a day; Dagster asks for it every morning.

The runs themselves are services of the core.
"""

import click

from crm_core import clock
from orchestration.output import say, table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def upkeep(as_json: bool) -> None:
    """Expire, bill, remind, plan and reorder what is due today; again changes nothing."""
    from orchestration.upkeep import keep, require_whole

    made = list(keep(clock.now()))
    sums: dict[str, int] = {}
    for kept in made:
        sums[kept.what] = sums.get(kept.what, 0) + kept.count
    say(as_json, sums, table(["run", "rows"], [[what, count] for what, count in sums.items()]))
    require_whole(made)
