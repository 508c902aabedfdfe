"""A source as a list of declared streams: pulled, judged and resumed by one piece of code.

How pages follow is in `paging`, what becomes of accepted rows in `applying` (core) and `lake`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from transforms.sources.base import (
    Json,
    Known,
    Mark,
    Oddities,
    Payload,
    Quarantined,
    SourceAnswerUnreadable,
    SourceRefusedRequest,
)
from transforms.sources.contracts import Row, contracted, note_new_fields
from transforms.sources.http import MOST_PAGES, SourceClient
from transforms.sources.paging import ListMoved, Page, PageUnexpected, Paging

TRIES = 4
"""How often a stream is begun anew, or a page asked for again that we have had."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record: where it is asked for, how its pages follow, what a good row is."""

    name: str
    path: str
    """May name options of the integration: /v3/company/{realm}/query."""
    row: type[Row]
    paging: Paging
    key: str | Callable[[Json], object] = "id"
    """The vendor's field that identifies the row, or how it is made up."""
    moment: str | None = None
    """The contract's field by which the vendor filters; without it all is read each time."""
    overlap: timedelta = timedelta(days=1)
    """How far before the last moment is read again: late rows, other clocks, changed old ones."""
    reach: timedelta | None = None
    """How far back the first run goes; None is ever."""
    feeds_lake: bool = False
    """Its rows become the lake's `<provider>__<name>`."""

    def payload(self, row: Json) -> Payload:
        """The row, named."""
        name = row.get(self.key) if isinstance(self.key, str) else self.key(row)
        return Payload.of(self.name, row, external_id="None" if name is None else name)


Ask = Callable[[Stream, datetime | None, str | None], Page]
"""One page of a stream, since a moment, at a token."""


@dataclass(slots=True)
class Declared:
    """A `Source` over declared streams; `ask` fetches a page."""

    provider: str
    declared: Sequence[Stream]
    ask: Ask
    oddities: Oddities = field(default_factory=Oddities)

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(stream.name for stream in self.declared)

    def pull(self, today: date, known: Known) -> Iterator[Payload | Mark]:
        """Every stream from where it was left, in declared order."""
        for stream in self.declared:
            yield from _pull(stream, self.ask, today, known.positions.get(stream.name, {}))

    def judge(self, payload: Payload) -> Quarantined | None:
        """None when the row keeps the contract of its stream; counts new fields."""
        row = parse(self.declared, payload)
        if isinstance(row, Quarantined):
            return row
        note_new_fields(row, self.oddities)
        return None


def parse(streams: Sequence[Stream], payload: Payload) -> Row | Quarantined:
    """The typed row of a payload, or why it is quarantined."""
    stream = next(s for s in streams if s.name == payload.stream)
    return contracted(stream.row, payload.body(), payload.stream, payload.external_id)


def client_ask(client: SourceClient, options: Mapping[str, str]) -> Ask:
    """Pages by HTTP; what is no page of its kind is the vendor's unreadable answer."""

    def ask(stream: Stream, since: datetime | None, at: str | None) -> Page:
        path = stream.path.format(**options)
        request = stream.paging.ask(since, at)
        answer = (
            client.get(path, request.query)
            if request.body is None
            else client.search(path, request.body)
        )
        try:
            return stream.paging.read(answer, at)
        except PageUnexpected as error:
            raise SourceAnswerUnreadable(
                f"the answer for {path} is not what was agreed ({error.line}): run the ingest"
                " again; if it stays, the vendor changed its interface"
            ) from error

    return ask


def _pull(
    stream: Stream, ask: Ask, today: date, position: Mapping[str, object]
) -> Iterator[Payload | Mark]:
    """One stream to its end, a mark after every page; begun anew when the list moves."""
    present = datetime.combine(today + timedelta(days=1), time(), UTC)
    reading = _Reading.of(stream, position, present)
    seen: set[tuple[str, str]] = set()
    tries = TRIES
    while tries:
        tries -= 1
        try:
            for page in _pages(stream, ask, reading):
                for row in page.rows:
                    payload = stream.payload(row)
                    reading.see(stream, payload)
                    if (payload.external_id, payload.digest) not in seen:
                        seen.add((payload.external_id, payload.digest))
                        yield payload
                reading.at = page.next
                yield Mark(stream.name, reading.position(is_done=page.next is None))
            return
        except ListMoved:
            if reading.newest != reading.since:
                tries = TRIES  # rows come in the order of their moments: go on from the newest
            reading.since, reading.at = reading.newest, None
        except SourceRefusedRequest:
            if reading.at is None:
                raise
            reading.at = None  # the token of the page where the last run broke off has expired
    raise SourceAnswerUnreadable(
        f"the list of {stream.name} does not stand still: run the ingest again in a quiet hour"
    )


def _pages(stream: Stream, ask: Ask, reading: "_Reading") -> Iterator[Page]:
    """Pages from where the reading stands; a page that leads back to itself is asked for again."""
    repeats = 0
    for _ in range(MOST_PAGES):
        at = reading.at
        page = ask(stream, reading.since, at)
        if page.next is not None and page.next == at:
            repeats += 1
            if repeats >= TRIES:
                break
            continue
        yield page
        if page.next is None:
            return
    raise SourceAnswerUnreadable(
        f"the pages of {stream.name} do not end: run the ingest again; if it stays, the vendor"
        " changed its interface"
    )


@dataclass(slots=True)
class _Reading:
    """How far a stream is read: since when, up to which moment, at which page."""

    since: datetime | None
    newest: datetime | None
    at: str | None
    present: datetime
    """Stamps after it are of a clock that runs ahead: they move nothing."""

    @classmethod
    def of(cls, stream: Stream, position: Mapping[str, object], present: datetime) -> "_Reading":
        newest, since, at = (position.get(name) for name in ("newest", "since", "at"))
        known = datetime.fromisoformat(str(newest)) if newest else None
        if at is not None:
            begun = datetime.fromisoformat(str(since)) if since else None
            return cls(begun, known, str(at), present)
        if stream.moment is None:
            return cls(None, None, None, present)
        if known is not None:
            return cls(known - stream.overlap, known, None, present)
        return cls(present - stream.reach if stream.reach else None, None, None, present)

    def see(self, stream: Stream, payload: Payload) -> None:
        if stream.moment is None:
            return
        row = contracted(stream.row, payload.body(), stream.name, payload.external_id)
        moment = None if isinstance(row, Quarantined) else getattr(row, stream.moment)
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(), UTC)
        if moment is not None and moment <= self.present:
            self.newest = max(moment, self.newest or moment)

    def position(self, *, is_done: bool) -> Json:
        """What the next run needs: the page where this one stands, or the newest moment read."""
        newest = {"newest": self.newest.isoformat()} if self.newest else {}
        if is_done:
            return dict(newest)
        since = {"since": self.since.isoformat()} if self.since else {}
        return {**newest, **since, "at": self.at}
