"""An export as a whole: typed rows whose references hold, ready to be written; pure.

Writes nothing but the report. How a row gets into the core is in `write`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from crm_core.enums import UserRole
from crm_core.importing import cells, rules
from crm_core.importing.cells import Rule
from crm_core.importing.errors import BadValue, ExportUnknown
from crm_core.importing.records import (
    ENTITIES,
    REFERS,
    Account,
    Bill,
    Branch,
    Contact,
    Job,
    Offer,
    OfferStatus,
    Opportunity,
    Person,
    Place,
    Product,
    Record,
    kinds,
    required,
)
from crm_core.importing.report import Report
from crm_core.importing.spec import FileSpec, Mapping
from crm_core.importing.tables import Export, Table

Kind = TypeVar("Kind", bound=Record)


@dataclass
class Plan:
    """What is to be in the core, by key and in the order of the files."""

    mapping: Mapping
    first_on: date
    """The first day that the export knows."""
    last_on: date
    rows: dict[str, dict[str, Record]] = field(default_factory=dict)
    """By entity and key."""

    def of(self, kind: type[Kind]) -> dict[str, Kind]:
        """The rows of one entity by key."""
        name = next(name for name, each in ENTITIES.items() if each is kind)
        return self.rows.setdefault(name, {})  # type: ignore[return-value]


def choose(export: Export, mappings: list[Mapping]) -> Mapping:
    """The first mapping whose files and columns are all there; raises `ExportUnknown`."""
    misses = []
    for mapping in mappings:
        missing = list(_missing(export, mapping))
        if not missing:
            return mapping
        misses.append(f"{mapping.format} misses {', '.join(missing[:4])}")
    raise ExportUnknown(f"no known format fits this folder: {'; '.join(misses)}")


def make_plan(export: Export, mapping: Mapping, report: Report, today: date) -> Plan:
    """Read everything; rows that cannot be used stand refused in the report, and are left out."""
    plan = Plan(mapping, today, today)
    for name, said in mapping.branches.items():
        place = Place("branches", "mapping", 0, name)
        plan.of(Branch)[name] = Branch(place=place, key=name, **said)
    for entity in ENTITIES:
        spec = mapping.file_of(entity)
        table = export.table(spec.file) if spec else None
        if spec is None or table is None:
            continue
        _note_left_out(table, spec, report)
        known = plan.rows.setdefault(entity, {})
        for record in _records(plan, table, spec, report):
            if record.key in known:
                row = known[record.key].place.number
                report.refuse(record.place, f"key {record.key!r} stands in row {row} already")
            else:
                known[record.key] = record
        _ADDED.get(entity, _nothing)(plan, report)
    _judge(plan, report, today)
    return plan


def _missing(export: Export, mapping: Mapping) -> Iterator[str]:
    for spec in mapping.files:
        table = export.table(spec.file)
        if table is None:
            if not spec.is_optional:
                yield f"file {spec.file}"
            continue
        for name, column in spec.columns.items():
            if table.column(column) is None and name in required(ENTITIES[spec.entity]):
                yield f"column {column} in {table.file}"


def _note_left_out(table: Table, spec: FileSpec, report: Report) -> None:
    used = {table.column(name) for name in (*spec.columns.values(), *spec.notes)}
    left = tuple(head for at, head in enumerate(table.heads) if at not in used and head)
    if left:
        report.left_out[table.file] = left


def _records(plan: Plan, table: Table, spec: FileSpec, report: Report) -> Iterator[Record]:
    """The usable rows of one table, references resolved."""
    reader = _Reader(plan, table, spec, report)
    for number, cells_of_row in table.rows:
        place = Place(spec.entity, table.file, number, reader.key_of(cells_of_row))
        try:
            yield reader.record(place, cells_of_row)
        except BadValue as error:
            report.refuse(place, str(error))


class _Reader:
    """Reads the rows of one table; what a mapping asks for is looked up once."""

    def __init__(self, plan: Plan, table: Table, spec: FileSpec, report: Report) -> None:
        self.plan, self.spec, self.report = plan, spec, report
        self.record_type = ENTITIES[spec.entity]
        self.kinds, self.required = kinds(self.record_type), required(self.record_type)
        self.width = len(table.heads)
        self.columns = {name: table.column(column) for name, column in spec.columns.items()}
        self.notes = {label: table.column(column) for column, label in spec.notes.items()}
        self.known = {
            name: _Known(plan, entity) for name, entity in REFERS.get(spec.entity, {}).items()
        }

    def key_of(self, row: tuple[str, ...]) -> str:
        return " ".join(_cell(row, self.columns["key"]).split())

    def record(self, place: Place, row: tuple[str, ...]) -> Record:
        if any(cell.strip() for cell in row[self.width :]):
            raise BadValue("it has more cells than there are heads")
        values: dict[str, Any] = {}
        changes: list[rules.Change] = []
        for name, kind in self.kinds.items():
            value, changed = self._value(name, kind, row)
            changes += changed
            if value is not None:
                values[name] = value
            elif name in self.required:
                raise BadValue(f"{name}: is blank")
        if self.notes:
            values["notes"] = "\n".join(self._notes(values.get("notes"), row)) or None
        for change in changes:
            self.report.mend(place, *change)
        return self.record_type(place=place, **values)

    def _value(
        self, name: str, kind: type, row: tuple[str, ...]
    ) -> tuple[object, list[rules.Change]]:
        spec, raw = self.spec, _cell(row, self.columns.get(name))
        if not raw and name not in self.columns:
            raw = spec.defaults.get(name, "")
        try:
            found = cells.read(
                raw,
                kind,
                spelling=spec.spelling.get(name, {}),
                choices=spec.choices.get(name, {}),
                blank=spec.blank.get(name) if name in self.columns else None,
                date_formats=self.plan.mapping.date_formats,
            )
        except BadValue as error:
            raise BadValue(f"{name}: {error}") from error
        changes: list[rules.Change] = []
        before = raw
        for after, rule in found.changes:
            changes.append((name, before, after, rule))
            before = after
        value = found.value
        if isinstance(value, str) and name in self.known:
            value, changed = self.known[name].resolve(name, value)
            changes += changed
        return value, changes

    def _notes(self, own: object, row: tuple[str, ...]) -> Iterator[str]:
        if isinstance(own, str):
            yield own
        for label, at in self.notes.items():
            if text := " ".join(_cell(row, at).split()):
                yield f"{label}: {text}"


class _Known:
    """The keys that a reference may name."""

    def __init__(self, plan: Plan, entity: str) -> None:
        self.entity = entity
        self.rows = plan.rows.setdefault(entity, {})
        self.is_open = not self.rows and entity == "products"
        self.may_make = entity == "accounts" and plan.mapping.rules.make_accounts
        self.forms = cells.by_normal_form(list(self.rows))

    def resolve(self, name: str, said: str) -> tuple[str, list[rules.Change]]:
        if said in self.rows or self.is_open:
            return said, []
        found = cells.alike(said, self.forms)
        if found is not None:
            return found, [(name, said, found, Rule.ALIKE)]
        if self.may_make:
            place = Place("accounts", "made", len(self.rows), said)
            self.rows[said] = Account(place=place, key=said, name=said)
            self.forms[cells.normal(said)] = said
            return said, [(name, said, said, Rule.MADE)]
        raise BadValue(f"{name}: {said!r} is not among the {self.entity} taken")


def _cell(row: tuple[str, ...], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""


def _nothing(plan: Plan, report: Report) -> None:
    """Most entities bring nothing but their rows."""


def _add_managers(plan: Plan, report: Report) -> None:
    """Managers that are named beside their people only: staff of the same branch."""
    people = plan.of(Person)
    forms = cells.by_normal_form([person.name for person in people.values()])
    for person in list(people.values()):
        name = person.manager
        if name is None or name in people or cells.alike(name, forms):
            continue
        place = Place("people", "made", len(people), name)
        people[name] = Person(
            place=place, key=name, name=name, branch=person.branch, role=UserRole.MANAGER
        )
        report.mend(person.place, "manager", name, name, Rule.MADE)


def _add_contacts(plan: Plan, report: Report) -> None:
    """The first contact of an account is whom we write to; the rest has no place in the core."""
    accounts = plan.of(Account)
    for contact in plan.of(Contact).values():
        account = accounts[contact.account]
        if account.first_name is not None:
            report.refuse(contact.place, "its account has a contact already: the core keeps one")
            continue
        accounts[contact.account] = replace(
            account,
            first_name=contact.first_name,
            last_name=contact.last_name,
            email=account.email or contact.email,
            phone=account.phone or contact.phone,
        )


_ADDED = {"people": _add_managers, "contacts": _add_contacts}


def _judge(plan: Plan, report: Report, today: date) -> None:
    """Rules over whole rows; children of a row that is refused are refused with it."""
    opportunities = plan.of(Opportunity)
    days = [day for row in opportunities.values() for day in (row.created_on, row.closed_on) if day]
    past = [day for day in days if day <= today]
    plan.first_on, plan.last_on = min(past, default=today), max(past, default=today)
    offers = plan.of(Offer).values()
    quoted = {row.opportunity for row in offers}
    accepted = {row.opportunity for row in offers if row.status is OfferStatus.ACCEPTED}
    products = plan.of(Product)

    def whole(row: Opportunity) -> tuple[Opportunity, list[rules.Change]]:
        product = products.get(row.service)
        rules.agree(row, is_quoted=row.key in quoted, is_accepted=row.key in accepted)
        return rules.opportunity(
            row, plan.mapping.rules, last_on=plan.last_on, today=today,
            list_amount=product.list_amount if product else None, has_quotes=row.key in quoted,
        )  # fmt: skip

    _apply(plan, report, Opportunity, whole)
    _orphans(plan, report, Offer, "opportunity", Opportunity)
    _apply(plan, report, Offer, lambda row: rules.offer(row, today))
    _orphans(plan, report, Job, "quote", Offer)
    _apply(plan, report, Job, lambda row: rules.job(row, today))
    _orphans(plan, report, Bill, "job", Job)
    _apply(plan, report, Bill, lambda row: rules.bill(row, today))


def _apply(plan: Plan, report: Report, kind: type[Kind], rule: Any) -> None:
    rows = plan.of(kind)
    for key, row in list(rows.items()):
        try:
            rows[key], changes = rule(row)
        except BadValue as error:
            report.refuse(row.place, str(error))
            del rows[key]
        else:
            for change in changes:
                report.mend(row.place, *change)


def _orphans(plan: Plan, report: Report, kind: type[Kind], name: str, parent: type[Record]) -> None:
    rows, parents = plan.of(kind), plan.of(parent)
    for key, row in list(rows.items()):
        if getattr(row, name) not in parents:
            report.refuse(row.place, f"{name}: {getattr(row, name)!r} was refused")
            del rows[key]
