"""Ids are UUIDv7 stamped with their instant; a given generator makes them repeatable."""

from datetime import UTC, datetime
from random import Random

from crm_core.ids import drawn_from, new_id

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)


def test_an_id_carries_its_instant_and_version() -> None:
    one = new_id(AT)
    assert one.version == 7
    assert one.int >> 80 == int(AT.timestamp() * 1000)
    assert new_id(AT) != one


def test_ids_drawn_from_a_generator_repeat_and_stay_different() -> None:
    def some() -> list[object]:
        with drawn_from(Random("seed")):
            return [new_id(AT) for _ in range(100)]

    first = some()
    assert first == some()
    assert len(set(first)) == 100
    with drawn_from(Random("seed")):
        new_id(AT)
        inner = new_id(AT)
    assert new_id(AT) != inner
