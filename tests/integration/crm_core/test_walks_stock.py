"""Random walks of purchase orders, with stock that moves beside them; see `walks.py`."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import InventoryTransactionType as Kind
from crm_core.models import InventoryItem, PurchaseOrder, TruckJourney
from crm_core.services.inventory import inventory, purchasing, reservations
from crm_core.services.machines.inventory import PURCHASE_ORDER
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.balances import stock_holds
from tests.integration.crm_core.fleet import a_journey, a_supplier, an_item
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long

QUANTITIES = st.sampled_from([Decimal(each) for each in ("0.5", "1", "7", "25", "60")])


@pytest.fixture
def purchase(company: Tenant) -> PurchaseOrder:
    """A draft over two items, with a journey that some of the stock is promised to."""
    admin, vanc = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        supplier = a_supplier(session, admin)
        items = [an_item(session, admin, vanc, sku) for sku in ("BOX-M", "TAPE")]
        a_journey(session, admin, vanc)
        an_item(session, admin, company.locations["DTOR"], "BOX-M")
        return purchasing.draft(
            session,
            admin,
            location_id=vanc,
            supplier_id=supplier.id,
            lines={item.id: Decimal(60) for item in items},
            at=TEST_NOW,
        )


def _item(step: Step[PurchaseOrder], sku: str = "BOX-M", code: str | None = None) -> InventoryItem:
    query = select(InventoryItem).where(InventoryItem.sku == sku)
    here = InventoryItem.location_id == step.row.location_id
    return step.session.scalars(query.where(here if code is None else ~here)).one()


def _keys(step: Step[PurchaseOrder]) -> dict[str, object]:
    journey = step.session.scalars(select(TruckJourney)).one()
    return {"item_id": _item(step).id, "journey_id": journey.id, "at": step.at}


def _receive(step: Step[PurchaseOrder]) -> object:
    skus = step.data.draw(st.sets(st.sampled_from(["BOX-M", "TAPE"]), max_size=2))
    quantities = {_item(step, sku).id: step.data.draw(QUANTITIES) for sku in skus}
    return purchasing.receive(
        step.session, step.subject, order_id=step.row.id, quantities=quantities, at=step.at
    )


def _move_stock(step: Step[PurchaseOrder]) -> object:
    session, subject = step.session, step.subject
    keys, quantity = _keys(step), step.data.draw(QUANTITIES)
    plain = {"item_id": keys["item_id"], "at": step.at}
    act = step.data.draw(st.sampled_from(["sell", "use", "back", "lose", "count", "move", "keep"]))
    match act:
        case "sell":
            return inventory.sell(session, subject, quantity=quantity, **plain)  # type: ignore[arg-type]
        case "use":
            return inventory.use(session, subject, quantity=quantity, **keys)  # type: ignore[arg-type]
        case "back":
            return inventory.take_back(session, subject, quantity=quantity, **keys)  # type: ignore[arg-type]
        case "keep":
            return reservations.reserve(session, subject, quantity=quantity, **keys)  # type: ignore[arg-type]
        case "lose":
            loss = {"kind": Kind.DAMAGE, "reason": "wet"}
            return inventory.write_off(session, subject, quantity=quantity, **loss, **plain)  # type: ignore[arg-type]
        case "move":
            return inventory.transfer(
                session,
                subject,
                from_item_id=_item(step).id,
                to_item_id=_item(step, code="DTOR").id,
                quantity=quantity,
                at=step.at,
            )
    return inventory.adjust(session, subject, counted=quantity, reason="count", **plain)  # type: ignore[arg-type]


@walks
@given(data=st.data())
def test_purchase_orders_and_stock(
    company: Tenant, purchase: PurchaseOrder, data: st.DataObject
) -> None:
    def on(verb: str, **more: object):  # type: ignore[no-untyped-def]
        act = getattr(purchasing, verb)
        return lambda s: act(s.session, s.subject, order_id=s.row.id, at=s.at, **more)

    acts = {
        "approve": on("approve"),
        "send": on("send"),
        "receive": _receive,
        "receive more": _receive,
        "close": on("close_short"),
        "cancel": on("cancel", reason="too dear"),
        "move stock": _move_stock,
        "move more stock": _move_stock,
    }
    walk = Walk(PURCHASE_ORDER, PurchaseOrder, purchase.id, TEST_NOW, acts, stock_holds)
    take(walk, company.subjects["admin"], data)
