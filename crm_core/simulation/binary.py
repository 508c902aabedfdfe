"""Rows in Postgres' binary COPY format, made column by column without a Python object per row.

Sending them is the business of `crm_core.simulation.load`.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
PIECE_BYTES = 8_000_000
"""About as much is laid out at a time."""

TEXT_TYPE = 25
"""The number of `text` among the types of Postgres."""

EPOCH_DAYS = 10_957
"""Days from 1970 to 2000, where Postgres begins to count."""
EPOCH_MICROSECONDS = EPOCH_DAYS * 86_400_000_000
GROUPS, GROUP = 5, 10_000
"""A numeric is sent in groups of four decimal digits: five hold any 64-bit number."""
OTHER_PLACES = 6
"""Decimal places of numbers that come as text."""

Bytes = NDArray[np.uint8]

HEX = np.zeros(1 << 16, dtype=np.uint8)
"""The byte that two hexadecimal digits make, by the two as a number."""
for _value in range(256):
    HEX[np.frombuffer(b"%02x" % _value, dtype=np.uint16)[0]] = _value
EVEN = np.array([0, 1, 2, 3, 7, 8, 12, 13, 14, 15, 16, 17])
"""Where pairs of digits stand in the text of an id, in pairs of characters from its beginning."""
ODD = np.array([4, 5, 9, 10])
"""The other pairs, one character further."""
EVEN_BYTES, ODD_BYTES = [0, 1, 2, 3, 6, 7, 10, 11, 12, 13, 14, 15], [4, 5, 8, 9]


@dataclass(frozen=True)
class Field:
    """One column of a piece: its bytes row by row, and how many of them count."""

    values: Bytes
    lengths: NDArray[np.int64] | int
    nulls: NDArray[np.bool_] | None


def as_binary(frame: pl.DataFrame, types: Mapping[str, str]) -> Iterator[bytes]:
    """The rows piece by piece, without header and trailer; `types` are those of the table."""
    makers = [MAKERS[types[name]] for name in frame.columns]
    rows = max(1_000, PIECE_BYTES // (30 * max(1, len(makers))))
    for piece in frame.iter_slices(rows):
        fields = [_field(make, one) for make, one in zip(makers, piece.iter_columns(), strict=True)]
        yield _laid_out(fields, len(piece))


def _field(make: Callable[[pl.Series], Field], series: pl.Series) -> Field:
    if series.null_count() == len(series):
        return Field(np.empty((len(series), 0), dtype=np.uint8), -1, None)
    return make(series)


def _laid_out(fields: list[Field], count: int) -> bytes:
    """A line per row: the number of its fields, then the length and the bytes of each."""
    width = 2 + sum(4 + field.values.shape[1] for field in fields)
    lines = np.empty((count, width), dtype=np.uint8)
    keep = np.ones((count, width), dtype=np.bool_)
    lines[:, :2] = _big_endian(len(fields), ">i2")
    at = 2
    for field in fields:
        room = field.values.shape[1]
        lengths: Any = field.lengths
        if field.nulls is not None:
            lengths = np.where(field.nulls, -1, lengths)
        lines[:, at : at + 4] = _big_endian(lengths, ">i4")
        at += 4
        lines[:, at : at + room] = field.values
        if not isinstance(lengths, int):
            keep[:, at : at + room] = np.arange(room) < lengths[:, None]
        at += room
    return lines[keep].tobytes()


def _big_endian(numbers: Any, kind: str) -> Bytes:
    """Numbers as bytes, a row of bytes for each."""
    made = np.asarray(numbers, dtype=kind)
    return made.reshape(-1, 1).view(np.uint8)


def _nulls(series: pl.Series) -> NDArray[np.bool_] | None:
    return series.is_null().to_numpy() if series.null_count() else None


def _fixed(series: pl.Series, values: Bytes) -> Field:
    return Field(values, values.shape[1], _nulls(series))


def _ids(series: pl.Series) -> Field:
    nulls = _nulls(series)
    if nulls is not None:
        series = series.fill_null("0" * 36)
    text = _characters(series)[0]
    pairs = text.view(np.uint16).reshape(-1, 18)
    shifted = np.append(text[1:], np.uint8(0)).view(np.uint16).reshape(-1, 18)
    values = np.empty((len(series), 16), dtype=np.uint8)
    values[:, EVEN_BYTES] = HEX[pairs[:, EVEN]]
    values[:, ODD_BYTES] = HEX[shifted[:, ODD]]
    return Field(values, 16, nulls)


def _characters(series: pl.Series) -> tuple[Bytes, NDArray[np.int64]]:
    """All text of a column without nulls in one piece, and the length of each value in bytes."""
    arrow = series.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = arrow.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[arrow.offset : arrow.offset + len(series) + 1]
    if data is None:
        return np.empty(0, dtype=np.uint8), np.zeros(len(series), dtype=np.int64)
    text = np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]]
    return text, np.diff(bounds)


def _text(series: pl.Series) -> Field:
    nulls = _nulls(series)
    text, lengths = _characters(series.cast(pl.String).fill_null(""))
    room = int(lengths.max()) if len(lengths) else 0
    values = np.empty((len(series), room), dtype=np.uint8)
    values[np.arange(room) < lengths[:, None]] = text
    return Field(values, lengths, nulls)


def _json(series: pl.Series) -> Field:
    """`jsonb` is sent as text after the number of its version, 1."""
    plain = _text(series)
    first = np.ones((len(series), 1), dtype=np.uint8)
    return Field(np.hstack([first, plain.values]), plain.lengths + 1, plain.nulls)


def _instants(series: pl.Series) -> Field:
    since = series.dt.epoch("us").fill_null(0).to_numpy() - EPOCH_MICROSECONDS
    return _fixed(series, _big_endian(since, ">i8"))


def _days(series: pl.Series) -> Field:
    since = series.to_physical().fill_null(0).to_numpy() - EPOCH_DAYS
    return _fixed(series, _big_endian(since, ">i4"))


def _integers(kind: str) -> Callable[[pl.Series], Field]:
    def make(series: pl.Series) -> Field:
        return _fixed(series, _big_endian(series.cast(pl.Int64).fill_null(0).to_numpy(), kind))

    return make


def _truths(series: pl.Series) -> Field:
    return _integers(">i1")(series)


def _lists(series: pl.Series) -> Field:
    """Text such as {one,two}, as the frames hold lists of short words, in the form of `text[]`."""
    packed = [None if text is None else _packed(text[1:-1].split(",")) for text in series]
    lengths = np.array([len(value or b"") for value in packed])
    values = np.zeros((len(packed), int(lengths.max(initial=0))), dtype=np.uint8)
    for row, value in zip(values, packed, strict=True):
        row[: len(value or b"")] = np.frombuffer(value or b"", dtype=np.uint8)
    return Field(values, lengths, _nulls(series))


def _packed(words: list[str]) -> bytes:
    """Dimensions, whether there are nulls, the type of the words; then size and least index."""
    present = [word.encode() for word in words if word]
    size = struct.pack(">ii", len(present), 1) if present else b""
    head = struct.pack(">iii", bool(present), 0, TEXT_TYPE) + size
    return head + b"".join(struct.pack(">i", len(word)) + word for word in present)


def _decimals(series: pl.Series) -> Field:
    """Digits in groups of four before and after the point; Postgres strips those not needed."""
    places = series.dtype.scale if isinstance(series.dtype, pl.Decimal) else OTHER_PLACES
    after = -(-places // 4)
    exact = series.cast(pl.Decimal(38, 4 * after)).to_physical().cast(pl.Int64)
    units = exact.fill_null(0).to_numpy()
    size, groups = np.abs(units), np.empty((len(series), 4 + GROUPS), dtype=">i2")
    groups[:, 0], groups[:, 1], groups[:, 3] = GROUPS, GROUPS - 1 - after, places
    groups[:, 2] = np.where(units < 0, 0x4000, 0)
    for place in range(GROUPS - 1, -1, -1):
        size, groups[:, 4 + place] = np.divmod(size, GROUP)
    return _fixed(series, groups.view(np.uint8))


MAKERS: dict[str, Callable[[pl.Series], Field]] = {
    "uuid": _ids,
    "text": _text,
    "character varying": _text,
    "jsonb": _json,
    "timestamp with time zone": _instants,
    "timestamp without time zone": _instants,
    "date": _days,
    "smallint": _integers(">i2"),
    "integer": _integers(">i4"),
    "bigint": _integers(">i8"),
    "boolean": _truths,
    "numeric": _decimals,
    "ARRAY": _lists,
}
"""By the type of the table's column, without its length."""
