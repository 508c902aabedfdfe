"""The language of templates: text, declared variables, three filters and `if`; nothing else.

A template is judged by its parsed form before it is filled, so that no text of a tenant can loop,
call or reach into anything. Which templates there are is in `communication.templates`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from crm_core.errors import CrmError, InvalidInput
from crm_core.services import checks

LONGEST_CONTENT: Final = 20_000
LONGEST_SUBJECT: Final = 200
LONGEST_VALUE: Final = 2_000
MOST_VARIABLES: Final = 40
FILTERS: Final = frozenset({"upper", "lower", "trim"})
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter,
)  # fmt: skip
_LOCALES: Final = {"en": "en_CA", "fr": "fr_CA"}


class VariableType(StrEnum):
    """How a value is written: as it is, or as the language writes numbers, money and time."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    MONEY = "MONEY"
    DATE = "DATE"
    TIME = "TIME"


class TemplateRefused(CrmError):
    """A template, or a value for it, that breaks a rule of the language; says which."""


Value = str | int | Decimal | date | datetime


@dataclass(frozen=True)
class Variable:
    """One declared variable; a sample stands for it when the template is tried."""

    name: str
    type: VariableType = VariableType.TEXT
    is_required: bool = True
    sample: str = "sample"

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            stored["name"], VariableType(stored["type"]), stored["is_required"], stored["sample"]
        )

    def stored(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Rendered:
    """A filled template, and the values as they were written into it."""

    subject: str | None
    content: str
    values: dict[str, str]


_environment = SandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
)
_environment.globals.clear()


def check(field: str, text: str, declared: Iterable[Variable]) -> None:
    """Raises `TemplateRefused` unless the text is in the language and uses what is declared."""
    if len(text) > LONGEST_CONTENT:
        raise TemplateRefused(f"{field}: longer than {LONGEST_CONTENT} characters")
    try:
        tree = _environment.parse(text)
    except TemplateSyntaxError as error:
        raise TemplateRefused(f"{field}, line {error.lineno}: {error.message}") from error
    except (RecursionError, ValueError) as error:  # a thousand brackets, a number without end
        raise TemplateRefused(f"{field}: cannot be read as a template") from error
    names = {variable.name for variable in declared}
    for node in _all(tree):
        if not isinstance(node, _ALLOWED):
            raise TemplateRefused(
                f"{field}, line {node.lineno}: {type(node).__name__} is not allowed in a template;"
                " use variables, if, and the filters upper, lower and trim"
            )
        if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.args):
            raise TemplateRefused(f"{field}, line {node.lineno}: no filter {node.name}")
        if isinstance(node, nodes.Operand) and node.op not in ("eq", "ne"):
            raise TemplateRefused(f"{field}, line {node.lineno}: compare with == or != only")
        if isinstance(node, nodes.Name) and node.name not in names:
            raise TemplateRefused(f"{field}, line {node.lineno}: {node.name} is not declared")


def declare(variables: Sequence[Variable]) -> tuple[Variable, ...]:
    """The variables of a template; raises `InvalidInput` for bad or repeated names."""
    if len(variables) > MOST_VARIABLES:
        raise InvalidInput("variables", f"at most {MOST_VARIABLES} are allowed")
    seen: set[str] = set()
    for variable in variables:
        if not variable.name.isidentifier() or variable.name.startswith("_"):
            raise InvalidInput("variables", f"{variable.name!r} is not a name")
        if variable.name in seen:
            raise InvalidInput("variables", f"{variable.name} is declared twice")
        seen.add(variable.name)
        checks.optional_text("sample", variable.sample, LONGEST_VALUE)
    return tuple(variables)


def render(
    subject: str | None,
    content: str,
    declared: Sequence[Variable],
    values: Mapping[str, Value | None],
    language: str = "en",
) -> Rendered:
    """Fill a template. Raises `TemplateRefused` naming a value that is missing or not declared."""
    names = {variable.name for variable in declared}
    for name in sorted(set(values) - names):
        raise TemplateRefused(f"{name}: not declared by this template")
    written = {v.name: _written(v, values.get(v.name), language) for v in declared}
    title = None
    if subject is not None:
        filled = _fill("subject", subject, declared, written, LONGEST_SUBJECT)
        title = " ".join(filled.split())  # a line break would begin another header
    body = _fill("content", content, declared, written, LONGEST_CONTENT)
    return Rendered(title, body, written)


def samples(declared: Iterable[Variable]) -> dict[str, str]:
    """Texts that stand for the values of a template when it is tried."""
    return {variable.name: variable.sample for variable in declared}


def try_out(subject: str | None, content: str, declared: Sequence[Variable]) -> None:
    """Check both texts and fill them with the samples; raises `TemplateRefused`."""
    written = samples(declared)
    if subject is not None:
        _fill("subject", subject, declared, written, LONGEST_SUBJECT)
    _fill("content", content, declared, written, LONGEST_CONTENT)


def _fill(
    field: str, text: str, declared: Sequence[Variable], written: Mapping[str, str], longest: int
) -> str:
    check(field, text, declared)
    pieces: list[str] = []
    length = 0
    for piece in _environment.from_string(text).generate(written):
        length += len(piece)
        if length > longest:
            raise TemplateRefused(f"{field}: longer than {longest} characters when filled")
        pieces.append(piece)
    return "".join(pieces)


def _written(variable: Variable, value: Value | None, language: str) -> str:
    """The value as text; an optional one that is missing is empty, so that `if` can ask for it."""
    if value is None or value == "":
        if variable.is_required:
            raise TemplateRefused(f"{variable.name}: this template cannot do without it")
        return ""
    locale = _LOCALES.get(language[:2], _LOCALES["en"])
    match variable.type, value:
        case VariableType.TEXT, str() | int() | Decimal():
            text = str(value)
        case VariableType.NUMBER, int() | Decimal():
            text = str(format_decimal(value, locale=locale))
        case VariableType.MONEY, int() | Decimal():
            text = str(format_decimal(value, "#,##0.00", locale=locale))
        case VariableType.DATE, date():
            text = str(format_date(value, "full", locale=locale))
        case VariableType.TIME, datetime():
            text = str(format_time(value, "short", locale=locale))
        case _:
            kind = type(value).__name__
            raise TemplateRefused(f"{variable.name}: {kind} is not a {variable.type} value")
    if len(text) > LONGEST_VALUE or "\x00" in text:
        raise TemplateRefused(f"{variable.name}: too long, or not text")
    return text


def _all(tree: nodes.Node) -> Iterable[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _all(child)
