"""Templates: what the language can say, what it refuses, and that nothing gets out of it."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.errors import CrmError, InvalidInput
from crm_core.services.communication.template_language import (
    LONGEST_CONTENT,
    TemplateRefused,
    Variable,
    VariableType,
    check,
    declare,
    render,
    try_out,
)

NAME = Variable("name")
TOTAL = Variable("total", VariableType.MONEY)
NOTE = Variable("note", is_required=False)


def test_a_template_is_filled_in_the_way_of_its_language() -> None:
    declared = [NAME, TOTAL, Variable("on", VariableType.DATE), Variable("t", VariableType.TIME)]
    values = {
        "name": "Robin",
        "total": Decimal("1234.5"),
        "on": date(2026, 12, 5),
        "t": datetime(2026, 12, 5, 8, 30),
    }
    text = "{{ name }}: {{ total }}, {{ on }}, {{ t }}"
    english = render("Hello {{ name | upper }}", text, declared, values)
    assert english.subject == "Hello ROBIN"
    assert english.content.startswith("Robin: 1,234.50, Saturday, December 5, 2026, 8:30")
    french = render(None, text, declared, values, "fr")
    assert "1\xa0234,50" in french.content and "samedi 5 décembre 2026" in french.content


def test_an_optional_value_may_be_missing_and_asked_for() -> None:
    text = "{{ name }}{% if note %} ({{ note }}){% endif %}"
    assert render(None, text, [NAME, NOTE], {"name": "Robin"}).content == "Robin"
    filled = render(None, text, [NAME, NOTE], {"name": "Robin", "note": "late"})
    assert filled.content == "Robin (late)"
    assert filled.values == {"name": "Robin", "note": "late"}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "Robin", "secret": "x"}, "secret"),
        ({"name": date(2026, 1, 1)}, "name"),
        ({"name": "x" * 3000}, "name"),
    ],
)
def test_a_value_that_is_missing_undeclared_or_wrong_is_named(
    values: dict[str, object], named: str
) -> None:
    with pytest.raises(TemplateRefused, match=f"^{named}:"):
        render(None, "{{ name }}", [NAME], values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "{{ other }}",
        "{{ name.__class__ }}",
        "{{ name['x'] }}",
        "{{ name() }}",
        "{{ ''.join(name) }}",
        "{{ name * 100000000 }}",
        "{{ name ~ name }}",
        "{{ [name] }}",
        "{{ {'a': name} }}",
        "{% for c in name %}{{ c }}{% endfor %}",
        "{% set x = name %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'a' %}",
        "{% import 'a' as b %}",
        "{% extends 'a' %}",
        "{% block b %}{% endblock %}",
        "{% filter upper %}a{% endfilter %}",
        "{{ name | attr('__class__') }}",
        "{{ name | center(100000000) }}",
        "{{ name | upper(1) }}",
        "{{ name is defined }}",
        "{{ range(10) }}",
        "{{ self }}",
        "{{ cycler }}",
        "{{ lipsum() }}",
        "{{ name",
        "{% if name %}",
        "{{ name if name else name }}",
        "{{ 9 ** 9 }}",
        "{% if name > 3 %}a{% endif %}",
        "{{ 3 in 5 }}",
        pytest.param("{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}", id="brackets"),
        pytest.param("{{ " + "9" * 5000 + " }}", id="a long number"),
        pytest.param("a" * 20_001, id="too long"),
    ],
)
def test_whatever_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(TemplateRefused):
        check("content", text, [NAME])
    with pytest.raises(TemplateRefused):
        render(None, text, [NAME], {"name": "Robin"})


def test_a_value_is_never_read_as_a_template() -> None:
    filled = render(None, "Dear {{ name }}", [NAME], {"name": "{{ 7 * 7 }}{% raw %}"})
    assert filled.content == "Dear {{ 7 * 7 }}{% raw %}"


def test_the_output_is_bounded() -> None:
    text = "{{ name }}" * 20
    with pytest.raises(TemplateRefused, match=f"longer than {LONGEST_CONTENT}"):
        render(None, text, [NAME], {"name": "x" * 2000})
    with pytest.raises(TemplateRefused, match="subject: longer than 200"):
        render("{{ name }}", "a", [NAME], {"name": "x" * 300})


def test_a_subject_stays_one_line() -> None:
    filled = render("Hello {{ name }}", "a", [NAME], {"name": "Robin\r\nBcc: all@example.com"})
    assert filled.subject == "Hello Robin Bcc: all@example.com"


@pytest.mark.parametrize("names", [["a", "a"], ["1a"], ["_a"], ["a b"], ["n"] * 41])
def test_names_are_names_and_stand_once(names: list[str]) -> None:
    with pytest.raises(InvalidInput, match="variables"):
        declare([Variable(name) for name in names])


def test_a_template_is_tried_with_its_samples() -> None:
    try_out("{{ name }}", "{{ total }}", declare([NAME, TOTAL]))
    with pytest.raises(TemplateRefused, match="content, line 2: total is not declared"):
        try_out(None, "a\n{{ total }}", [NAME])


@given(text=st.text(alphabet="{}%|.()[]'\"_ nameif*~:=\n", max_size=40), name=st.text(max_size=20))
def test_any_text_is_filled_or_refused(text: str, name: str) -> None:
    try:
        filled = render(None, text, [NAME], {"name": name})
    except CrmError as error:
        assert error.line
    else:
        assert len(filled.content) <= len(text) * 20 + 20
