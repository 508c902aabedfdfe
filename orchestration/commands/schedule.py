"""`crm report schedule`, `crm report deliveries` and `crm alert`.

What they do belongs to `reports.schedules`, `reports.delivery` and `reports.alerts`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import yaml

from crm_core import clock
from orchestration.output import say, table

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
AS = click.option("--as", "email", required=True, help="E-mail of the user who asks.")


@click.group()
def schedule() -> None:
    """When reports go out, and to whom."""


@schedule.command("list")
@AS
@JSON
def list_schedules(email: str, as_json: bool) -> None:
    """One's own reports and those that are shared."""
    from crm_core.services.tenancy.access import subject_of
    from reports.schedules import offered

    found = offered(subject_of(email))
    heads = ["name", "id", "formats", "shared", "next run"]
    rows = [
        [r.name, r.id, ",".join(r.formats), "yes" if r.is_shared else "no", r.next_run_at]
        for r in found
    ]
    say(as_json, [dict(zip(heads, row, strict=True)) for row in rows], table(heads, rows))


@schedule.command()
@click.argument("name")
@AS
@click.option("--count", default=10, show_default=True)
@JSON
def preview(name: str, email: str, count: int, as_json: bool) -> None:
    """The next runs of a report, by the clock of its zone."""
    from crm_core.services.tenancy.access import subject_of
    from reports.schedules import find
    from reports.schedules import preview as runs_of

    runs = runs_of(find(subject_of(email), name), clock.now(), count)
    rows = [[r.local.isoformat(" "), r.due_at.isoformat(), r.window] for r in runs]
    say(as_json, runs, table(["local", "instant", "about"], rows) if rows else "No schedule.")


@schedule.command("set")
@click.argument("name")
@AS
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@JSON
def set_(name: str, email: str, file: Path, as_json: bool) -> None:
    """Put a report on the schedule that a YAML file says, and save it first where it is new.

    The file holds: report (a catalogue name) or spec; schedule; recipients with roles, branches'
    ids, users' ids, emails; formats; policy (WAIT, STAMP, HOLD); deadline_minutes.
    """
    from crm_core.enums import DeadlinePolicy, ReportFormat, UserRole
    from crm_core.errors import InvalidInput
    from crm_core.services.reporting.saved_reports import Audience, Timing
    from crm_core.services.tenancy.access import subject_of
    from reports.schedules import make, offered
    from reports.schedules import schedule as put

    subject, at = subject_of(email), clock.now()
    said = _mapping(file)
    try:
        to = said.get("recipients", {})
        audience = Audience(
            tuple(UserRole(each) for each in to.get("roles", ())),
            tuple(UUID(each) for each in to.get("branches", ())),
            tuple(UUID(each) for each in to.get("users", ())),
            tuple(to.get("emails", ())),
        )
        timing = Timing(
            said["schedule"],
            DeadlinePolicy(said.get("policy", "WAIT")),
            int(said.get("deadline_minutes", 240)),
        )
        formats = [ReportFormat(each) for each in said.get("formats", ["PDF"])]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(file.name, f"cannot be understood: {error}") from error
    mine = [row for row in offered(subject) if row.name == name and row.owner_id == subject.user_id]
    row = (
        mine[0]
        if mine
        else make(
            subject, name, at,
            spec=said.get("spec"), catalogue_name=said.get("report"), formats=formats,
        )
    )  # fmt: skip
    runs = put(subject, row.id, timing, audience, at)
    rows = [[r.local.isoformat(" "), r.window] for r in runs]
    say(as_json, runs, table(["local", "about"], rows))


@schedule.command()
@click.argument("name")
@AS
@click.option("--window", help="The period (default: what its schedule would report now).")
@click.option("--test", "is_test", is_flag=True, help="To oneself only, marked as a test.")
@JSON
def send(name: str, email: str, window: str | None, is_test: bool, as_json: bool) -> None:
    """Send a report now: to its recipients once more, or to oneself."""
    from crm_core.services.tenancy.access import subject_of
    from reports.schedules import find, test
    from reports.schedules import send as send_it

    subject = subject_of(email)
    act = test if is_test else send_it
    done = act(subject, find(subject, name), clock.now(), window=window)
    text = "\n".join(f"{d.state:<9} {d.recipient}" for d in done)
    say(as_json, done, text or "No recipients.")


