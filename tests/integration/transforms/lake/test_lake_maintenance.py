"""Small loads and the upkeep between them: the lake has no more files than it had."""

from datetime import timedelta

import pytest

from crm_core import clock
from crm_core.config import settings
from crm_core.database import loader_connection
from tests.factories import Tenant
from tests.integration.transforms.lake.lake_rows import AT, add_leads, in_lake
from transforms.lake.engine import INLINED_ROWS
from transforms.lake.extract import run_extract
from transforms.lake.maintenance import maintain

pytestmark = pytest.mark.long

NONE = timedelta(0)
FILES = (
    "select data_file, delete_file from ducklake_list_files('lake', 'core__leads', schema => 'raw')"
)
TOTAL = "select count(*), sum(estimated_amount) from lake.raw.core__leads"
TOUCH = """update core.leads set estimated_amount = estimated_amount + 1 where (client_id, id) in
  (select client_id, id from core.leads order by md5(id::text || %s) limit %s)"""


@pytest.fixture
def leads(tenant: Tenant) -> Tenant:
    """Many leads, in one file of the lake."""
    add_leads(tenant, 2000)
    run_extract(at=AT)
    maintain(clock.now(), kept=0, days=NONE, grace=NONE)
    assert len(in_lake(FILES)) == 1
    return tenant


def touch(rows: int, seed: str) -> None:
    """Adds a dollar to some leads."""
    with loader_connection() as connection:
        assert connection.execute(TOUCH, [seed, rows]).rowcount == rows


@pytest.mark.usefixtures("leads")
def test_small_loads_leave_no_more_files_behind() -> None:
    (before,) = in_lake(TOTAL)
    folder = settings().lake_dir / "raw" / "core__leads"
    loads, rows = 4, INLINED_ROWS * 2
    for turn in range(2):
        for load in range(loads):
            touch(rows, f"{turn}.{load}")
            run_extract(at=clock.now())
        assert len(in_lake(FILES)) > loads
        maintain(clock.now(), kept=0, days=NONE, grace=NONE)
        assert in_lake(FILES) == [(in_lake(FILES)[0][0], None)]
    (after,) = in_lake(TOTAL)
    assert after == (before[0], before[1] + 2 * loads * rows)
    for _ in range(2):  # a file goes in the run after the one that expired its last version
        maintain(clock.now(), kept=0, days=NONE, grace=NONE)
    assert len([*folder.glob("*.parquet")]) == 1
