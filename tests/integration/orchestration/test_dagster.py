"""Dagster's definitions load as its server loads them, and name the headline assets."""

import dagster as dg

from tests.conftest import Demo


def test_definitions_load_with_lineage_from_raw_to_report(demo: Demo) -> None:
    from orchestration.definitions import defs

    graph = defs.resolve_asset_graph()
    keys = {"/".join(key.path) for key in graph.get_all_asset_keys()}
    assert {
        "landing/smartmoving",
        "raw/core__leads",
        "raw/smartmoving__opportunities",
        "marts/fct_bookings",
        "transforms/forecasts",
        "marts/fct_forecasts",
        "publication",
        "reports/executive_weekly",
    } <= keys
    ancestors = {
        "/".join(key.path)
        for key in graph.get_ancestor_asset_keys(dg.AssetKey(["reports", "executive_weekly"]))
    }
    assert {"raw/core__leads", "marts/fct_bookings", "publication"} <= ancestors
    jobs = {job.name for job in defs.resolve_all_job_defs()}
    assert {"pipeline", "nightly", "upkeep"} <= jobs
    assert {check.name for check in graph.asset_check_keys} >= {
        "publication_is_fresh",
        "publication_was_audited",
    }


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
