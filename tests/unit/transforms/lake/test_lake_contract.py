"""What a changed column of the core means for the lake."""

import pytest

from transforms.lake.contract import compare, require_exact, require_kept, widens
from transforms.lake.errors import ContractBroken

LEADS = {"id": "uuid", "score": "integer", "source": "character varying(100)"}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("smallint", "integer", True),
        ("real", "double precision", True),
        ("double precision", "real", False),
        ("character varying(40)", "character varying(100)", True),
        ("character varying(100)", "character varying(40)", False),
        ("character varying(40)", "text", True),
        ("text", "character varying(40)", False),
        ("numeric(10,2)", "numeric(18,2)", True),
        ("numeric(18,2)", "numeric(18,4)", False),
        ("numeric(18,2)", "numeric(20,4)", True),
        ("numeric(18,2)", "numeric(10,2)", False),
        ("numeric(18,2)", "numeric", False),
        ("integer", "text", False),
        ("date", "timestamp with time zone", False),
    ],
)
def test_widening_keeps_every_value(before: str, now: str, expected: bool) -> None:
    assert widens(before, now) is expected


def test_equal_columns_do_not_differ() -> None:
    found = compare("core__leads", LEADS, LEADS)
    assert (found.added, found.widened, found.broken) == ((), (), ())
    assert not found.needs_reload


def test_a_new_column_reloads_the_table() -> None:
    found = compare("core__leads", LEADS, {**LEADS, "is_bad": "boolean"})
    assert found.added == ("is_bad",)
    assert found.needs_reload


def test_a_wider_column_reloads_the_table() -> None:
    found = compare("core__leads", LEADS, {**LEADS, "score": "bigint"})
    assert found.widened == ("score",)
    assert found.needs_reload


def test_a_lost_column_and_a_narrowed_one_are_named() -> None:
    now = {"id": "uuid", "source": "character varying(10)"}
    with pytest.raises(ContractBroken) as caught:
        require_kept({"core__leads": LEADS}, {"core__leads": now})
    assert "core__leads.score (integer) is gone" in caught.value.line
    assert (
        "core__leads.source was character varying(100) and is now character varying(10)"
        in caught.value.line
    )
    assert "--full" in caught.value.line


def test_a_lost_table_is_named() -> None:
    with pytest.raises(ContractBroken, match="table core__leads is gone"):
        require_kept({"core__leads": LEADS}, {})


def test_a_new_table_is_no_difference() -> None:
    assert require_kept({}, {"core__leads": LEADS}) == {}


def test_a_number_without_precision_is_refused() -> None:
    with pytest.raises(ContractBroken, match=r"core__leads\.amount"):
        require_exact({"core__leads": {"id": "uuid", "amount": "numeric"}})
    require_exact({"core__leads": {"id": "uuid", "amount": "numeric(18,2)"}})
