"""An imported company's figures, from files to metrics, against the files themselves.

The expectation is computed here from the CSV files alone; how they are imported is not asked.
"""

import csv
import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crm_core.config import PROJECT
from crm_core.database import DatabaseRole, engine
from crm_core.importing.command import import_folder
from orchestration.pipeline import run_pipeline
from tests.command_line import crm
from tests.conftest import TEST_NOW

pytestmark = pytest.mark.long

INVENTED = PROJECT / "tests" / "data" / "other_crm"
REAL = PROJECT.parent / "shared" / "data" / "crm_export"
"""The practice export that the format was made for, where it lies beside the project."""
EVERY = 60
"""One in so many of its opportunities in the normal run; all of them are soak."""

PERIOD = ("--from", "2016-01-01", "--to", "2018-01-01")
OFFICES = {"Central": "CENTRAL", "East": "EAST", "West": "WEST"}


@dataclass(frozen=True)
class Deal:
    """One opportunity as its line in the file says."""

    stage: str
    agent: str
    office: str
    product: str
    engaged_on: date | None
    closed_on: date | None
    value: Decimal

    @property
    def cycle(self) -> int:
        assert self.closed_on is not None
        return max(0, (self.closed_on - (self.engaged_on or self.closed_on)).days)


def squeezed(name: str) -> str:
    return "".join(name.split()).lower()


def day(cell: str) -> date | None:
    return datetime.strptime(cell, "%m/%d/%Y").date() if cell else None


def deals(folder: Path) -> list[Deal]:
    """The usable lines, judged by the plainest reading of them."""
    teams = {line["sales_agent"]: line for line in lines(folder, "sales_teams")}
    products = {squeezed(line["product"]): line["product"] for line in lines(folder, "products")}
    found: dict[str, Deal] = {}
    for line in lines(folder, "sales_pipeline"):
        stage = line["deal_stage"].capitalize()
        office = teams.get(line["sales_agent"], {}).get("regional_office")
        product = products.get(squeezed(line["product"]))
        try:
            deal = Deal(
                stage, line["sales_agent"], str(office), str(product),
                day(line["engage_date"]), day(line["close_date"]),
                Decimal(line["close_value"].replace("$", "").replace(",", "") or 0),
            )  # fmt: skip
        except (ValueError, InvalidOperation):
            continue
        is_closed = stage in ("Won", "Lost")
        is_known = office in OFFICES and product is not None
        is_whole = not is_closed or (deal.closed_on is not None and deal.closed_on.year < 2026)
        is_worth = deal.value > 0 if stage == "Won" else deal.value >= 0
        is_staged = stage in ("Won", "Lost", "Engaging", "Prospecting")
        if is_staged and is_known and is_whole and is_worth:
            found.setdefault(line["opportunity_id"], deal)
    return list(found.values())


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def sums(rows: list[Deal], by: Callable[[Deal], str]) -> dict[str, Decimal]:
    """Won value by something, to the cent."""
    found: dict[str, Decimal] = {}
    for row in rows:
        if row.stage == "Won":
            cents = row.value.quantize(Decimal("0.01"), ROUND_HALF_UP)
            found[by(row)] = found.get(by(row), Decimal(0)) + cents
    return found


def asked(slug: str, *words: str) -> list[dict[str, Any]]:
    answer = crm("metric", "query", *words, *PERIOD, "--as", f"exec@{slug}.example", "--json")
    assert answer.returncode == 0, answer.stderr
    rows: list[dict[str, Any]] = json.loads(answer.stdout)["rows"]
    return rows


def won_by(slug: str, key: str, *words: str) -> Mapping[str, Decimal]:
    """Booked amount by one dimension, without what nothing was won of."""
    found = {
        str(row["keys"][key]): Decimal(row["values"]["booked_amount"])
        for row in asked(slug, "booked_amount", *words)
    }
    return {name: amount for name, amount in found.items() if amount}


def names_of(slug: str) -> dict[str, str]:
    """Agents by id: the warehouse knows no names."""
    with engine(DatabaseRole.LOADER).connect() as connection:
        found = connection.execute(
            text(
                "select u.id::text, u.name from core.users u join core.clients c"
                " on c.id = u.client_id where c.slug = :slug"
            ),
            {"slug": slug},
        )
        return {str(row[0]): str(row[1]) for row in found}


