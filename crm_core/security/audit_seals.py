"""Sealing the audit trail into its chain, and checking the whole of it, as the audit role.

Hashes, signatures and what breaks a chain are in `crm_core.security.audit_chain`.
"""

import contextlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import RowFactory, namedtuple_row

from crm_core.config import settings
from crm_core.database import DatabaseRole, connect, conninfo
from crm_core.errors import CrmError
from crm_core.security.audit import CHANGED, AuditProblem, content_hash
from crm_core.security.audit_chain import GENESIS, Head, SealedEntry, broken_links, link
from crm_core.security.secrets import secret

SIGNING_KEY = "audit.key"
BATCH = 20_000
"""Seals that are written by one statement."""

_LOCK = "select pg_advisory_xact_lock(hashtextextended('crm_core.security.audit_seals', 0))"
_FENCE = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_LAST = "select fence, sealed_at from core.audit_heads order by sealed_at desc limit 1"
_END = """
select sequence, hash from core.audit_seals where client_id = %s order by sequence desc limit 1
"""
# The order is that of the fence, so it does not depend on when and how often one seals.
_UNSEALED = """
from core.audit_entries e where not exists (
  select from core.audit_seals s where s.client_id = e.client_id and s.entry_id = e.id)
"""
_FRESH = f"""
select e.client_id, e.id, e.content_hash {_UNSEALED}
  and e.changed_xid >= %s::text::xid8 and (%s or e.changed_xid < %s::text::xid8)
order by e.client_id, e.changed_xid, e.id
"""
# COPY is refused under row-level security, which binds this role too.
_WRITE = """
insert into core.audit_seals (client_id, sequence, entry_id, prev_hash, hash)
select * from unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::text[])
"""
_WRITE_HEAD = """
insert into core.audit_heads (client_id, sequence, hash, fence, sealed_at, signature)
values (%s, %s, %s, %s, %s, %s)
"""
_HEADS = "select client_id, sequence, hash, fence, sealed_at, signature from core.audit_heads"
_CONTENT = """
e.client_id, e.id, e.location_id, e.owner_id, e.actor_type, e.action, e.resource, e.resource_id,
e.severity, e.occurred_at, e.details, e.content_hash
"""
_CHAIN = f"""
select s.client_id as of_client_id, s.sequence, s.entry_id, s.prev_hash, s.hash, {_CONTENT}
from core.audit_seals s
left join core.audit_entries e on e.client_id = s.client_id and e.id = s.entry_id
order by s.client_id, s.sequence
"""
_TAIL = f"""
select {_CONTENT}, e.changed_xid < %s::text::xid8 as is_behind {_UNSEALED}
order by e.client_id, e.id
"""


class DatabaseRestored(CrmError):
    """The server counts transactions from a point before the chain's end."""


def open_connection() -> psycopg.Connection:
    """A connection of the audit role, which reads the trail and adds to the chain, no more."""
    return connect(conninfo(DatabaseRole.AUDIT))


def seal(connection: psycopg.Connection, *, at: datetime, after_restore: bool = False) -> int:
    """Link every entry whose transaction has surely ended into its tenant's chain; how many.

    In the transaction of `connection`. `after_restore` takes what lies behind the fence too.
    """
    connection.execute(_LOCK)
    fence, last = _scalar(connection, _FENCE), connection.execute(_LAST).fetchone()
    done, sealed_at = (last[0], max(at, last[1])) if last else (0, at)
    if done > fence and not after_restore:
        if _scalar(connection, f"select count(*) {_UNSEALED}"):
            raise DatabaseRestored(
                "the audit chain is ahead of the database's transactions: was it restored from a"
                " backup? Check it with `crm audit verify`, then run `crm audit seal"
                " --after-restore`"
            )
        return 0
    chain = _Chain(connection)
    with connection.cursor("fresh_entries") as fresh:
        fresh.execute(_FRESH, [str(0 if after_restore else done), after_restore, str(fence)])
        while rows := fresh.fetchmany(BATCH):
            chain.extend(rows)
    key = signing_key()
    for client_id, (sequence, digest) in chain.ends.items():
        head = Head.signed(key, client_id, sequence, digest, fence, sealed_at)
        connection.execute(_WRITE_HEAD, list(vars(head).values()))
    return chain.count


