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
