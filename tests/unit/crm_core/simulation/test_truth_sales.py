"""The true figures of sales, from hand-made rows whose figures are known."""

from datetime import date

from tests.unit.crm_core.simulation.truth_rows import HERE, NOVEMBER, OCTOBER, at, money, values

# Monday 5 October 2026, noon in UTC is eight in the morning of Toronto.
LEAD = {
    **HERE, "source": "organic", "status": "NEW", "created_on": date(2026, 10, 5),
    "received_at": at(10, 5, 12), "owner_id": "rep", "move_size": "studio",
}  # fmt: skip


def quote(family: str, version: int, status: str, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": f"{family}{version}", "lead_id": f"lead {family}", "family_id": family,
        "customer_id": family, "owner_id": "rep", "version": version, "status": status,
        "service_type": "local", "created_on": date(2026, 10, 5), "sent_on": date(2026, 10, 5),
        "sent_at": at(10, 5, 15), "valid_until_on": date(2026, 12, 31),
        "subtotal_amount": money("1000.00"), "discount_amount": money("100.00"), **more,
    }  # fmt: skip


def won(day: int, **more: object) -> dict[str, object]:
    on = date(2026, 10, day)
    return {"decided_on": on, "accepted_on": on, "accepted_at": at(10, day, 12), **more}


def test_first_touches() -> None:
    call = {**HERE, "type": "PHONE_CALL"}
    found = values(
        leads=[
            {**LEAD, "id": "a", "first_contacted_at": at(10, 5, 12, 10)},
            {**LEAD, "id": "b"},
            {**LEAD, "id": "c", "first_contacted_at": at(10, 5, 15)},
            {**LEAD, "id": "spam", "is_bad": True},
        ],
        sales_activities=[
            {**call, "lead_id": "b", "completed_at": at(10, 5, 14)},
            {**call, "lead_id": "b", "completed_at": at(10, 5, 12, 1), "is_automatic": True},
        ],
        communications=[
            {
                **HERE,
                "type": "EMAIL",
                "direction": "INBOUND",
                "lead_id": "c",
                "sent_at": at(10, 5, 12, 5),
            },
        ],
    )
    assert found.at("S01", OCTOBER) == "3"
    # 10, 120 and 180 minutes; the branch opens at nine, an hour after they came.
    assert found.at("S02_clock", OCTOBER) == "120.000000"
    assert found.at("S02_business", OCTOBER) == "60.000000"
    assert found.at("S03", OCTOBER) == "33.333333"
    # One was called; one wrote, which is no touch by us.
    assert found.at("S04", OCTOBER) == "66.666667"
    assert found.of("S02_clock", OCTOBER, "hour", "8") == "120.000000"
    # All three are called on the same day: nobody waits at the end of it.
    assert not found.has("S25")


def test_a_lead_that_nobody_touched_waits_from_the_first_open_hour_on() -> None:
    found = values(leads=[{**LEAD, "id": "a"}])
    assert found.at("S25", OCTOBER) == "1"
    assert found.at("S25", NOVEMBER) == "1"


def test_cohorts_follow_their_leads() -> None:
    found = values(
        leads=[{**LEAD, "id": f"lead {name}"} for name in "abc"],
        status_events=[
            {"entity": "leads", "entity_id": "lead c", "from_status": "NEW",
             "to_status": "QUALIFIED", "occurred_at": at(10, 6)},
        ],
        quotes=[
            quote("a", 1, "SUPERSEDED"),
            quote("a", 2, "CONVERTED", **won(10)),
            quote("b", 1, "REJECTED", decided_on=date(2026, 11, 3), rejection_reason="price"),
        ],
    )  # fmt: skip
    assert found.at("S05_cohort", OCTOBER) == "33.333333"
    assert found.at("S06_cohort", OCTOBER) == "66.666667"
    assert found.at("S07_cohort_30", OCTOBER) == "33.333333"
    assert found.at("S10", OCTOBER) == "3.000000"
    assert found.at("S08", OCTOBER) == "100.000000"
    assert found.at("S08", NOVEMBER) == "0.000000"
    assert found.at("S09", OCTOBER) == "100.000000"
    assert found.at("S12", OCTOBER) == "0.000000"
    assert found.at("S13", NOVEMBER) == "0.000000"
    assert found.of("S20", NOVEMBER, "reason", "price") == "100.000000"
    marks = dict(found.frame.select("metric", "mark").iter_rows())
    assert marks["S07_cohort_30"] == "immature"
    assert marks["S08"] == ""


