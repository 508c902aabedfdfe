"""UUIDv7 in bulk: the layout of `crm_core.ids`, stamped with each row's own creation time.

Which random numbers are used is the caller's choice, so that the same seed gives the same ids.
"""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

LENGTH = 36
_DASHES = (8, 13, 18, 23)
_DIGIT_PLACES = np.array([i for i in range(LENGTH) if i not in _DASHES])
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def new_ids(milliseconds: NDArray[np.int64], rng: np.random.Generator) -> pl.Series:
    """One UUIDv7 per stamp (milliseconds since 1970), as lower-case text.

    Within a millisecond ids sort in the order of the rows, by the twelve bits after the version.
    """
    count = len(milliseconds)
    raw = rng.integers(0, 256, size=(count, 16), dtype=np.uint8)
    stamps = milliseconds.astype(">u8").view(np.uint8).reshape(count, 8)
    raw[:, :6] = stamps[:, 2:]
    order = _rank_within_stamp(milliseconds)
    raw[:, 6] = 0x70 | (order >> 8 & 0x0F).astype(np.uint8)
    raw[:, 7] = (order & 0xFF).astype(np.uint8)
    raw[:, 8] = 0x80 | raw[:, 8] & 0x3F
    return _as_text(raw)


def _rank_within_stamp(milliseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many earlier rows carry the same stamp, modulo 4096."""
    order = np.argsort(milliseconds, kind="stable")
    ordered = milliseconds[order]
    is_first = np.empty(len(ordered), dtype=bool)
    is_first[:1] = True
    is_first[1:] = ordered[1:] != ordered[:-1]
    position = np.arange(len(ordered))
    first_position = np.maximum.accumulate(np.where(is_first, position, 0))
    rank = np.empty(len(ordered), dtype=np.int64)
    rank[order] = (position - first_position) % 4096
    return rank


def _as_text(raw: NDArray[np.uint8]) -> pl.Series:
    """Sixteen bytes a row as hyphenated text, without a Python object per row."""
    count = len(raw)
    text = np.full((count, LENGTH), ord("-"), dtype=np.uint8)
    digits = np.empty((count, 32), dtype=np.uint8)
    digits[:, 0::2] = _HEX[raw >> 4]
    digits[:, 1::2] = _HEX[raw & 0x0F]
    text[:, _DIGIT_PLACES] = digits
    offsets = np.arange(0, (count + 1) * LENGTH, LENGTH, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))
    return pl.Series(array)
