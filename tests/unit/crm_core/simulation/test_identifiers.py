"""Bulk ids are UUIDv7 like those of `ids.new_id`, and sort by the time of their rows."""

from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from crm_core.ids import new_id
from crm_core.simulation.identifiers import new_ids

STAMPS = np.array([1_700_000_000_000] * 3 + [1_700_000_000_001, 1_600_000_000_000], dtype=np.int64)


def test_version_variant_and_stamp_are_those_of_the_core() -> None:
    ids = [UUID(text) for text in new_ids(STAMPS, np.random.default_rng(1))]
    assert {found.version for found in ids} == {7}
    assert {found.variant for found in ids} == {new_id().variant}
    assert [found.int >> 80 for found in ids] == STAMPS.tolist()
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    (bulk,) = new_ids(np.array([int(at.timestamp() * 1000)]), np.random.default_rng(1))
    assert bulk[:13] == str(new_id(at))[:13]


def test_ids_sort_by_time_and_by_row_within_a_millisecond() -> None:
    ids = new_ids(STAMPS, np.random.default_rng(2)).to_list()
    assert sorted(ids) == [ids[4], ids[0], ids[1], ids[2], ids[3]]


def test_the_same_random_numbers_give_the_same_ids() -> None:
    first, second = (new_ids(STAMPS, np.random.default_rng(3)).to_list() for _ in range(2))
    assert first == second
    assert len(set(new_ids(np.repeat(STAMPS, 1000), np.random.default_rng(3)))) == 5000
