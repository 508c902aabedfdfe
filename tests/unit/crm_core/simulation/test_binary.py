"""The binary COPY format of each kind of column, byte by byte."""

import struct
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import polars as pl
import pytest

from crm_core.simulation.binary import as_binary
from crm_core.simulation.load import ahead

ID = "0190c0de-0a0b-7c0d-8e0f-a1b2c3d4e5f6"


def field(series: pl.Series, kind: str) -> list[bytes | None]:
    """What a column of one name is sent as, row by row."""
    data = b"".join(as_binary(series.to_frame("it"), {"it": kind}))
    found: list[bytes | None] = []
    while data:
        fields, length = struct.unpack(">hi", data[:6])
        assert fields == 1
        found.append(None if length < 0 else data[6 : 6 + length])
        data = data[6 + max(length, 0) :]
    return found


def test_ids_are_sixteen_bytes() -> None:
    assert field(pl.Series([ID, None, ID]), "uuid") == [UUID(ID).bytes, None, UUID(ID).bytes]


def test_text_is_as_long_as_it_is() -> None:
    texts = pl.Series(["déménagement", None, "", "tab\tand\\N"])
    sent = ["déménagement".encode(), None, b"", b"tab\tand\\N"]
    assert field(texts, "character varying") == sent
    assert field(texts, "text") == sent
    assert field(pl.Series(['{"a": 1}', None]), "jsonb") == [b'\x01{"a": 1}', None]


def test_days_and_instants_count_from_2000() -> None:
    days = pl.Series([date(2000, 1, 2), date(1999, 12, 31), None])
    assert field(days, "date") == [struct.pack(">i", 1), struct.pack(">i", -1), None]
    instants = pl.Series([datetime(2000, 1, 1, 0, 0, 2), None], dtype=pl.Datetime("ms"))
    for kind in ("timestamp with time zone", "timestamp without time zone"):
        assert field(instants, kind) == [struct.pack(">q", 2_000_000), None]


def test_whole_numbers_and_truths() -> None:
    numbers = pl.Series([1, None, -2])
    for kind, form in (("smallint", ">h"), ("integer", ">i"), ("bigint", ">q")):
        assert field(numbers, kind) == [struct.pack(form, 1), None, struct.pack(form, -2)]
    assert field(pl.Series([True, False, None]), "boolean") == [b"\x01", b"\x00", None]


@pytest.mark.parametrize("places", [0, 1, 2, 4, 6])
def test_decimals_keep_every_digit(places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    amounts = [unit, -unit, Decimal(0), Decimal("9876543210") + unit, Decimal("-10000.5")]
    kept = [one.quantize(unit) for one in amounts]
    sent = field(pl.Series(kept, dtype=pl.Decimal(18, places)), "numeric")
    assert [read_decimal(value) for value in sent] == kept


def read_decimal(value: bytes | None) -> Decimal:
    """A number as Postgres reads it: groups of four digits, where they begin, and the sign."""
    assert value is not None
    count, weight, sign, places, *groups = struct.unpack(f">{len(value) // 2}h", value)
    assert len(groups) == count
    parts = (Decimal(group).scaleb(4 * (weight - n)) for n, group in enumerate(groups))
    size = sum(parts, Decimal(0))
    return (-size if sign else size).quantize(Decimal(1).scaleb(-places))


def test_lists_of_words() -> None:
    one, none, _ = field(pl.Series(["{ab,c}", "{}", None]), "ARRAY")
    assert one == struct.pack(">5i", 1, 0, 25, 2, 1) + b"\0\0\0\x02ab" + b"\0\0\0\x01c"
    assert none == struct.pack(">3i", 0, 0, 25)


def test_what_is_made_ahead_comes_in_order_and_fails_in_place() -> None:
    def source() -> Iterator[int]:
        yield from range(1, 6)
        raise ValueError("no more")

    taken = []
    with pytest.raises(ValueError, match="no more"):
        for item in ahead(source(), 3):
            taken.append(item)
    assert taken == [1, 2, 3, 4, 5]
