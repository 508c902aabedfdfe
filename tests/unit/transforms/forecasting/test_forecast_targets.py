"""The table of targets, and what is written down elsewhere after it."""

from pathlib import Path

import yaml

from crm_core.config import PROJECT
from transforms.forecasting import semantic
from transforms.forecasting.targets import MARTS, TARGETS

MODELS = PROJECT / "dbt_project" / "models"


def test_targets_are_different_from_each_other() -> None:
    assert len({target.key for target in TARGETS}) == len(TARGETS)


def test_dbt_knows_what_the_forecasts_are_made_of() -> None:
    (source,) = (
        each
        for each in yaml.safe_load((MODELS / "staging" / "_sources.yml").read_text())["sources"]
        if each["name"] == "transforms"
    )
    (table,) = (each for each in source["tables"] if each["name"] == "forecasts")
    assert set(table["config"]["meta"]["made_of"]) == MARTS


def test_the_semantic_file_is_written_from_the_table() -> None:
    assert semantic.FILE.read_text() == semantic.text()


def test_every_target_is_in_one_mart_and_a_metric() -> None:
    metrics = {target.metric for target in TARGETS}
    shown = [each.name for mart in semantic.MARTS.values() for each in mart]
    assert sorted(shown) == sorted(metrics)
    for mart, targets in semantic.MARTS.items():
        sql = Path(MODELS / "marts" / "reporting" / f"fct_{mart}.sql").read_text()
        assert sql.split("'")[1::2] == [each.name for each in targets]
