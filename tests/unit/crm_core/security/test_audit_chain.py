"""The chain of the audit trail: whole when untouched, and every break named where it is."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crm_core.security.audit import AuditProblem, content_hash, masked
from crm_core.security.audit_chain import GENESIS, Head, SealedEntry, broken_links, link

TENANT = UUID(int=1)
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def entry(number: int, **change: Any) -> Any:
    fields = {
        "client_id": TENANT, "id": UUID(int=number), "location_id": None, "owner_id": None,
        "actor_type": "USER", "action": "SEND", "resource": "QUOTE", "resource_id": None,
        "severity": "INFO", "occurred_at": AT, "details": {"number": number},
    }  # fmt: skip
    return SimpleNamespace(**fields | change)


def chain(*entries: Any) -> list[SealedEntry]:
    """The entries as an honest sealer links them."""
    made: list[SealedEntry] = []
    before = GENESIS
    for sequence, row in enumerate(entries, start=1):
        content = content_hash(row)
        digest = link(TENANT, sequence, row.id, content, before)
        made.append(SealedEntry(sequence, row.id, before, digest, row, content))
        before = digest
    return made


def ten() -> list[SealedEntry]:
    return chain(*(entry(number) for number in range(100, 110)))


def problems(
    seals: list[SealedEntry], heads: dict[int, set[str]] | None = None
) -> list[AuditProblem]:
    return list(broken_links(TENANT, seals, heads or {}))


def test_an_untouched_chain_has_no_problem() -> None:
    seals = ten()
    assert problems(seals, {4: {seals[3].hash}, 10: {seals[9].hash}}) == []
    assert problems([]) == []


@given(st.integers(0, 9))
def test_a_changed_entry_is_named(index: int) -> None:
    seals = ten()
    changed = entry(100 + index, action="REJECT")
    seals[index] = replace(seals[index], entry=changed)
    (found,) = problems(seals)
    assert (found.sequence, found.entry_id) == (index + 1, changed.id)
    assert "changed" in found.reason
    # together with its own hash
    seals[index] = replace(seals[index], content_hash=content_hash(changed))
    (found,) = problems(seals)
    assert (found.sequence, found.entry_id) == (index + 1, changed.id)
    assert "not what was sealed here" in found.reason


@given(st.integers(0, 9))
def test_a_removed_entry_is_named(index: int) -> None:
    seals = ten()
    seals[index] = replace(seals[index], entry=None, content_hash=None)
    (found,) = problems(seals)
    assert (found.sequence, found.entry_id) == (index + 1, seals[index].entry_id)
    assert "removed" in found.reason


@given(st.integers(1, 8), st.integers(1, 2))
def test_removed_seals_are_named_by_their_sequences(index: int, count: int) -> None:
    seals = ten()
    del seals[index : index + count]
    (found,) = problems(seals, {10: {ten()[9].hash}})
    assert found.sequence == index + 1
    if index + count < 10:
        assert found.reason == f"seals {index + 1} to {index + count} were removed"
    else:
        assert "tail was cut off" in found.reason


@given(st.integers(0, 8))
def test_two_entries_that_changed_places_are_named(index: int) -> None:
    seals = ten()
    one, two = seals[index], seals[index + 1]
    swapped = {"entry_id": two.entry_id, "entry": two.entry, "content_hash": two.content_hash}
    seals[index] = replace(one, **swapped)
    swapped = {"entry_id": one.entry_id, "entry": one.entry, "content_hash": one.content_hash}
    seals[index + 1] = replace(two, **swapped)
    assert [found.sequence for found in problems(seals)] == [index + 1, index + 2]


@given(st.integers(0, 9))
def test_an_entry_put_in_between_is_named(index: int) -> None:
    seals = ten()
    honest = [seal.entry for seal in seals]
    forged = chain(*honest[:index], entry(999), *honest[index:])
    # The forger links the new entry, moves the rest up, and leaves the rest's hashes alone.
    moved = [replace(seal, sequence=seal.sequence + 1) for seal in seals[index:]]
    found = problems([*seals[:index], forged[index], *moved])
    assert found[0].sequence == index + 2
    assert "put in, taken out or moved" in found[0].reason


def test_a_chain_written_anew_is_caught_by_the_head() -> None:
    honest = ten()
    entries = [seal.entry for seal in honest]
    forged = chain(*entries[:4], entry(104, action="REJECT"), *entries[5:])
    assert problems(forged) == [], "in itself it is whole"
    (found,) = problems(forged, {seal.sequence: {seal.hash} for seal in honest})
    assert found.sequence == 5
    assert "a signed head says otherwise" in found.reason


def test_a_tail_that_was_cut_off_is_caught_by_the_head() -> None:
    seals = ten()
    (found,) = problems(seals[:7], {10: {seals[9].hash}})
    assert found.sequence == 8
    assert "a signed head reaches to 10" in found.reason
    (found,) = problems([], {10: {seals[9].hash}})
    assert found.sequence == 1


def test_a_head_is_signed_as_a_whole_and_survives_its_line() -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    head = Head.signed(key, TENANT, 7, "ab" * 32, 99, AT)
    assert head.is_signed_with(key)
    assert Head.from_line(head.to_line()) == head
    assert not head.is_signed_with(other)
    for change in (
        {"client_id": UUID(int=2)}, {"sequence": 8}, {"hash": "ac" * 32}, {"fence": 98},
        {"sealed_at": AT.replace(hour=19)}, {"signature": "zz"}, {"signature": ""},
    ):  # fmt: skip
        assert not replace(head, **change).is_signed_with(key)  # type: ignore[arg-type]


@pytest.mark.parametrize("line", ["", "{}", "[]", "null", '{"client_id": 1}', "x" * 1000])
def test_what_is_no_head_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Head.from_line(line)


@pytest.mark.parametrize(
    ("sql", "clean"),
    [
        ("select 1", "select 1"),
        ("select * from t where n = 'Robin Maple'", "select * from t where n = '…'"),
        ("select 'it''s Maple' || x", "select '…' || x"),
        ("select $$Maple$$, $t$Maple$t$", "select '…', '…'"),
        ("select 'never closed Maple", "select '…'"),
        ('select "Maple"', "select '…'"),
    ],
)
def test_a_statement_is_noted_without_its_literals(sql: str, clean: str) -> None:
    assert masked(sql) == clean
