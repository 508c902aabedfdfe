"""The demo: everything, from nothing; run again, it only does what is missing.

What the demo company is, is in `crm_core.simulation`.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.migrations.run import migrate
from crm_core.services.tenancy.access import (
    account_of,
    has_own_password,
    set_one_time_password,
    subject_of,
)
from crm_core.simulation.command import is_simulated, simulate
from orchestration.pipeline import run_pipeline
from orchestration.progress import Steps
from reports.render import write_report
from transforms.lake.dbt_plan import plan_of
from transforms.lake.definitions import definitions_hash
from transforms.lake.live_views import ensure_live_views
from transforms.sources.ingest import use_demo_account

DEMO_USERS = {
    "exec@northway.example": "executive, the whole company",
    "manager.vanc@northway.example": "branch manager, Vancouver only",
    "sales.vanc@northway.example": "sales, their own leads and quotes",
    "finance@northway.example": "finance, the whole company",
    "analyst@northway.example": "analyst, SQL on the warehouse",
    "exec@riverbend.example": "executive of another company",
}
FIRST_REPORT = "executive_weekly"
FIRST_READERS = ("exec@northway.example", "manager.vanc@northway.example")


@dataclass(frozen=True)
class Login:
    """A demo user and the password to sign in with; None once they have chosen their own."""

    email: str
    who: str
    password: str | None


@dataclass(frozen=True)
class Demo:
    """Where to look once the demo stands."""

    logins: tuple[Login, ...]
    reports: tuple[Path, ...]
    steps: Steps


def build_demo(
    *, scale: str, seed: int, at: datetime, steps: Steps | None = None, reports: bool = True
) -> Demo:
    """Migrate, simulate, publish and render what is not there yet."""
    steps = steps or Steps(quiet=True)
    with steps.step("migrate the core") as step:
        step.detail = f"revision {migrate().revision}"
    if not is_simulated():
        with steps.step(f"simulate the demo company ({scale})") as step:
            step.detail = f"{_simulated(scale, seed, at):,} rows"
    # Records come in one at a time and leave a core idle, which dbt needs for its views.
    with ThreadPoolExecutor(max_workers=1) as beside:
        deployed = beside.submit(ensure_live_views)
        run_pipeline(at=at, steps=steps)
        with steps.step("deploy the live views") as step:
            step.detail = "deployed" if deployed.result() else "already there"
    written: list[Path] = []
    if reports:
        with steps.step("render the first reports") as step:
            for email in FIRST_READERS:
                folder = settings().reports_dir / email.split("@")[0]
                formats = ("pdf", "xlsx", "csv", "json")
                written += write_report(subject_of(email), FIRST_REPORT, None, formats, folder)
            step.detail = f"{len(written)} files"
    with steps.step("set one-time passwords") as step:
        logins = tuple(login(email, who, at) for email, who in DEMO_USERS.items())
        step.detail = f"{sum(made.password is not None for made in logins)} users"
    return Demo(logins, tuple(written), steps)


def _simulated(scale: str, seed: int, at: datetime) -> int:
    """Simulate; how many rows. Beside it dbt's project is compiled, in a process of its own."""
    project = settings().dbt_project_dir
    alone = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=alone) as beside:
        planned = beside.submit(plan_of, project, definitions_hash(project))
        made = simulate(scale=scale, seed=seed, until=at.date(), truth_dir=settings().var / "truth")
        use_demo_account(subject_of("admin@northway.example").client_id, seed=seed)
        planned.result()
    return sum(made.rows.values())


def login(email: str, who: str, at: datetime) -> Login:
    """A fresh one-time password, unless the user has already chosen their own."""
    if has_own_password(email):
        return Login(email, who, None)
    admin = subject_of(f"admin@{email.split('@')[1]}")
    with tenant_session(admin) as session:
        user_id = account_of(email).user_id
        return Login(email, who, set_one_time_password(session, admin, user_id=user_id, at=at))
