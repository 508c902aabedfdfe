"""Every screen of daily work as people use it, on a small tenant: drawn, filled in, done."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import access
from app.screens.catalogue import SCREENS, screens_for
from app.screens.spec import Deed
from app.screens.texts import label
from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import JourneyStage, LeadStatus, QuoteStatus
from crm_core.models import (
    AssignedCrew,
    AuditEntry,
    Invoice,
    Lead,
    Payment,
    Quote,
    SalesActivity,
    SecondFactorRole,
    TruckJourney,
    User,
    UserLocation,
)
from crm_core.security.permissions import Subject
from crm_core.services.listing import Wanted, read_page
from crm_core.services.operations import journeys
from crm_core.services.sales import quote_sheet, quotes
from crm_core.services.tenancy.access import Account
from tests.factories import Tenant
from tests.integration.crm_core import flow

SCRIPT = Path(__file__).resolve().parents[3] / "app" / "streamlit_app.py"


@dataclass
class Screen:
    """The app at one screen, as somebody sees it."""

    test: AppTest

    @property
    def text(self) -> str:
        """Everything that is written, without the signs that protect it."""
        kinds = ("title", "subheader", "markdown", "caption", "error", "info", "success", "html")
        parts = [str(each.value) for kind in kinds for each in self.test.get(kind)
                 if hasattr(each, "value")]  # fmt: skip
        parts += [str(getattr(each, "body", "")) for each in self.test.get("html")]
        parts += [str(frame.value.to_dict("list")) for frame in self.test.dataframe]
        return "\n".join(parts).replace("\\", "")

    @property
    def deeds(self) -> list[str]:
        """The labels of the buttons."""
        return [button.label for button in self.test.button]

    def press(self, name: str) -> None:
        """Presses the button of a deed by the end of its key."""
        self._button(lambda key: key.startswith("do_") and key.endswith(f"_{name}")).click()
        self.run()

    def send(self, name: str, /, **values: Any) -> None:
        """Fills the open form of a deed and sends it."""
        for field, value in values.items():
            self._widget(field).set_value(value)
        self._button(lambda key: key.endswith(f"send_{name}")).click()
        self.run()

    def run(self) -> None:
        self.test.run()
        assert not self.test.exception, self.test.exception

    def _button(self, matches: Callable[[str], bool]) -> Any:
        found = [each for each in self.test.button if matches(each.key or "")]
        assert found, (self.text, [each.key for each in self.test.button])
        return found[0]

    def _widget(self, field: str) -> Any:
        kinds = ("text_input", "text_area", "selectbox", "checkbox", "number_input", "date_input",
                 "datetime_input")  # fmt: skip
        for kind in kinds:
            for each in self.test.get(kind):
                key = each.key or ""
                if key.endswith(f"_{field}") and key.count("-") == 4:
                    return each
        raise AssertionError(f"no field {field}")


Opened = Callable[..., Screen]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens a screen as somebody; `row_id` opens the record."""

    def run(
        subject: Subject, name: str, row_id: UUID | None = None, language: str = "en"
    ) -> Screen:
        assert subject.user_id is not None
        account = Account(subject, subject.user_id, "somebody@example.com", language, False)
        monkeypatch.setattr(access, "current_account", lambda: account)
        # Pages of figures need a publication, which this company has none of.
        monkeypatch.setattr("app.menu.pages_for", lambda _subject: [])
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        test._page_hash = calc_hash(SCREENS[name].address)
        if row_id is not None:
            test.query_params["id"] = str(row_id)
        screen = Screen(test)
        screen.run()
        return screen

    return run


@dataclass(frozen=True)
class Sale:
    """What a small sale left behind."""

    lead: Lead
    quote: Quote
    journey: TruckJourney
    invoice: Invoice


@pytest.fixture
def sale(company: Tenant) -> Sale:
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        invoice = flow.an_issued_invoice(session, manager, branch)
    with tenant_session(manager) as session:
        journey = session.get_one(TruckJourney, (manager.client_id, invoice.journey_id))
        quote = session.get_one(Quote, (manager.client_id, journey.quote_id))
        lead = session.get_one(Lead, (manager.client_id, quote.lead_id))
    return Sale(lead, quote, journey, invoice)


def rows_of(subject: Subject, model: Any, **equal: Any) -> list[Any]:
    with tenant_session(subject) as session:
        return list(session.scalars(select(model).filter_by(client_id=subject.client_id, **equal)))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_screen_is_drawn_for_everybody_who_has_it(
    company: Tenant, sale: Sale, opened: Opened, language: str
) -> None:
    roles = ("admin", "driver") if language == "en" else ("manager", "auditor")
    for role in roles:
        subject = company.subjects[role]
        names = [screen.name for screen in screens_for(subject)]
        assert names
        for name in names:
            screen = opened(subject, name, language=language)
            assert not screen.test.error, (role, name, screen.text)
            assert screen.test.title, (role, name)


