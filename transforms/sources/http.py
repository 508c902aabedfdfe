"""One polite HTTP client for all sources: retries with jitter, Retry-After, rate limit, paging.

What the answers mean belongs to each source's contract.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from transforms.sources.base import (
    Json,
    SourceAnswerUnreadable,
    SourceError,
    SourceRefusedKey,
    SourceRefusedRequest,
    SourceTooBusy,
    SourceUnreachable,
)

Query = Mapping[str, str | int]

# A list of ours never comes near this; a server that forgets `lastPage` would page for ever.
MOST_PAGES = 5_000


@dataclass(frozen=True, slots=True)
class Manners:
    """How hard we may lean on a source: tries per request, waits in seconds, requests a second."""

    tries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0
    requests_per_second: float | None = 5.0
    timeout: float = 20.0


class _Transient(Exception):
    """One failed try that is worth repeating; carries the error to raise when tries run out."""

    def __init__(self, final: SourceError, retry_after: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.retry_after = retry_after


class SourceClient:
    """Requests that only read, against one source; use it as a context manager."""

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        manners: Manners | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name = name
        self._manners = manners or Manners()
        self._sleep = sleep
        self._next_request = 0.0
        self._http = httpx.Client(
            base_url=base_url, headers=headers, auth=auth, timeout=self._manners.timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> object:
        """The JSON answer of one path, retried as `Manners` allow; raises a `SourceError`."""
        return self._ask(path, query or {}, None)

    def search(self, path: str, body: Json) -> object:
        """The JSON answer to a search that is posted; it changes nothing, so it is retried too."""
        return self._ask(path, {}, body)

    def _ask(self, path: str, query: Query, body: Json | None) -> object:
        retrying = Retrying(
            stop=stop_after_attempt(self._manners.tries),
            wait=self._wait,
            retry=retry_if_exception_type(_Transient),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._try, path, query, body)
        except _Transient as last:
            raise last.final from last

    def get_row(self, path: str, query: Query | None = None) -> Json:
        """One JSON object."""
        answer = self.get(path, query)
        if not isinstance(answer, dict):
            raise self._unreadable(path, "an object was expected")
        return answer

    def get_rows(self, path: str, query: Query | None = None) -> list[Json]:
        """A JSON list of objects, or the rows of a single envelope."""
        rows, _ = self._rows_of(path, self.get(path, query))
        return rows

    def pages(
        self, path: str, query: Query | None = None, *, page_size: int = 50
    ) -> Iterator[Json]:
        """Rows of all pages, from an envelope (`pageResults`, `lastPage`) or from bare arrays.

        A bare array has no last-page mark: it ends with a page that is not full, or with one
        that repeats the page before (a server that ignores the page number).
        """
        before = None
        for page in range(1, MOST_PAGES):
            answer = self.get(path, {**(query or {}), "Page": page, "PageSize": page_size})
            rows, last = self._rows_of(path, answer)
            if last is None:
                if rows == before:
                    return
                last = len(rows) != page_size
            yield from rows
            if last or not rows:
                return
            before = rows
        raise self._unreadable(path, f"its pages do not end after {MOST_PAGES}")

    def _try(self, path: str, query: Query, body: Json | None) -> object:
        self._keep_pace()
        try:
            method = "GET" if body is None else "POST"
            answer = self._http.request(method, path, params=dict(query), json=body)
        except httpx.RequestError as error:
            what = "timed out" if isinstance(error, httpx.TimeoutException) else "did not answer"
            raise _Transient(self._unreachable(path, f"{what} ({type(error).__name__})")) from error
        if answer.status_code == 429:
            raise self._busy(path, answer)
        if answer.status_code >= 500:
            raise _Transient(self._unreachable(path, f"answered {answer.status_code}"))
        if answer.status_code in (401, 403):
            raise SourceRefusedKey(
                f"{self._name} refused our key ({answer.status_code} for {path}): "
                "renew the key of this integration"
            )
        if not answer.is_success:
            raise SourceRefusedRequest(
                f"{self._name} refused {path} with {answer.status_code}: "
                "check the id or the parameters of the request"
            )
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError) as error:
            raise _Transient(self._unreadable(path, type(error).__name__)) from error

    def _busy(self, path: str, answer: httpx.Response) -> Exception:
        wait = retry_after(answer)
        error = SourceTooBusy(
            f"{self._name} is too busy for {path} (429): run the ingest again later, "
            "or lower the requests per second"
        )
        if wait is not None and wait > self._manners.longest_wait:
            return error
        return _Transient(error, wait)

    def _wait(self, state: RetryCallState) -> float:
        manners = self._manners
        jitter = wait_random_exponential(multiplier=manners.first_wait, max=manners.longest_wait)
        drawn = jitter(state)
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, _Transient) and failure.retry_after is not None:
            # Never earlier than asked; the jitter on top keeps many clients from coming back
            # in the same instant.
            return failure.retry_after + min(drawn, manners.first_wait)
        return drawn

    def _keep_pace(self) -> None:
        pace = self._manners.requests_per_second
        if pace is None:
            return
        present = time.monotonic()
        if present < self._next_request:
            self._sleep(self._next_request - present)
        self._next_request = max(present, self._next_request) + 1 / pace

    def _rows_of(self, path: str, answer: object) -> tuple[list[Json], bool | None]:
        """Rows and the last-page mark (None for a bare array)."""
        last: bool | None = None
        rows = answer
        if isinstance(answer, dict):
            rows, last = answer.get("pageResults"), answer.get("lastPage")
            if not isinstance(last, bool):
                raise self._unreadable(path, "the envelope has no lastPage")
        if not isinstance(rows, list):
            raise self._unreadable(path, "a page of rows was expected")
        # A row that is no object stays in, wrapped: its contract will quarantine it alone.
        return [row if isinstance(row, dict) else {"notAnObject": row} for row in rows], last

    def _unreachable(self, path: str, what: str) -> SourceUnreachable:
        return SourceUnreachable(
            f"{self._name} {what} for {path}, {self._manners.tries} times: "
            "check its address and its status page, then run the ingest again"
        )

    def _unreadable(self, path: str, what: str) -> SourceAnswerUnreadable:
        return SourceAnswerUnreadable(
            f"{self._name} sent an unreadable answer for {path} ({what}): "
            "run the ingest again; if it stays, the vendor changed its interface"
        )


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds of a Retry-After header; a date counts from the answer's own Date header."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text)
        seconds: float = (until - parsedate_to_datetime(answer.headers["Date"])).total_seconds()
        return max(0.0, seconds)
    except (KeyError, TypeError, ValueError):
        return None
