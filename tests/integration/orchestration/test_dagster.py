"""Dagster's jobs run as its server runs them: the pipeline, past days, reports."""

import dagster as dg
import pytest

from tests.conftest import Demo

pytestmark = pytest.mark.long


def test_the_whole_pipeline_runs_as_one_job(changing_demo: Demo) -> None:
    from orchestration.definitions import defs

    result = defs.resolve_job_def("pipeline").execute_in_process()
    assert result.success


def test_past_days_are_partitions_and_a_range_is_one_build(changing_demo: Demo) -> None:
    from orchestration.definitions import defs

    job = defs.resolve_implicit_global_asset_job_def()
    span = {
        "dagster/asset_partition_range_start": "2026-10-01",
        "dagster/asset_partition_range_end": "2026-10-03",
    }
    result = job.execute_in_process(asset_selection=[dg.AssetKey(["past_days"])], tags=span)
    made = result.asset_materializations_for_node("past_days")
    assert len(made) == 3
    assert made[0].metadata["from"].value == "2026-10-01"
    assert made[0].metadata["to"].value == "2026-10-03"
    assert made[0].metadata["marts.fct_receivables_daily"].value != 0


def test_a_report_is_delivered_once_per_window(changing_demo: Demo) -> None:
    from crm_core.config import settings
    from orchestration.delivery import deliver

    for other in settings().outbox_dir.glob("*.eml"):
        other.unlink()
    first = deliver("executive_weekly", "northway", changing_demo.as_of)
    assert [d.state.value for d in first if d.is_new] == ["SENT"] * len(first)
    mails = sorted(settings().outbox_dir.glob("*.eml"))
    assert len(mails) == len(first) > 0
    again = deliver("executive_weekly", "northway", changing_demo.as_of)
    assert not any(d.is_new for d in again)
    assert sorted(settings().outbox_dir.glob("*.eml")) == mails
