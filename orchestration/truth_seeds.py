"""`crm verify metrics --seeds`: companies of several seeds, each simulated, published and verified.

Each lives in a state directory of its own that is removed again; what is compared is in `truth`.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from crm_core import clock
from crm_core.config import settings
from crm_core.migrations.run import migrate
from crm_core.postgres import stop
from crm_core.services.tenancy.access import subject_of
from crm_core.simulation.command import simulate
from orchestration.pipeline import run_pipeline
from orchestration.truth import Verified, together, verify_metrics


def verify_seeds(
    seeds: Iterable[int],
    scale: str,
    email: str,
    only: Sequence[str],
    until: date | None,
    tell: Callable[[str], None],
) -> Verified:
    """One company after the other; nothing is ingested into them, so nothing is left out."""
    at = clock.now()
    alone = multiprocessing.get_context("spawn")
    found = []
    for seed in seeds:
        with (
            _state() as var,
            ProcessPoolExecutor(max_workers=1, mp_context=alone) as beside,
        ):
            made = beside.submit(_verified, Path(var), seed, scale, email, only, until, at).result()
        tell(f"seed {seed}: {made.compared:,} figures compared, {len(made.differences)} differ")
        found.append(made)
    return together(found)


def _state() -> TemporaryDirectory[str]:
    """A state directory that the server may enter, with the project as it is compiled here."""
    above = settings().var / "tmp"
    above.mkdir(parents=True, exist_ok=True)
    made = TemporaryDirectory(dir=above, prefix="seed-")
    Path(made.name).chmod(0o755)
    definitions = settings().var / "definitions"
    definitions.mkdir(exist_ok=True)
    Path(made.name, "definitions").symlink_to(definitions.resolve())
    return made


def _verified(
    var: Path, seed: int, scale: str, email: str, only: Sequence[str], until: date | None,
    at: datetime,
) -> Verified:  # fmt: skip
    """One seed, in a process that knows no other installation."""
    os.environ.pop("CRM_DATABASE_URL", None)
    os.environ["CRM_VAR"] = str(var)
    settings.cache_clear()
    try:
        migrate()
        simulate(scale=scale, seed=seed, until=until or at.date(), truth_dir=var / "truth")
        run_pipeline(at=at)
        return verify_metrics(subject_of(email), var / "truth", only=only, is_fed=False)
    finally:
        stop(var)