def test_every_record_is_drawn_with_its_parts(company: Tenant, sale: Sale, opened: Opened) -> None:
    admin = company.subjects["admin"]
    shown = 0
    for name, screen in SCREENS.items():
        with tenant_session(admin) as session:
            found = read_page(session, admin, screen.rows, Wanted(limit=1)).rows
        if found:
            drawn = opened(admin, name, found[0].id)
            assert not drawn.test.error, (name, drawn.text)
            for part in screen.parts:
                assert label(part.name, "en-CA").lower() in drawn.text.lower(), (name, part.name)
            shown += 1
    assert shown >= 6


def test_a_lead_is_taken_called_and_lost(company: Tenant, opened: Opened) -> None:
    sales = company.subjects["sales_rep"]
    screen = opened(sales, "leads")
    screen.press("new_lead")
    screen.send("new_lead", first_name="Robin", source="organic", service_type="MOVING")
    assert "is missing" in screen.text and not rows_of(sales, Lead)
    screen.send("new_lead", last_name="Maple", estimated_amount="twelve")
    assert "is not a number" in screen.text and not rows_of(sales, Lead)
    screen.send("new_lead", estimated_amount="1,234.50", origin_province="BC")
    (lead,) = rows_of(sales, Lead)
    assert (lead.estimated_amount, lead.owner_id) == (Decimal("1234.50"), sales.user_id)

    screen = opened(sales, "leads", lead.id)
    assert "Robin Maple" in screen.text and "Assign" not in screen.deeds
    screen.press("log_activity")
    screen.send("log_activity", activity_type="PHONE_CALL", outcome="wants a quote")
    (touch,) = rows_of(sales, SalesActivity)
    assert touch.outcome == "wants a quote" and touch.completed_at is not None
    assert rows_of(sales, Lead)[0].status == LeadStatus.CONTACTED
    screen.press("qualify")
    assert "not known yet" in screen.text and not screen.test.exception
    screen.press("lose")
    screen.send("lose", reason="price")
    assert rows_of(sales, Lead)[0].status == LeadStatus.LOST


def test_a_form_is_done_once_however_often_it_is_sent(
    company: Tenant, sale: Sale, opened: Opened
) -> None:
    finance = company.subjects["finance"]
    screen = opened(finance, "invoices", sale.invoice.id)
    screen.press("take_payment")
    screen.send("take_payment", payment_amount="100.00", payment_method="CASH")
    assert [row.payment_amount for row in rows_of(finance, Payment)] == [Decimal("100.00")]
    assert len(screen.test.session_state["done_forms"]) == 1
    screen.press("take_payment")
    screen.send("take_payment", payment_amount="999999", payment_method="CASH")
    assert "is more than" in screen.text
    assert len(rows_of(finance, Payment)) == 1


def test_a_quote_is_sent_accepted_and_planned(company: Tenant, opened: Opened) -> None:
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    at = clock.now()
    with tenant_session(manager, at) as session:
        lead = flow.a_lead(session, manager, branch, at=at)
        offer = flow.Offer(lines=[flow.LABOUR, flow.BOXES])
        quote = quotes.draft(session, manager, lead_id=lead.id, offer=offer, at=at)
    screen = opened(manager, "quotes", quote.id)
    assert "Wardrobe boxes" in screen.text and "Accept" not in screen.deeds
    with tenant_session(manager) as session:
        sheet = quote_sheet.sheet_of(session, manager, quote_id=quote.id)
    assert (sheet.customer, sheet.is_draft, sheet.branch) == ("Robin Maple", True, "Vancouver")
    assert [line.description for line in sheet.lines][1] == "Wardrobe boxes"
    nameless = company.subjects["analyst"]
    with tenant_session(nameless) as session:
        assert quote_sheet.sheet_of(session, nameless, quote_id=quote.id).customer is None
    for deed, status in (("send", QuoteStatus.SENT), ("accept", QuoteStatus.ACCEPTED)):
        screen.press(deed)
        if deed == "accept":
            screen.send(deed)
        assert rows_of(manager, Quote)[0].status == status
    screen.press("plan_jobs")
    screen.send("plan_jobs")
    (journey,) = rows_of(manager, TruckJourney)
    assert journey.status == JourneyStage.SCHEDULED

    driver = company.subjects["driver"]
    screen = opened(manager, "jobs", journey.id)
    screen.press("assign_crew")
    screen.send("assign_crew", user_id=driver.user_id, crew_role="DRIVER", is_lead=True)
    (member,) = rows_of(manager, AssignedCrew)
    assert member.user_id == driver.user_id and member.is_lead
    screen.press("confirm")
    assert rows_of(manager, AssignedCrew)[0].status == "CONFIRMED"