@dataclass
class _Chain:
    """The ends of the chains that this transaction extends."""

    connection: psycopg.Connection
    ends: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    count: int = 0

    def extend(self, rows: list[tuple[UUID, UUID, str]]) -> None:
        """Write the seals of (tenant, entry, content hash), in this order."""
        seals = []
        for client_id, entry_id, content in rows:
            sequence, before = self.ends.get(client_id) or self._stored_end(client_id)
            sequence += 1
            digest = link(client_id, sequence, entry_id, content, before)
            seals.append((client_id, sequence, entry_id, before, digest))
            self.ends[client_id] = (sequence, digest)
        self.connection.execute(_WRITE, [list(column) for column in zip(*seals, strict=True)])
        self.count += len(rows)

    def _stored_end(self, client_id: UUID) -> tuple[int, str]:
        found = self.connection.execute(_END, [client_id]).fetchone()
        return (found[0], found[1]) if found else (0, GENESIS)


class OutsideHeads:
    """The copy of the signed heads outside of the database: `var/audit/heads.jsonl`."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings().var / "audit" / "heads.jsonl"
        self._ends: dict[UUID, int] = {}
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._read_bytes = 0

    def read(self) -> Iterator[Head | str]:
        """Every head; what cannot be read as one comes as a line that says so."""
        lines = self.path.read_text(errors="replace").splitlines() if self.path.exists() else []
        for number, line in enumerate(lines, start=1):
            try:
                yield Head.from_line(line)
            except ValueError:
                yield f"line {number} of {self.path.name} outside of the database is no head"

    def catch_up(self, connection: psycopg.Connection) -> int:
        """Append the committed heads that are not there yet; how many."""
        self._learn()
        query = f"{_HEADS} where sealed_at >= %s order by sealed_at, client_id, sequence"
        heads = [Head(*row) for row in connection.execute(query, [self._newest])]
        missing = [head for head in heads if head.sequence > self._ends.get(head.client_id, 0)]
        if not missing:
            return 0
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("a") as copy:
            # A line that a kill cut short must not swallow the next one.
            if self._is_cut():
                copy.write("\n")
            copy.writelines(f"{head.to_line()}\n" for head in missing)
            copy.flush()
            os.fsync(copy.fileno())
        return len(missing)

    def _learn(self) -> None:
        """Take note of what was appended since the last look, by anybody."""
        if not self.path.exists():
            return
        with self.path.open("rb") as copy:
            copy.seek(self._read_bytes)
            fresh = copy.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                head = Head.from_line(line)
                self._newest = max(head.sealed_at, self._newest)
                known = self._ends.get(head.client_id, 0)
                self._ends[head.client_id] = max(head.sequence, known)

    def _is_cut(self) -> bool:
        content = self.path.read_bytes()[-1:] if self.path.exists() else b""
        return content not in (b"", b"\n")


def seal_now(
    at: datetime, outside: OutsideHeads | None = None, *, after_restore: bool = False
) -> int:
    """Seal in a transaction of its own and copy the heads outside; how many entries were linked."""
    with open_connection() as connection:
        count = seal(connection, at=at, after_restore=after_restore)
        connection.commit()
        (outside or OutsideHeads()).catch_up(connection)
    return count


@dataclass(frozen=True)
class Verification:
    """What a check of the whole trail found."""

    problems: tuple[AuditProblem, ...]
    sealed: int
    unsealed: int
    """Entries that wait for the sealer; no problem in themselves."""
    oldest_unsealed_at: datetime | None
    heads: int
    """Signed heads compared, here and outside."""


def verify(connection: psycopg.Connection, outside: OutsideHeads | None = None) -> Verification:
    """Recompute all hashes and signatures of all tenants from the entries themselves.

    Trusts nothing that is stored but the signing key and the heads outside of the database.
    """
    copied = list((outside or OutsideHeads()).read())
    connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
    with connection.transaction():
        stored = [Head(*row) for row in connection.execute(_HEADS)]
        found = _Findings()
        vouched = found.check_heads(stored, copied)
        found.check_chains(connection, vouched)
        fence = max((head.fence for head in stored if head.sealed_at == _newest(stored)), default=0)
        found.check_tail(connection, fence)
    return Verification(
        tuple(found.problems), found.sealed, found.unsealed, found.oldest, found.heads
    )


@dataclass
class _Findings:
    """The check as it goes through the trail."""

    problems: list[AuditProblem] = field(default_factory=list)
    sealed: int = 0
    unsealed: int = 0
    oldest: datetime | None = None
    heads: int = 0

    def check_heads(
        self, stored: list[Head], copied: list[Head | str]
    ) -> dict[UUID, dict[int, set[str]]]:
        """The hashes that well-signed heads vouch for, by tenant and sequence."""
        vouched: dict[UUID, dict[int, set[str]]] = {}
        outside = {head for head in copied if isinstance(head, Head)}
        nobody = stored[0].client_id if stored else UUID(int=0)
        for line in (line for line in copied if isinstance(line, str)):
            self.problems.append(AuditProblem(nobody, None, None, line))
        if stored and not outside:
            reason = "the copy of the heads outside of the database is missing"
            self.problems.append(AuditProblem(nobody, None, None, reason))
        key = signing_key()
        for head in sorted({*stored, *outside}, key=lambda h: (h.client_id, h.sequence)):
            self.heads += 1
            if head.is_signed_with(key):
                by_sequence = vouched.setdefault(head.client_id, {})
                by_sequence.setdefault(head.sequence, set()).add(head.hash)
            else:
                where = "outside" if head in outside else "in the database"
                reason = f"the head {where} does not carry our signature"
                self.problems.append(AuditProblem(head.client_id, head.sequence, None, reason))
        return vouched

    def check_chains(
        self, connection: psycopg.Connection, vouched: dict[UUID, dict[int, set[str]]]
    ) -> None:
        """Every seal of every tenant; tenants of whom only heads are left included."""
        seen = set()
        with connection.cursor("chain", row_factory=_as_row) as rows:
            rows.itersize = BATCH
            rows.execute(_CHAIN)
            for client_id, chain in itertools.groupby(rows, key=lambda row: row.of_client_id):
                seen.add(client_id)
                seals = map(self._sealed, chain)
                self.problems += broken_links(client_id, seals, vouched.get(client_id, {}))
        for client_id in vouched.keys() - seen:
            self.problems += broken_links(client_id, (), vouched[client_id])

    def check_tail(self, connection: psycopg.Connection, fence: int) -> None:
        """Entries without a seal: whole, and younger than what is sealed."""
        with connection.cursor("tail", row_factory=_as_row) as rows:
            rows.itersize = BATCH
            rows.execute(_TAIL, [str(fence)])
            for row in rows:
                self.unsealed += 1
                self.oldest = min(self.oldest or row.occurred_at, row.occurred_at)
                if content_hash(row) != row.content_hash:
                    self.problems.append(AuditProblem(row.client_id, None, row.id, CHANGED))
                if row.is_behind:
                    reason = "put in behind the sealed part of the chain"
                    self.problems.append(AuditProblem(row.client_id, None, row.id, reason))

    def _sealed(self, row: Any) -> SealedEntry:
        self.sealed += 1
        entry = None if row.id is None else row
        return SealedEntry(
            row.sequence, row.entry_id, row.prev_hash, row.hash, entry, row.content_hash
        )


_as_row = cast(RowFactory[Any], namedtuple_row)


def signing_key() -> Ed25519PrivateKey:
    """The key that signs heads: `var/keys/audit.key`, made at first use."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret(SIGNING_KEY)))


def _newest(heads: list[Head]) -> datetime | None:
    return max((head.sealed_at for head in heads), default=None)


def _scalar(connection: psycopg.Connection, query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
