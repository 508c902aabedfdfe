"""What an erasure does is said, or follows from the type, for every private column there is."""

from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_core.models import Base
from crm_core.models.base import Erase, LakePolicy
from crm_core.security.erasure import (
    EraseRuleMissing,
    customer_tables,
    erased_values,
    rule_of,
)

DROP = {"lake": LakePolicy.DROP}


def column(kind: Any, **options: Any) -> Column[Any]:
    made = Column("it", kind, info=DROP | options.pop("info", {}), **options)
    Table("t", MetaData(), Column("id", Uuid(), primary_key=True), made)
    return made


def test_every_private_column_has_a_rule() -> None:
    missing = []
    for table in Base.metadata.sorted_tables:
        for each in table.columns:
            if each.info.get("lake") is LakePolicy.DROP:
                try:
                    rule_of(each)
                except EraseRuleMissing as error:
                    missing.append(str(error))
    assert missing == []


def test_a_type_without_a_rule_must_be_declared() -> None:
    with pytest.raises(EraseRuleMissing, match="say what an erasure does"):
        rule_of(column(Interval()))
    assert rule_of(column(Interval(), info={"erase": Erase.NULL})) is Erase.NULL


@pytest.mark.parametrize(
    ("kind", "nullable", "rule"),
    [
        (String(100), True, Erase.NULL),
        (Text(), False, Erase.BLANK),
        (JSONB(), True, Erase.NULL),
        (JSONB(), False, Erase.BLANK),
        (ARRAY(Text()), False, Erase.BLANK),
        (LargeBinary(), False, Erase.BLANK),
        (Numeric(9, 6), True, Erase.NULL),
        (Numeric(9, 6), False, Erase.BLANK),
        (Numeric(18, 2), True, Erase.KEEP),
        (Date(), True, Erase.NULL),
        (Integer(), False, Erase.KEEP),
        (Uuid(), True, Erase.KEEP),
        (Boolean(), True, Erase.KEEP),
        (DateTime(timezone=True), True, Erase.KEEP),
    ],
)
def test_the_type_decides_where_nothing_is_said(kind: Any, nullable: bool, rule: Erase) -> None:
    assert rule_of(column(kind, nullable=nullable)) is rule


def test_a_closed_set_is_kept_and_a_unique_text_stays_unique() -> None:
    table = Table(
        "t",
        MetaData(),
        Column("id", Uuid(), primary_key=True),
        Column("kind", String(40), nullable=False, info=DROP),
        Column("code", String(20), nullable=False, info=DROP),
        Column("name", String(5), nullable=False, info=DROP),
        Column("tags", JSONB, nullable=False, info=DROP, server_default=text("'[]'")),
        CheckConstraint("kind in ('A', 'B')"),
        UniqueConstraint("code"),
    )
    values = erased_values(table)
    assert set(values) == {"code", "name", "tags"}
    assert "t.id" in str(values["code"])
    assert values["name"].compile().params == {"param_1": "[eras"}
    assert "'[]'" in str(values["tags"])


def _company(*tables: tuple[str, dict[str, str]]) -> MetaData:
    """Tables by name, each with its foreign keys: column to table; "?" means it may be empty."""
    made = MetaData()
    for name, keys in tables:
        columns = [Column(key.rstrip("?"), Uuid(), nullable=key.endswith("?")) for key in keys]
        links = [
            ForeignKeyConstraint(
                ["client_id", key.rstrip("?")], [f"{parent}.client_id", f"{parent}.id"]
            )
            for key, parent in keys.items()
        ]
        Table(
            name, made, Column("client_id", Uuid(), primary_key=True),
            Column("id", Uuid(), primary_key=True), *columns, *links,
        )  # fmt: skip
    return made


def test_rows_are_followed_from_the_customer_down_and_not_up_again() -> None:
    found = customer_tables(
        _company(
            ("customers", {}),
            ("units", {}),
            ("bookings", {"customer_id": "customers", "unit_id": "units"}),
            ("jobs", {"customer_id": "customers"}),
            ("steps", {"job_id": "jobs"}),
            ("photos", {"step_id": "steps", "job_id?": "jobs"}),
            ("letters", {"customer_id?": "customers", "job_id?": "jobs"}),
            ("unit_visits", {"unit_id": "units"}),
        )
    )
    links = {
        entry.table.name: {(link.column, link.unless) for link in entry.links} for entry in found
    }
    assert links == {
        "customers": set(),
        "bookings": {("customer_id", None)},
        "jobs": {("customer_id", None)},
        "steps": {("job_id", None)},
        "photos": {("job_id", None)},
        "letters": {("customer_id", None), ("job_id", "customer_id")},
    }
    names = [entry.table.name for entry in found]
    assert names[0] == "customers"
    assert names.index("jobs") < names.index("letters")


def test_the_tables_of_the_core_are_found() -> None:
    names = {entry.table.name for entry in customer_tables(Base.metadata)}
    assert {
        "customers", "leads", "quotes", "quote_items", "truck_journeys", "journey_steps",
        "invoices", "invoice_items", "payments",
    } <= names  # fmt: skip
    assert names.isdisjoint({"users", "locations", "audit_entries", "clients", "integrations"})