def test_bookings_pipeline_and_cancellations() -> None:
    off = {**HERE, "status": "CANCELLED", "service_on": date(2026, 11, 5)}
    found = values(
        leads=[{**LEAD, "id": f"lead {name}"} for name in "abc"],
        quotes=[
            quote("a", 1, "CONVERTED", **won(10)),
            quote("b", 1, "CONVERTED", **won(12, subtotal_amount=money("600.00"))),
            quote("c", 1, "VIEWED", viewed_at=at(11, 2), sent_on=date(2026, 10, 20)),
        ],
        quote_items=[
            {"quote_id": "a1", "category": "PACKING_SERVICES", "is_selected": True},
            {"quote_id": "b1", "category": "PACKING_SERVICES", "is_selected": False},
        ],
        truck_journeys=[
            {**off, "id": "ja", "quote_id": "a1", "planned_start_at": at(11, 5),
             "cancelled_at": at(11, 3), "cancelled_on": date(2026, 11, 3)},
            {**HERE, "id": "jb", "quote_id": "b1", "status": "SCHEDULED",
             "service_on": date(2026, 12, 2), "quoted_amount": money("500.00")},
        ],
    )  # fmt: skip
    assert found.at("S16_count", OCTOBER) == "2"
    assert found.at("S16_value", OCTOBER) == "1400.00"
    assert found.at("S14", OCTOBER) == "700.000000"
    assert found.of("S16_count", OCTOBER, "service_month", "2026-12") == "1"
    # Five days, and seven.
    assert found.at("S11", OCTOBER) == "6.000000"
    assert found.at("C04", OCTOBER) == "38.500000"
    assert found.at("S21_packing", OCTOBER) == "50.000000"
    assert found.at("S22_service", NOVEMBER) == "100.000000"
    assert found.at("S22_cancelled", OCTOBER) == "0.000000"
    assert found.at("S23", NOVEMBER) == "100.000000"
    assert found.of("S18", OCTOBER, "stage", "SENT") == "900.00"
    assert found.of("S18", NOVEMBER, "stage", "VIEWED") == "900.00"


def test_the_weight_of_an_offer_is_what_became_of_those_as_old() -> None:
    found = values(
        leads=[{**LEAD, "id": f"lead {name}"} for name in "abcd"],
        quotes=[
            quote("a", 1, "CONVERTED", **won(25)),
            quote("b", 1, "REJECTED", decided_on=date(2026, 10, 26)),
            quote("c", 1, "CONVERTED", **won(6)),
            quote("d", 1, "SENT", sent_on=date(2026, 10, 20)),
        ],
    )
    # Eleven days old at the end of October: of two that came so far, one was won.
    assert found.at("S19", OCTOBER) == "450.00"


def test_what_leads_cost_and_bring() -> None:
    job = {
        **HERE, "status": "COMPLETED", "customer_id": "who", "service_type": "local",
        "actual_cost_amount": money("400.00"),
    }  # fmt: skip
    bill = {
        **HERE, "status": "PAID", "issued_on": date(2026, 10, 20), "customer_id": "who",
        "subtotal_amount": money("1000.00"), "discount_amount": money("0.00"),
    }  # fmt: skip
    found = values(
        customers=[{**HERE, "id": "who", "type": "COMMERCIAL"}],
        leads=[{**LEAD, "id": "lead a"}, {**LEAD, "id": "lead b"}],
        marketing_spend=[{**HERE, "source": "organic", "month_on": OCTOBER,
                          "spend_amount": money("150.00")}],
        quotes=[quote("a", 1, "CONVERTED", **won(10)), quote("b", 1, "CONVERTED", **won(11))],
        truck_journeys=[
            {**job, "id": "j1", "quote_id": "a1", "service_on": date(2026, 10, 20),
             "completed_on": date(2026, 10, 20)},
            {**job, "id": "j2", "quote_id": "b1", "service_on": date(2026, 10, 30),
             "completed_on": date(2026, 10, 30)},
        ],
        invoices=[{**bill, "id": "i1", "journey_id": "j1"}],
    )  # fmt: skip
    assert found.at("S15", OCTOBER) == "500.000000"
    assert found.at("S26", OCTOBER) == "75.000000"
    assert found.at("S27", OCTOBER) == "75.000000"
    assert found.at("S28", OCTOBER) == "150.000000"
    # 1000 less 800 of cost less 150 of spend, over 150.
    assert found.at("S29", OCTOBER) == "33.333333"
    assert found.at("S30", OCTOBER) == "50.000000"


def test_accounts_that_come_back() -> None:
    bill = {**HERE, "status": "PAID"}
    found = values(
        date(2026, 9, 30),
        customers=[
            {**HERE, "id": "a", "type": "COMMERCIAL"},
            {**HERE, "id": "b", "type": "CORPORATE_ACCOUNT"},
            {**HERE, "id": "c", "type": "RESIDENTIAL"},
        ],
        invoices=[
            {**bill, "id": f"{who}{month}", "customer_id": who, "issued_on": date(2026, month, 9)}
            for who, month in (("a", 5), ("a", 8), ("b", 6), ("c", 6))
        ],
    )
    assert found.at("S31_retention", date(2026, 7, 1)) == "50.000000"
    assert found.of("S31_churn", date(2026, 7, 1), "segment", "CORPORATE_ACCOUNT") == "100.000000"


def test_pace_compares_with_the_same_day_of_the_year_before() -> None:
    def booking(name: str, year: int) -> dict[str, object]:
        on = date(year, 10, 5)
        return quote(
            name, 1, "CONVERTED", created_on=on, sent_on=on, accepted_on=on, decided_on=on,
            move_on=date(year, 11, 20),
        )  # fmt: skip

    found = values(
        date(2026, 10, 31),
        quotes=[booking("a", 2025), booking("b", 2025), booking("c", 2026)],
    )
    assert found.of("S17", OCTOBER, "months_ahead", "1") == "-50.000000"


def test_follow_ups_that_are_due() -> None:
    found = values(
        sales_activities=[
            {**HERE, "type": "FOLLOW_UP", "scheduled_on": date(2026, 10, 5), "completed_on": day}
            for day in (date(2026, 10, 5), date(2026, 10, 6), None)
        ]
    )
    assert found.at("S24", OCTOBER) == "33.333333"
