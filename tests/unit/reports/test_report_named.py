"""What people read for codes and ids: every code of ours in both languages, other words as is."""

from enum import StrEnum

import pytest

from crm_core import enums, enums_field, enums_office
from reports.named import Names
from reports.values import OF_DIMENSION, VALUES, value_text
from transforms.metrics.query import UNASSIGNED

SPOKEN: tuple[type[StrEnum], ...] = (
    enums.AuditSeverity, enums.CustomerType, enums.ItemCategory, enums.JourneyStage,
    enums.LeadPriority, enums.LeadStatus, enums.PaymentCategory, enums.PaymentMethod,
    enums.SyncType, enums.UserRole, enums_field.EquipmentStatus, enums_field.EquipmentType,
    enums_field.InventoryTransactionType, enums_field.ResourceKind, enums_field.ScheduleType,
    enums_office.CommunicationType, enums_office.LedgerCategory, enums_office.MoveWay,
    enums_office.SalesActivityType, enums_office.StorageSizeClass, enums_office.StorageUnitType,
    enums_office.TransactionType,
)  # fmt: skip
"""The closed sets that figures are split by."""
SOMEBODY = "018b8ac1-3600-7007-be95-cbdf9597223f"


def test_every_code_of_ours_is_said_in_both_languages() -> None:
    assert {each.value for codes in SPOKEN for each in codes} <= VALUES.keys()
    for english, french in (*VALUES.values(), *OF_DIMENSION.values()):
        assert english.strip() and french.strip() and "_" not in english + french


@pytest.mark.parametrize(
    ("dimension", "value", "english", "french"),
    [
        ("payment_method", "CHECK", "Cheque", "Chèque"),
        ("lead_priority", "MEDIUM", "Medium", "Moyenne"),
        ("unit_size", "MEDIUM", "Medium", "Moyen"),
        ("class", "cash", "Tax, deposits, part payments, refunds",
         "Taxes, dépôts, acomptes, remboursements"),
        ("is_corporate", "true", "Corporate", "Corporative"),
        ("source", "NEWSPAPER_AD", "Newspaper ad", "Newspaper ad"),
        ("source", "flyer", "Flyer", "Flyer"),
        ("province", "BC", "BC", "BC"),
        ("sku", "PAPER", "PAPER", "PAPER"),
        ("sku", "BOX-S", "BOX-S", "BOX-S"),
        ("model", "NPR", "NPR", "NPR"),
        ("branch", "VANC", "VANC", "VANC"),
        ("move_size", "2-bedroom apartment", "2-bedroom apartment", "2-bedroom apartment"),
        ("notice_days", "31+", "31+", "31+"),
    ],
)  # fmt: skip
def test_codes_are_said_in_words_and_names_stay(
    dimension: str, value: str, english: str, french: str
) -> None:
    assert value_text(value, "en-CA", dimension) == english
    assert value_text(value, "fr-CA", dimension) == french


def test_whoever_is_not_known_is_a_former_employee() -> None:
    names = Names()
    names.learn(("owner", "job"), [{"owner": SOMEBODY, "job": SOMEBODY}])
    assert names.text("owner", SOMEBODY, "en-CA") == "former employee"
    assert names.text("crew_lead", SOMEBODY, "fr-CA") == "ancien employé"
    assert names.text("job", SOMEBODY, "en-CA") == SOMEBODY
    assert names.text("owner", None, "en-CA") == names.text("owner", UNASSIGNED, "en-CA")
    assert names.text("owner", UNASSIGNED, "fr-CA") == "Non attribué"