def check_figures(slug: str, folder: Path) -> None:
    """Every figure of the company against the files."""
    rows = deals(folder)
    stages = [row.stage for row in rows]
    won, lost = stages.count("Won"), stages.count("Lost")
    (answer,) = asked(slug, "leads_won", "leads_lost", "leads_open", "win_rate", "sales_cycle_days")
    figures = answer["values"]
    assert [int(figures[name]) for name in ("leads_won", "leads_lost", "leads_open")] == [
        won,
        lost,
        len(rows) - won - lost,
    ]
    expected_rate = (Decimal(won) / (won + lost)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    assert Decimal(figures["win_rate"]) == expected_rate
    cycles = [row.cycle for row in rows if row.stage == "Won"]
    assert Decimal(figures["sales_cycle_days"]) == Decimal(str(statistics.median(cycles)))
    names = names_of(slug)
    by_agent = won_by(slug, "owner", "--by", "owner")
    assert {names[key]: amount for key, amount in by_agent.items()} == sums(
        rows, lambda row: row.agent
    )
    assert won_by(slug, "branch", "--by", "branch") == sums(rows, lambda row: OFFICES[row.office])
    assert won_by(slug, "service_type", "--by", "service_type") == sums(
        rows, lambda row: row.product
    )
    assert won_by(slug, "month", "--grain", "month") == sums(
        rows, lambda row: f"{row.closed_on:%Y-%m}-01"
    )


def check_report(folder: Path, report: Path) -> None:
    """Every mended value is listed, by rules that the files alone let one count."""
    listed = [(row["field"], row["rule"]) for row in lines(report, "mended")]
    kept = {
        (row["entity"], row["key"]) for row in lines(report, "rows") if row["fate"] != "refused"
    }
    pipeline = [
        line
        for line in lines(folder, "sales_pipeline")
        if ("opportunities", line["opportunity_id"]) in kept
    ]
    products = {line["product"] for line in lines(folder, "products")}
    blank = sum(not line["account"] for line in pipeline)
    assert listed.count(("account", "declared value for a blank")) == blank
    undated = sum(line["deal_stage"] == "Prospecting" for line in pipeline)
    last = "no day recorded: the last day that the export knows"
    assert listed.count(("created_on", last)) == undated
    worthless = sum(
        line["close_value"] in ("", "0") and line["deal_stage"] != "Won" for line in pipeline
    )
    estimate = "no value recorded: the list price of the product as the estimate"
    assert listed.count(("amount", estimate)) == worthless
    alike = "the known name that differs only in case, blanks and signs"
    misspelt = sum(line["product"] not in products for line in pipeline)
    assert listed.count(("service", alike)) == misspelt


def sample(folder: Path, every: int) -> Path:
    """A copy of the real export with one in `every` of its opportunities."""
    for name in ("accounts", "products", "sales_teams"):
        (folder / f"{name}.csv").write_bytes((REAL / f"{name}.csv").read_bytes())
    whole = (REAL / "sales_pipeline.csv").read_text().splitlines(keepends=True)
    (folder / "sales_pipeline.csv").write_text("".join([whole[0], *whole[1::every]]))
    return folder


def imported(folder: Path, slug: str, report: Path) -> None:
    import_folder(folder, slug, at=TEST_NOW, report_dir=report)


def nothing_changes(folder: Path, slug: str) -> None:
    """The same again, as people do it, and the pipeline has nothing to publish."""
    answer = crm("import", str(folder), "--tenant", slug, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["acts"] == {}
    assert run_pipeline(at=TEST_NOW).published is None


def test_figures_equal_the_files_and_a_second_import_changes_nothing(
    crm_database: Path, tmp_path: Path
) -> None:
    folders = {"invented": INVENTED}
    if REAL.is_dir():
        (tmp_path / "sample").mkdir()
        folders["sampled"] = sample(tmp_path / "sample", EVERY)
    for slug, folder in folders.items():
        imported(folder, slug, tmp_path / slug)
    run_pipeline(at=TEST_NOW)
    for slug, folder in folders.items():
        check_figures(slug, folder)
        check_report(folder, tmp_path / slug)
    nothing_changes(INVENTED, "invented")


@pytest.mark.soak
def test_the_whole_practice_export(crm_database: Path, tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("the practice export does not lie beside the project")
    imported(REAL, "whole", tmp_path / "report")
    run_pipeline(at=TEST_NOW)
    check_figures("whole", REAL)
    check_report(REAL, tmp_path / "report")
    nothing_changes(REAL, "whole")
