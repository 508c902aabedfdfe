"""An export as a whole: what is taken, mended and refused, without a database."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from crm_core.config import PROJECT
from crm_core.importing.cells import Rule
from crm_core.importing.errors import ExportUnknown, ExportUnreadable, MappingInvalid
from crm_core.importing.plan import Plan, choose, make_plan
from crm_core.importing.records import ENTITIES, Account, Opportunity, Person, Stage
from crm_core.importing.report import Report, write_files
from crm_core.importing.spec import FileSpec, load, parse, shipped
from crm_core.importing.tables import Export

INVENTED = PROJECT / "tests" / "data" / "other_crm"
TODAY = date(2026, 11, 20)


def read(folder: Path) -> tuple[Plan, Report]:
    export, report = Export(folder), Report()
    return make_plan(export, choose(export, shipped()), report, TODAY), report


@pytest.fixture(scope="module")
def invented() -> tuple[Plan, Report]:
    return read(INVENTED)


def test_every_row_is_in_the_plan_or_refused_with_a_reason(invented: tuple[Plan, Report]) -> None:
    plan, report = invented
    lines = list(csv.DictReader((INVENTED / "sales_pipeline.csv").open()))
    refused = {place.key for place in report.refused if place.entity == "opportunities"}
    assert {key for key in refused if key != "K000"} == {
        line["opportunity_id"] for line in lines if line["opportunity_id"].startswith("R")
    }
    assert set(plan.of(Opportunity)) == {
        line["opportunity_id"] for line in lines if not line["opportunity_id"].startswith("R")
    }


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("R001", "closed_on: WON without the day it closed"),
        ("R002", "amount: won without a value"),
        ("R003", "person: 'Nobody Known' is not among the people taken"),
        ("R004", "service: 'Teleport' is not among the products taken"),
        ("R005", "stage: 'Stalled' is none of Prospecting, Engaging, Won, Lost"),
        ("R006", "created_on: '13/45/2017' is no day written as %m/%d/%Y or %Y-%m-%d"),
        ("R007", "closed_on: 2117-03-09 has not come yet"),
        ("R008", "amount: -5.00 is below zero"),
        ("R009", "amount: 'five hundred' is no number"),
        ("R010", "person: 'Hal Brook' is not among the people taken"),
        ("K000", "key 'K000' stands in row 2 already"),
        ("Quartzline", "key 'Quartzline' stands in row 3 already"),
        ("Hal Brook", "branch: 'North' is not among the branches taken"),
    ],
)
def test_a_refusal_says_why(invented: tuple[Plan, Report], key: str, reason: str) -> None:
    assert reason in [why for place, why in invented[1].refused.items() if place.key == key]


@pytest.mark.parametrize(
    ("key", "field", "before", "after", "rule"),
    [
        ("X001", "created_on", "2017-03-01", "2017-02-20", Rule.ORDER),
        ("X002", "service", " move  basic ", "move basic", Rule.TRIMMED),
        ("X002", "service", "move basic", "Move Basic", Rule.ALIKE),
        ("X002", "amount", "$1,234.50", "1234.50", Rule.NUMBER),
        ("X003", "account", "Harbour Nine", "Harbour Nine", Rule.MADE),
        ("X004", "closed_on", "2017-06-09", "", Rule.STILL_OPEN),
        ("X005", "created_on", "", "2017-07-04", Rule.CLOSED_DAY),
        ("X005", "amount", "4000.005", "4000.01", Rule.ROUNDED),
        ("Quartzline", "sector", "technolgy", "technology", Rule.SPELLING),
        ("Quartzline", "country", "Philipines", "Philippines", Rule.SPELLING),
        ("Maple Row Partners", "name", "  Maple  Row Partners ", "Maple Row Partners",
         Rule.TRIMMED),
    ],
)  # fmt: skip
def test_every_mended_value_is_listed(
    invented: tuple[Plan, Report], key: str, field: str, before: str, after: str, rule: Rule
) -> None:
    listed = [
        (mend.field, mend.before, mend.after, mend.rule)
        for mend in invented[1].mended
        if mend.place.key == key
    ]
    assert (field, before, after, rule) in listed


def test_blank_lost_and_undated_ones_are_mended_by_their_rules(
    invented: tuple[Plan, Report],
) -> None:
    plan, report = invented
    rows = plan.of(Opportunity).values()
    for row in rows:
        list_amount = {"Move Basic": 500, "Move Pro": Decimal("4200.50"), "Vault": 75}[row.service]
        if row.stage is Stage.LOST:
            assert row.amount == list_amount
        if row.stage is Stage.NEW:
            assert (row.created_on, row.amount) == (plan.last_on, list_amount)
    blank = [mend for mend in report.mended if mend.rule is Rule.BLANK]
    assert {mend.field for mend in blank} == {"account"}
    assert len(blank) == sum(row.account == "Not recorded" for row in rows)
    assert "Not recorded" in plan.of(Account)


def test_managers_are_people_and_columns_without_a_place_are_named(
    invented: tuple[Plan, Report],
) -> None:
    plan, report = invented
    assert {"Imre Falk", "Dora Quist", "Gus Tran"} <= set(plan.of(Person))
    assert report.left_out == {"products.csv": ("series",)}
    notes = plan.of(Account)["Quartzline"].notes
    assert notes is not None and "Subsidiary of: Blue Heron Foods" in notes


def test_the_report_holds_every_row_and_nothing_a_spreadsheet_would_run(
    invented: tuple[Plan, Report], tmp_path: Path
) -> None:
    plan, report = invented
    for entity in plan.rows.values():
        for row in entity.values():
            report.take(row.place, "made")
    write_files(report, tmp_path)
    rows = list(csv.DictReader((tmp_path / "rows.csv").open()))
    mended = list(csv.DictReader((tmp_path / "mended.csv").open()))
    fates = {row["key"]: row["fate"] for row in rows if row["entity"] == "opportunities"}
    assert (fates["X001"], fates["R001"]) == ("mended", "refused")
    assert len(mended) == len(report.mended)
    assert "'=Sumtotal Ltd" in {row["key"] for row in rows}
    assert (tmp_path / "rows.csv").stat().st_mode & 0o077 == 0


def test_a_workbook_is_an_export_too(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "all.xlsx") as book:
        for path in sorted(INVENTED.glob("*.csv")):
            sheet = book.add_worksheet(path.stem)
            for at, line in enumerate(csv.reader(path.open())):
                sheet.write_row(at, 0, line)
    plan, report = read(tmp_path)
    again, other = read(INVENTED)
    assert set(plan.of(Opportunity)) == set(again.of(Opportunity))
    assert sorted(map(str, report.refused.values())) == sorted(map(str, other.refused.values()))
    assert report.rules() == other.rules()


def test_other_alphabets_and_delimiters_are_read(tmp_path: Path) -> None:
    for path in INVENTED.glob("*.csv"):
        text = path.read_text().replace("Ada Novak", "Ada Nováková")
        lines = [";".join(line) for line in csv.reader(text.splitlines())]
        (tmp_path / path.name).write_bytes("\r\n".join(lines).encode("cp1252", "replace"))
    plan, _ = read(tmp_path)
    assert "Ada Nováková" in plan.of(Person)


def test_a_folder_that_fits_no_format_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ExportUnknown, match=r"crm_opportunities misses file sales_teams"):
        read(tmp_path)
    (tmp_path / "accounts.csv").write_text("account\n")
    with pytest.raises(ExportUnknown, match=r"template misses file branches"):
        read(tmp_path)
    with pytest.raises(ExportUnreadable, match="is no folder"):
        Export(tmp_path / "nowhere")
    (tmp_path / "broken.xlsx").write_text("no workbook")
    with pytest.raises(ExportUnreadable, match=r"broken\.xlsx is no workbook"):
        Export(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("format: [", "is no YAML"),
        ("format: x1\ncolour: red", "colour"),
        ("format: Bad Name", "format"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(MappingInvalid, match=reason):
        parse(text, "mine.yaml")


def test_a_mapping_names_known_fields_and_fills_the_required_ones() -> None:
    good = {"entity": "products", "file": "p", "columns": {"key": "product"}}
    assert FileSpec.model_validate(good).columns == {"key": "product"}
    for wrong, reason in (
        ({"columns": {"key": "product", "colour": "c"}}, "no field 'colour'"),
        ({"columns": {}}, "no column or default for key"),
        ({"entity": "pets"}, "is none of"),
        ({"notes": {"series": "Series"}}, "keep no notes"),
    ):
        with pytest.raises(ValueError, match=reason):
            FileSpec.model_validate(good | wrong)


def test_the_template_covers_every_entity() -> None:
    template = next(mapping for mapping in shipped() if mapping.format == "template")
    assert {spec.entity for spec in template.files} == set(ENTITIES)


def test_a_mapping_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match="cannot be read"):
        load(tmp_path / "none.yaml")
