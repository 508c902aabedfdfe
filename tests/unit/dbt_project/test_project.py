"""The dbt project keeps to its own rules: names, layers, grains, closed sets, no clock, no zones.

What the models compute is tested in `tests/integration/dbt_project`.
"""

import json
import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
from holidays import country_holidays

from crm_core import enums, enums_field
from crm_core.config import PROJECT
from crm_core.migrations.access import raw_tables
from tests.conftest import installation
from transforms.metrics.definitions import manifest_path

DBT_PROJECT = PROJECT / "dbt_project"
AREAS = {
    "access", "audit", "communication", "equipment", "finance", "integration", "inventory",
    "mobile", "operations", "reporting", "sales", "scheduling", "storage", "tenancy",
}  # fmt: skip
NAMES = {
    "staging": r"stg_[a-z]+__[a-z_]+",
    "intermediate": r"int_{area}__[a-z_]+",
    "marts": r"(fct|dim)_[a-z_]+",
    "reporting": r"rpt_[a-z_]+",
}
MAY_READ = {
    "staging": set[str](),
    "intermediate": {"staging", "intermediate"},
    "marts": {"staging", "intermediate"},
    "reporting": {"intermediate", "marts"},
}
OF_NO_TENANT = {
    "dim_dates", "int_sales__age_bands",
    # Percentiles over tenants, which say of none what is its own.
    "rpt_benchmark", "int_reporting__tenant_peers", "stg_transforms__tenant_peers",
}  # fmt: skip
CLOSED_SETS: dict[str, dict[str, type[StrEnum]]] = {
    "dim_customers": {"customer_type": enums.CustomerType},
    "dim_locations": {"status": enums.LocationStatus, "storage_type": enums.StorageType},
    "dim_users": {"role": enums.UserRole, "status": enums.UserStatus},
    "fct_claims": {"claim_type": enums_field.ClaimType},
    "fct_invoices": {"status": enums.InvoiceStatus},
    "fct_journeys": {"status": enums.JourneyStage},
    "fct_journeys_today": {"status": enums.JourneyStage, "priority": enums.JourneyPriority},
    "fct_leads": {"status": enums.LeadStatus, "priority": enums.LeadPriority},
    "fct_messages": {"channel": enums.CommunicationType},
    "fct_payments": {
        "payment_category": enums.PaymentCategory,
        "payment_method": enums.PaymentMethod,
        "status": enums.PaymentStatus,
    },
    "fct_quotes": {"status": enums.QuoteStatus},
    "fct_integration_lags_daily": {"sync_type": enums.SyncType},
    "fct_stock_movements": {"transaction_type": enums.InventoryTransactionType},
    "fct_storage_daily": {"unit_type": enums.StorageUnitType},
    "fct_storage_moves": {"way": enums.MoveWay, "unit_type": enums.StorageUnitType},
    "fct_storage_rentals_monthly": {"unit_type": enums.StorageUnitType},
    "fct_sync_runs": {"sync_type": enums.SyncType},
    "rpt_data_health": {"last_status": enums.SyncStatus},
    "rpt_money_differences": {"figure": enums.MoneyFigure},
    "rpt_smartmoving_reconciliation": {"mode": enums.IntegrationMode},
    "stg_core__clients": {"status": enums.ClientStatus},
    "stg_core__integration_sync_logs": {"sync_type": enums.SyncType},
    "stg_core__integrations": {"status": enums.IntegrationStatus},
    "stg_core__invoice_items": {"item_category": enums.ItemCategory},
}
CLOCKS = re.compile(
    r"\b(now\s*\(|current_date|current_time|localtime|today\s*\(|getdate|get_current_timestamp"
    r"|(clock|statement|transaction)_timestamp|dbt\.current_timestamp|run_started_at)",
    re.IGNORECASE,
)
ZONES = re.compile(
    r"\b(at\s+time\s+zone|timezone\s*\(|convert_timezone|to_timestamp|make_timestamptz|timetz"
    r"|set\s+timezone)|cast\(\s*[a-z_.]*_at\s+as\s+(date|timestamp)\b|_at::(date|timestamp)\b"
    r"|(date_trunc|extract)\s*\([^()]*_at\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The compiled project, as plain data."""
    with installation(tmp_path_factory.mktemp("manifest"), None, ""):
        parsed: dict[str, Any] = json.loads(manifest_path().with_name("manifest.json").read_text())
    return parsed


@pytest.fixture
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Models by name."""
    return {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}


def layer_of(node: dict[str, Any]) -> str:
    return str(node["fqn"][1])


def checks_of(manifest: dict[str, Any], model: str, name: str) -> list[dict[str, Any]]:
    """The generic checks of one kind that are attached to a model."""
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == name
        and node["attached_node"] == f"model.crm.{model}"
    ]


def is_measure(node: dict[str, Any]) -> bool:
    return layer_of(node) in ("marts", "reporting")


def sql_files(*folders: str) -> list[Path]:
    chosen = folders or ("models", "macros", "tests")
    return sorted(file for folder in chosen for file in (DBT_PROJECT / folder).rglob("*.sql"))


def without_comments(text: str) -> str:
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", text)


def test_names_say_layer_and_area(models: dict[str, dict[str, Any]]) -> None:
    for name, node in models.items():
        layer, area = node["fqn"][1], node["fqn"][2]
        assert area in AREAS, f"{name} lies in {area}, which is no area"
        assert re.fullmatch(NAMES[layer].format(area=area), name), f"{name} is misnamed for {layer}"


def test_layers_read_downwards(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
    for name, node in models.items():
        for parent in node["depends_on"]["nodes"]:
            kind = parent.split(".")[0]
            if kind == "source":
                assert layer_of(node) == "staging", f"{name} reads raw: only staging may"
            else:
                below = layer_of(manifest["nodes"][parent])
                assert below in MAY_READ[layer_of(node)], f"{name} reads {parent}"


def test_live_models_sit_on_staging(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    live = [node for node in models.values() if "live" in node["tags"]]
    assert [node["name"] for node in live] == ["fct_journeys_today"]
    for node in live:
        parents = [manifest["nodes"][parent] for parent in node["depends_on"]["nodes"]]
        assert {layer_of(parent) for parent in parents} == {"staging"}
        assert all("client_id" in w for w in re.findall(r"over\s*\((.*?)\)", node["raw_code"]))


def test_every_description_states_its_grain_and_a_check_proves_it(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    keyed = {
        parent.split(".")[-1]
        for parent in manifest["nodes"]["test.crm.assert_staging_keys"]["depends_on"]["nodes"]
    }
    assert keyed == {n for n, node in models.items() if "staged(" in node["raw_code"]}
    for name, node in models.items():
        assert node["description"].startswith("One row per "), f"{name} does not state its grain"
        if name in keyed:
            continue
        grains = checks_of(manifest, name, "unique_combination")
        assert len(grains) == 1, f"{name} has {len(grains)} checks of its grain"
        if name not in OF_NO_TENANT:
            assert grains[0]["test_metadata"]["kwargs"]["columns"][0] == "client_id"


def test_marts_and_reports_are_contracts(models: dict[str, dict[str, Any]]) -> None:
    for name, node in models.items():
        if not is_measure(node):
            continue
        assert node["config"]["contract"]["enforced"], f"{name} has no contract"
        columns = node["columns"]
        for column, said in columns.items():
            assert said["description"], f"{name}.{column} has no description"
            assert said["data_type"], f"{name}.{column} has no type"
        if name not in OF_NO_TENANT:
            assert {"client_id", "access_location_id"} <= set(columns), f"{name} has no scope"
            assert any(rule["type"] == "not_null" for rule in columns["client_id"]["constraints"])


def test_columns_are_typed_by_their_names(models: dict[str, dict[str, Any]]) -> None:
    endings = {
        "_id": "varchar",
        "_on": "date",
        "_at": "timestamp with time zone",
        "_amount": "decimal(18,2)",
        "_minutes": "integer",
    }
    for name, node in models.items():
        if not is_measure(node):
            continue
        for column, said in node["columns"].items():
            for ending, kind in endings.items():
                if column.endswith(ending):
                    assert said["data_type"] == kind, f"{name}.{column} is {said['data_type']}"
            if column.startswith(("is_", "has_")):
                assert said["data_type"] == "boolean", f"{name}.{column}"
        money = any(column.endswith("_amount") for column in node["columns"])
        assert not money or "currency" in node["columns"], f"{name} has money without a currency"


def test_no_personal_data(models: dict[str, dict[str, Any]]) -> None:
    personal = re.compile(r"(first|last|user|customer|company)_name|email|phone|address$|notes")
    for name, node in models.items():
        if is_measure(node):
            found = [c for c in node["columns"] if personal.search(c)]
            assert found == [], f"{name} carries {found}"


def test_closed_sets_are_the_enums(manifest: dict[str, Any]) -> None:
    found = {
        (node["attached_node"].split(".")[-1], node["column_name"]): node["test_metadata"][
            "kwargs"
        ]["values"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "accepted_values"
    }
    assert found == {
        (model, column): [member.value for member in closed]
        for model, columns in CLOSED_SETS.items()
        for column, closed in columns.items()
    }


def test_statuses_in_sql_are_known() -> None:
    """A word in capitals in a model is a member of some enum: a misspelt status finds nothing."""
    known = {
        str(member)
        for kind in vars(enums).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum)
        for member in kind
    }
    for file in sql_files("models", "tests"):
        words = set(re.findall(r"'([A-Z][A-Z_]+)'", without_comments(file.read_text())))
        assert words <= known, f"{file.name}: {sorted(words - known)}"


@pytest.mark.parametrize("rule", [CLOCKS, ZONES], ids=["clock", "zone"])
def test_no_sql_reads_the_clock_or_converts_zones(rule: re.Pattern[str]) -> None:
    for file in sql_files():
        hit = rule.search(without_comments(file.read_text()))
        assert hit is None, f"{file.relative_to(DBT_PROJECT)}: {hit and hit.group(0)!r}"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (CLOCKS, "where day < current_date"),
        (CLOCKS, "select now()"),
        (ZONES, "received_at at time zone 'UTC'"),
        (ZONES, "cast(leads.received_at as date)"),
        (ZONES, "date_trunc('month', issued_at)"),
        (ZONES, "extract(hour from arrived_at)"),
    ],
)
def test_the_rules_find_what_they_forbid(rule: re.Pattern[str], text: str) -> None:
    assert rule.search(text)


def test_staging_is_a_plain_select() -> None:
    """Live views fold staging in; Postgres pushes no condition into a subquery with a WITH."""
    for file in sql_files("models/staging"):
        text = without_comments(file.read_text())
        if re.fullmatch(r"\{\{ staged\([^{}]*\) \}\}\s*", text):
            continue
        assert re.fullmatch(r"\s*select\s[^;]*\sfrom \{\{ source\([^)]*\) \}\}\s*", text), file.name


def test_every_table_of_the_core_that_may_leave_it_is_a_source(manifest: dict[str, Any]) -> None:
    found = {s["name"] for s in manifest["sources"].values() if s["name"].startswith("core__")}
    assert found == {f"core__{table.name}" for table in raw_tables()}


def test_models_never_ask_for_the_target() -> None:
    for file in (DBT_PROJECT / "models").rglob("*.sql"):
        assert "target" not in without_comments(file.read_text()), file.name


def test_one_yaml_beside_the_models_of_an_area() -> None:
    for layer in NAMES:
        for folder in (DBT_PROJECT / "models" / layer).iterdir():
            if folder.is_dir():
                found = [file.name for file in folder.glob("*.yml")]
                assert found == [f"_{folder.name}__{layer}.yml"]


def test_every_page_and_report_says_what_it_reads(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    exposures = manifest["exposures"].values()
    assert {"report_executive_weekly", "page_executive", "page_branch", "page_analyst_sql"} <= {
        exposure["name"] for exposure in exposures
    }
    read = {node.split(".")[-1] for e in exposures for node in e["depends_on"]["nodes"]}
    served = {name for name, node in models.items() if is_measure(node)}
    assert served - read == set(), "nobody reads these"


def test_the_time_spine_is_the_calendar(models: dict[str, dict[str, Any]]) -> None:
    assert models["dim_dates"]["time_spine"]["standard_granularity_column"] == "date_day"


def test_easter_of_two_centuries() -> None:
    environment = jinja2.Environment(autoescape=False)
    source = (DBT_PROJECT / "macros" / "calendar.sql").read_text()
    expression = environment.from_string(source + "{{ days_to_easter('year_number') }}").render()
    query = (
        f"select year_number, make_date(year_number, 3, 22) + {expression}"
        " from (select cast(range as integer) as year_number from range(1900, 2100))"
    )
    found = dict(duckdb.sql(query).fetchall())
    for year, sunday in found.items():
        friday = country_holidays("CA", years=year, observed=False).get_named("Good Friday")
        assert friday == [sunday - timedelta(days=2)]
