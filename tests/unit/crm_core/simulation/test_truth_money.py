"""The true figures of finance and claims, from hand-made rows whose figures are known."""

from datetime import date

from tests.unit.crm_core.simulation.truth_rows import (
    HERE,
    NOVEMBER,
    OCTOBER,
    at,
    money,
    values,
)

LAST_OF_OCTOBER = date(2026, 10, 31)
DECEMBER = date(2026, 12, 1)


def bill(number: str, status: str, issued_on: date, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": number, "status": status, "issued_on": issued_on, "service_on": OCTOBER,
        "due_on": date(2026, 11, 5), "customer_id": "who", "tax_province": "ON",
        "subtotal_amount": money("100.00"), "discount_amount": money("0.00"),
        "tax_amount": money("13.00"), "total_amount": money("113.00"), **more,
    }  # fmt: skip


def paid(number: str, invoice: str, amount: str, on: date, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": number, "invoice_id": invoice, "payment_amount": money(amount),
        "received_on": on, "payment_category": "BALANCE_DUE", "status": "COMPLETED",
        "payment_method": "CASH", "fee_amount": money("0.00"), **more,
    }  # fmt: skip


BILLS = [
    bill("open", "OVERDUE", LAST_OF_OCTOBER),
    bill("taken back", "CANCELLED", LAST_OF_OCTOBER, cancelled_on=date(2026, 11, 2)),
    bill("returned", "REFUNDED", LAST_OF_OCTOBER, paid_on=LAST_OF_OCTOBER),
    bill("note", "PAID", date(2026, 11, 3), credit_of_invoice_id="returned",
         subtotal_amount=money("-100.00"), tax_amount=money("-13.00"),
         total_amount=money("-113.00"), paid_on=date(2026, 11, 3)),
    bill("draft", "DRAFT", LAST_OF_OCTOBER),
]  # fmt: skip
PAYMENTS = [
    paid("p1", "open", "13.00", NOVEMBER),
    paid("p2", "open", "50.00", NOVEMBER, status="FAILED"),
    paid("p3", "returned", "113.00", LAST_OF_OCTOBER, status="REFUNDED",
         payment_method="CREDIT_CARD", fee_amount=money("3.00")),
    paid("p4", "returned", "113.00", date(2026, 11, 3), payment_category="REFUND"),
]  # fmt: skip


def test_revenue_cash_and_receivables() -> None:
    found = values(
        customers=[{**HERE, "id": "who", "type": "COMMERCIAL"}], invoices=BILLS, payments=PAYMENTS
    )
    october = {
        "F01": "300.00", "F02": "100.00", "F03": "100.00", "F04": "113.00", "F06": "39.00",
        "F07": "226.00", "F08_not_due": "226.00", "F05": "0.00", "F21": "2.654867",
    }  # fmt: skip
    assert {metric: found.at(metric, OCTOBER) for metric in october} == october
    # Taken back and credited: a hundred each; collected 13, given back 113.
    november = {
        "F01": "-200.00", "F03": "-100.00", "F04": "-100.00", "F06": "-26.00", "F07": "100.00",
        "F08_1_30": "100.00", "F08_not_due": "0.00", "F05": "0.00", "F12": "50.000000",
        "F20": "50.000000", "F22": "869.230769",
    }  # fmt: skip
    assert {metric: found.at(metric, NOVEMBER) for metric in november} == november
    assert found.of("F07", NOVEMBER, "customer_type", "COMMERCIAL") == "100.00"
    assert found.of("F04", OCTOBER, "method", "CREDIT_CARD") == "113.00"
    bridge = ("opening", "invoiced", "credited", "collected", "closing", "residual")
    assert [found.at(f"F07_{part}", NOVEMBER) for part in bridge] == [
        "226.00", "0.00", "226.00", "-100.00", "100.00", "0.00",
    ]  # fmt: skip


def test_outstanding_days_and_effectiveness() -> None:
    found = values(invoices=BILLS[:1], payments=PAYMENTS[:1])
    # 100 owed × 90 days over 100 of revenue; all of it late by the tenth of November.
    assert found.at("F09", NOVEMBER) == "90.000000"
    assert found.at("F10_best", NOVEMBER) == "0.000000"
    assert found.at("F10_delinquency", NOVEMBER) == "90.000000"
    # (113 + 0 - 100) ÷ (113 + 0 - 0)
    assert found.at("F11", NOVEMBER) == "11.504425"


