"""`crm demo`: everything, from nothing, and where to look.

The steps are in `orchestration.demo`.
"""

import click

from crm_core import clock
from crm_core.config import settings
from orchestration.output import say, table


@click.command()
@click.option("--scale", default="M", show_default=True, help="S or M.")
@click.option("--seed", default=7, show_default=True, type=int)
@click.option("--no-serve", is_flag=True, help="Build everything, start nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def demo(scale: str, seed: int, no_serve: bool, as_json: bool) -> None:
    """Build the demo company, publish it, render its reports and serve the app."""
    from orchestration.demo import build_demo
    from orchestration.progress import Steps

    steps = Steps(quiet=as_json)
    made = build_demo(scale=scale, seed=seed, at=clock.now(), steps=steps)
    url = f"http://127.0.0.1:{settings().port}"
    if not no_serve:
        from orchestration.services import start_all

        with steps.step("start the app and Dagster") as step:
            start_all()
            step.detail = url
    rows = [[m.email, m.password or "(their own)", m.who] for m in made.logins]
    served = f"The app is at {url}, Dagster at http://127.0.0.1:{settings().port + 2}"
    text = [
        f"\nDone in {steps.seconds:.0f} s.",
        served + " (stop both: crm down)." if not no_serve else "Start the app: crm up",
        "",
        table(["user", "one-time password", "who"], rows),
        "",
        "First reports:",
        *(f"  {path}" for path in made.reports),
    ]
    say(as_json, {"url": url, "logins": made.logins, "reports": made.reports,
                  "steps": made.steps.done}, "\n".join(text))  # fmt: skip