def test_the_stages_of_a_job_are_offered_as_the_machine_allows(
    company: Tenant, opened: Opened
) -> None:
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        quote = flow.an_accepted_quote(session, manager, branch)
        journey = journeys.convert(session, manager, quote_id=quote.id, at=flow.hours(4))[0]
    screen = opened(manager, "jobs", journey.id)
    for deed, stage in (
        ("prepare", JourneyStage.MORNING_PREP),
        ("depart", JourneyStage.EN_ROUTE),
        ("arrive", JourneyStage.ONSITE),
    ):
        screen.press(deed)
        assert rows_of(manager, TruckJourney)[0].status == stage
    screen.press("complete")
    screen.send("complete")
    assert rows_of(manager, TruckJourney)[0].status == JourneyStage.COMPLETED
    assert "Cancel" not in screen.deeds and "Draft invoice" in screen.deeds


def test_what_a_customer_owes_stands_on_their_record_and_the_look_is_noted(
    company: Tenant, sale: Sale, opened: Opened
) -> None:
    finance = company.subjects["finance"]
    screen = opened(finance, "customers", sale.lead.customer_id)
    owed = {metric.label: metric.value for metric in screen.test.metric}
    assert owed["Owed"].replace(",", "").endswith(str(sale.invoice.balance_amount))
    screen.run()
    acts = rows_of(company.subjects["auditor"], AuditEntry, resource_id=sale.lead.customer_id)
    assert [act.action for act in acts].count("VIEW") == 1


def test_personal_data_stays_with_those_who_may_read_it(
    company: Tenant, sale: Sale, opened: Opened
) -> None:
    analyst = opened(company.subjects["analyst"], "customers", sale.lead.customer_id)
    assert "Robin" not in analyst.text and "•••" in analyst.text


def test_nobody_is_offered_or_shown_what_is_not_theirs(
    company: Tenant, sale: Sale, opened: Opened
) -> None:
    stranger = company.subjects["sales_rep"]  # OWN scope: the lead is the manager's
    screen = opened(stranger, "leads", sale.lead.id)
    assert "not found" in screen.text
    auditor = opened(company.subjects["auditor"], "leads", sale.lead.id)
    assert "Edit" not in auditor.deeds and "New quote" not in auditor.deeds


def test_a_lead_changes_hands_by_the_branch_manager_only(company: Tenant, opened: Opened) -> None:
    manager, sales = company.subjects["manager"], company.subjects["sales_rep"]
    with tenant_session(manager) as session:
        lead = flow.a_lead(session, manager, company.locations["VANC"])
    screen = opened(manager, "leads", lead.id)
    screen.press("assign")
    screen.send("assign", owner_id=sales.user_id)
    assert rows_of(manager, Lead)[0].owner_id == sales.user_id
    assert "Assign" not in opened(sales, "leads", lead.id).deeds


def test_the_board_shows_open_leads_by_status(company: Tenant, opened: Opened) -> None:
    manager = company.subjects["manager"]
    with tenant_session(manager) as session:
        flow.a_lead(session, manager, company.locations["VANC"])
    screen = opened(manager, "leads")
    screen.test.get("button_group")[0].set_value("board")
    screen.run()
    assert "Robin Maple" in screen.deeds and "Negotiation" in screen.text


def deeds_everywhere() -> list[Deed]:
    return [
        deed
        for screen in SCREENS.values()
        for deed in (
            *screen.makes, *screen.deeds, *(each for part in screen.parts for each in part.deeds)
        )
    ]  # fmt: skip


def test_roles_without_rights_are_offered_no_deed_of_the_office(company: Tenant) -> None:
    mover = company.subjects["mover"]
    offered = {deed.name for deed in deeds_everywhere() if deed.is_open_to(mover)}
    assert not offered & {"grant", "deny", "override_role", "issue", "take_payment", "new_lead"}


def test_a_person_is_made_and_given_another_role(company: Tenant, opened: Opened) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    screen = opened(admin, "users")
    screen.press("new_person")
    screen.send("new_person", name="Noor Lindqvist", email="noor", role="MANAGER")
    assert not rows_of(admin, User, name="Noor Lindqvist")
    screen.send("new_person", email=f"noor@{company.slug}.example", location_id=branch)
    (made,) = rows_of(admin, User, name="Noor Lindqvist")
    screen = opened(admin, "users", made.id)
    screen.press("give_role")
    screen.send("give_role", role="DISPATCHER")
    screen.press("add_branch")
    screen.send("add_branch", location_id=company.locations["DTOR"])
    (made,) = rows_of(admin, User, name="Noor Lindqvist")
    assert (made.role, made.status) == ("DISPATCHER", "ACTIVE")
    assert len(rows_of(admin, UserLocation, user_id=made.id)) == 2
    screen.press("switch_off")
    screen.send("switch_off")
    assert rows_of(admin, User, id=made.id)[0].status == "INACTIVE"
    manager = opened(company.subjects["manager"], "users", made.id)
    assert "Give a role" not in manager.deeds and "Switch on" not in manager.deeds
    screen = opened(admin, "roles")
    screen.press("second_factor_of_role")
    screen.send("second_factor_of_role", role="MANAGER", is_required=True)
    assert [row.role for row in rows_of(admin, SecondFactorRole)] == ["MANAGER"]