def test_margins_and_variances_of_jobs() -> None:
    job = {
        **HERE, "status": "AUDITED", "service_on": OCTOBER, "completed_on": OCTOBER,
        "completed_at": at(10, 1), "service_type": "local", "move_size": "studio",
    }  # fmt: skip
    found = values(
        truck_journeys=[
            {**job, "id": "j1", "quoted_amount": money("80.00"),
             "estimated_cost_amount": money("50.00"), "actual_cost_amount": money("60.00")},
            {**job, "id": "j2", "quoted_amount": money("95.00"),
             "estimated_cost_amount": money("50.00"), "actual_cost_amount": money("50.00")},
            {**job, "id": "j3", "quoted_amount": money("70.00")},
        ],
        assigned_crew=[{"journey_id": "j1", "user_id": "lead", "is_lead": True,
                        "status": "COMPLETED"}],
        journey_costs=[{"journey_id": "j1", "kind": "LABOUR", "amount": money("30.00")},
                       {"journey_id": "j1", "kind": "FUEL", "amount": money("9.00")}],
        invoices=[
            bill("i1", "PAID", OCTOBER, journey_id="j1", issued_at=at(10, 3)),
            bill("i2", "PAID", OCTOBER, journey_id="j2", issued_at=at(10, 2)),
        ],
        invoice_items=[
            {"invoice_id": "i1", "category": "MOVING_SERVICES", "total_amount": money("75.00")},
            {"invoice_id": "i1", "category": "INSURANCE", "total_amount": money("25.00")},
        ],
        claims=[{**HERE, "journey_id": "j2", "claim_type": "DAMAGE",
                 "opened_on": date(2026, 10, 4), "closed_on": date(2026, 11, 3),
                 "settled_amount": money("20.00")}],
    )  # fmt: skip
    assert found.at("F14", OCTOBER) == "45.000000"
    assert found.of("F14", OCTOBER, "crew", "lead") == "40.000000"
    # 20 over 80 and 5 over 95; the third is not billed.
    assert found.at("F15_signed", OCTOBER) == "14.285714"
    assert found.at("F15_median_abs", OCTOBER) == "15.131600"
    assert found.at("F15_within_10", OCTOBER) == "50.000000"
    assert found.at("F16_signed", OCTOBER) == "10.000000"
    assert found.at("F17", OCTOBER) == "15.000000"
    assert found.at("F18", OCTOBER) == "1.500000"
    assert found.of("F24", OCTOBER, "category", "INSURANCE") == "25.000000"
    assert found.at("F19_count", OCTOBER) == "1"
    assert found.at("F19_value", OCTOBER) == "70.00"
    assert found.at("Q01_cohort", OCTOBER) == "33.333333"
    assert found.at("Q02", OCTOBER) == "10.000000"
    assert found.at("Q05_closed", NOVEMBER) == "30.000000"
    assert found.at("Q05_open_p90", OCTOBER) == "27.000000"
    assert found.at("Q06", OCTOBER) == "66.666667"
    assert found.at("Q04", NOVEMBER) == "-20.00"


def test_a_bill_for_a_whole_quote_belongs_to_its_journeys_by_their_shares() -> None:
    job = {**HERE, "status": "COMPLETED", "quote_id": "q", "service_type": "local"}
    found = values(
        truck_journeys=[
            {**job, "id": "j1", "service_on": OCTOBER, "quoted_amount": money("1.00")},
            {**job, "id": "j2", "service_on": NOVEMBER, "quoted_amount": money("2.00")},
        ],
        invoices=[bill("i", "PAID", NOVEMBER, quote_id="q")],
    )
    assert found.at("S15", OCTOBER) == "33.330000"
    assert found.at("S15", NOVEMBER) == "66.670000"


def test_deposits_of_jobs_to_come() -> None:
    found = values(
        quotes=[{**HERE, "id": "q", "lead_id": "l", "family_id": "q", "version": 1,
                 "accepted_on": date(2026, 10, 20)}],
        truck_journeys=[{**HERE, "id": "j", "quote_id": "q", "service_on": DECEMBER,
                         "quoted_amount": money("500.00"), "status": "SCHEDULED"}],
        invoices=[bill("deposit", "PAID", date(2026, 10, 20), quote_id="q")],
        payments=[paid("p", "deposit", "100.00", date(2026, 11, 2), payment_category="DEPOSIT")],
    )  # fmt: skip
    assert found.at("F23", OCTOBER) == "0.000000"
    assert found.at("F23", NOVEMBER) == "20.000000"


def posting(category: str, amount: str, direction: int, **more: object) -> dict[str, object]:
    return {
        **HERE, "type": "ADJUSTMENT", "category": category, "direction": direction,
        "transaction_amount": money(amount), "transaction_on": LAST_OF_OCTOBER, **more,
    }  # fmt: skip


def test_the_ledger_against_the_documents() -> None:
    agreeing = [
        posting("MOVING_REVENUE", "100.00", 1, type="INCOME", invoice_id="open"),
        posting("TAX", "13.00", 1, invoice_id="open"),
        posting("PAYMENT", "113.00", 1, payment_id="p3", invoice_id="returned"),
        posting("PROCESSING_FEE", "3.00", -1, type="EXPENSE", payment_id="p3",
                invoice_id="returned"),
    ]  # fmt: skip
    known = {"invoices": [BILLS[0]], "payments": [PAYMENTS[2]]}
    found = values(**known, financial_transactions=agreeing)
    assert found.at("F26_count", OCTOBER) == "0"
    assert found.at("F26_value", OCTOBER) == "0.00"
    assert found.at("F25", OCTOBER) == "97.000000"
    short = values(**known, financial_transactions=[*agreeing[:1], *agreeing[2:]])
    # The bill lacks 13, and so does its tax.
    assert short.at("F26_count", OCTOBER) == "2"
    assert short.at("F26_value", OCTOBER) == "26.00"
    lost = posting("OTHER", "10.00", -1, type="EXPENSE", subcategory="write_off",
                   invoice_id="open")  # fmt: skip
    given_up = values(**known, financial_transactions=[*agreeing, lost])
    assert given_up.at("F26_count", OCTOBER) == "0"
    assert given_up.at("F13", OCTOBER) == "10.000000"
