"""What the business does by itself: daily runs over all tenants, and the relay to the outside."""

import email
from datetime import timedelta
from email.policy import default

import pytest

from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.enums import CommunicationType, InvoiceStatus
from crm_core.errors import CrmError
from crm_core.models import Invoice, Quote
from crm_core.security.permissions import system_subject
from crm_core.services.communication import templates
from crm_core.services.communication.template_seed import TEMPLATES
from orchestration import upkeep
from orchestration.relay import MailCarrier, relay
from orchestration.upkeep import UpkeepIncomplete, keep, require_whole
from reports.delivery.transport import transport_of
from tests.command_line import crm
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import a_sent_quote, an_issued_invoice, hours

LATER = TEST_NOW + timedelta(days=60)


def test_a_day_expires_and_collects_in_every_tenant_and_again_does_nothing(tenant: Tenant) -> None:
    companies = [tenant, create_tenant("other", TEST_NOW)]
    quotes, bills = [], []
    for company in companies:
        admin, branch = company.subjects["admin"], company.locations["VANC"]
        with tenant_session(admin) as session:
            quotes.append(a_sent_quote(session, admin, branch).id)
            bills.append(an_issued_invoice(session, admin, branch).id)
    made = list(keep(LATER))
    require_whole(made)
    for company, quote_id, bill_id in zip(companies, quotes, bills, strict=True):
        counts = {kept.what: kept.count for kept in made if kept.client_id == company.client_id}
        assert counts["quotes expired"] == counts["invoices overdue"] == 1
        with tenant_session(company.subjects["admin"]) as session:
            assert session.get_one(Quote, (company.client_id, quote_id)).status == "EXPIRED"
            bill = session.get_one(Invoice, (company.client_id, bill_id))
            assert bill.status == InvoiceStatus.OVERDUE
    again = list(keep(LATER))
    require_whole(again)
    assert [kept for kept in again if kept.count and "conflicts" not in kept.what] == []


def test_a_run_that_fails_is_named_and_stops_no_other(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise CrmError("a seeded failure")

    broken = {**upkeep.DAILY, "rents billed": fail}
    monkeypatch.setattr(upkeep, "DAILY", broken)
    made = list(keep(LATER))
    assert len(made) == len(broken)
    with pytest.raises(UpkeepIncomplete, match=r"'rents billed' .*a seeded failure"):
        require_whole(made)


def test_the_command_counts_and_speaks_json(tenant: Tenant) -> None:
    done = crm("upkeep", "--json")
    assert done.returncode == 0, done.stderr
    assert '"quotes expired": 0' in done.stdout


def test_an_issued_invoice_leaves_as_a_letter_once(tenant: Tenant) -> None:
    admin, platform = tenant.subjects["admin"], system_subject(tenant.client_id)
    with tenant_session(admin) as session:
        templates.seed(session, admin, data=TEMPLATES, at=hours(0))
        bill = an_issued_invoice(session, admin, tenant.locations["VANC"])
    assert bill.issued_at is not None
    for minutes in (10, 20):
        at = bill.issued_at + timedelta(minutes=minutes)
        carriers = {CommunicationType.EMAIL: MailCarrier(transport_of(settings()))}
        relay(platform, carriers, lambda at=at: at)
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=default)
        for path in settings().outbox_dir.glob("message-*.eml")
    ]
    assert bill.invoice_number is not None
    about = [letter for letter in letters if bill.invoice_number in letter.get_content()]
    assert len(about) == 1
    assert about[0]["To"].addresses[0].addr_spec == "robin.maple@example.com"
