"""The log-in page without its database: what it shows, where it leads, what it takes."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import sign_in
from app.words import _WORDS
from crm_core.errors import InvalidInput


@pytest.fixture
def pages() -> TestClient:
    return TestClient(Starlette(routes=list(sign_in.routes())), follow_redirects=False)


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/branch?branch=VANC&period=2026-10", "/branch?branch=VANC&period=2026-10"),
        ("/", "/"),
        (None, "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\nx", "/"),
        ("/login", "/"),
        ("/logout", "/"),
        ("/api/metrics", "/"),
    ],
)
def test_after_the_log_in_only_pages_of_ours_are_opened(wanted: str | None, target: str) -> None:
    assert sign_in.safe_target(wanted) == target


def test_the_log_in_page_is_one_form_that_is_never_stored(pages: TestClient) -> None:
    answer = pages.get("/login")
    assert answer.status_code == 200
    assert answer.text.count("<form") == 1
    assert 'name="password" type="password"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_log_in_page_speaks_french(pages: TestClient) -> None:
    answer = pages.get("/login", headers={"accept-language": "fr-CA,fr;q=0.9"})
    assert '<html lang="fr">' in answer.text
    assert "Se connecter" in answer.text


def test_what_stands_in_the_address_is_shown_as_text(pages: TestClient) -> None:
    answer = pages.get("/login", params={"next": '/x"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_a_large_form_is_refused(pages: TestClient) -> None:
    answer = pages.post("/login", content=b"password=" + b"x" * sign_in.LARGEST_FORM)
    assert answer.status_code == 413


def test_a_password_cannot_be_changed_without_a_session(pages: TestClient) -> None:
    for answer in (pages.get("/login/password"), pages.post("/login/password")):
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("password", "must have between 12 and 200 characters"),
        ("password", "must differ from the one before"),
        ("current", "is not your password"),
        ("repeated", "differs from the new password"),
    ],
)
def test_every_reason_to_refuse_a_password_has_words(field: str, reason: str) -> None:
    english = sign_in._explained(InvalidInput(field, reason), "en-CA")
    french = sign_in._explained(InvalidInput(field, reason), "fr-CA")
    assert english and french and english != french


def test_the_words_of_both_languages_have_the_same_blanks() -> None:
    for key, (english, french) in _WORDS.items():
        blanks = [sorted(part.split("}")[0] for part in text.split("{")[1:])
                  for text in (english, french)]  # fmt: skip
        assert blanks[0] == blanks[1], key