@click.command()
@AS
@click.option("--state", "states", multiple=True, help="Default: what is open for a person.")
@click.option("--arrived", type=click.UUID, help="This parked letter arrived.")
@click.option("--again", type=click.UUID, help="This parked letter did not: send it again.")
@JSON
def deliveries(
    email: str, states: tuple[str, ...], arrived: UUID | None, again: UUID | None, as_json: bool
) -> None:
    """Letters that need a person: parked, refused, waiting; say here what became of one."""
    from crm_core.database import tenant_session
    from crm_core.enums import DeliveryState
    from crm_core.errors import InvalidInput
    from crm_core.services.tenancy.access import subject_of
    from reports.delivery import ledger

    subject, at = subject_of(email), clock.now()
    wanted = states or ("UNKNOWN", "REFUSED", "DUE", "SENDING")
    if unknown := set(wanted) - set(DeliveryState):
        raise InvalidInput("state", f"{min(unknown)!r} is none of {', '.join(DeliveryState)}")
    with tenant_session(subject, at) as session:
        for entry_id, is_there in ((arrived, True), (again, False)):
            if entry_id is not None:
                ledger.resolve(session, subject, entry_id=entry_id, arrived=is_there, at=at)
        found = ledger.listed(session, subject, [DeliveryState(each) for each in wanted])
        heads = ["id", "report", "window", "recipient", "state", "tries", "why"]
        rows: list[list[Any]] = [
            [
                r.id, r.report_name, r.window_key, r.recipient_user_id or r.recipient_address,
                r.state, r.attempt_count, r.detail,
            ]
            for r in found
        ]  # fmt: skip
    say(as_json, [dict(zip(heads, row, strict=True)) for row in rows], table(heads, rows))


@click.group()
def alert() -> None:
    """Rules over metrics that tell people once."""


@alert.command("list")
@AS
@JSON
def list_alerts(email: str, as_json: bool) -> None:
    """Alerts in one's reach, and where they stand."""
    from crm_core.services.tenancy.access import subject_of
    from reports.alerts.watch import listed

    found = listed(subject_of(email))
    heads = ["name", "id", "metric", "raised at", "muted until", "rehearsed"]
    rows = [
        [r.name, r.id, r.metric, ", ".join(raised), r.muted_until_at, r.rehearsed_count]
        for r, raised in found
    ]
    say(as_json, [dict(zip(heads, row, strict=True)) for row in rows], table(heads, rows))


@alert.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS
@click.option("--save", "name", help="Save it under this name after the rehearsal.")
@JSON
def rehearse(file: Path, email: str, name: str | None, as_json: bool) -> None:
    """What a rule in a YAML file would have said over the last twelve months."""
    from crm_core.services.tenancy.access import subject_of
    from reports.alerts import rehearse as try_it
    from reports.alerts import save_rule
    from reports.alerts.rule import read_rule

    subject, rule = subject_of(email), read_rule(_mapping(file))
    tried = save_rule(subject, name, rule, clock.now())[1] if name else try_it(subject, rule)
    rows = [
        [s.point.on, s.branch or "in all", s.event.value, s.point.value, s.point.base]
        for s in tried.said
    ]
    text = table(["from", "branch", "said", "figure", "against"], rows)
    summary = f"raised {tried.raised_count} times in {tried.bucket_count} buckets"
    say(as_json, tried, f"{text}\n{summary}{' and saved' if name else ''}")


@alert.command()
@click.argument("rule_id", type=click.UUID)
@AS
@click.option("--days", default=7, show_default=True, help="0 ends the silence.")
def mute(rule_id: UUID, email: str, days: int) -> None:
    """Say nothing for some days; what still stands then is told."""
    from crm_core.services.tenancy.access import subject_of
    from reports.alerts import mute as silence

    at = clock.now()
    until = at + timedelta(days=days) if days else None
    silence(subject_of(email), rule_id, until, at)
    click.echo(f"Silent until {until:%Y-%m-%d %H:%M} UTC." if until else "No longer silent.")


@alert.command()
@click.argument("rule_id", type=click.UUID)
@AS
def off(rule_id: UUID, email: str) -> None:
    """End an alert."""
    from crm_core.services.tenancy.access import subject_of
    from reports.alerts import switch_off

    switch_off(subject_of(email), rule_id, clock.now())
    click.echo("Switched off.")


def _mapping(file: Path) -> dict[str, Any]:
    from crm_core.errors import InvalidInput

    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(file.name, f"not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(said, dict):
        raise InvalidInput(file.name, "holds no fields")
    return said
