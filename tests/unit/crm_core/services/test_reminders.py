"""The messages as data: every trigger names an event that exists and a template that is there."""

from datetime import date, timedelta

import pytest

from crm_core.services.communication import template_language
from crm_core.services.communication.reminders import PAYMENT_STEPS, TRIGGERS, payment_step
from crm_core.services.communication.template_seed import TEMPLATES
from crm_core.services.integration.webhooks import event_names

DUE = date(2026, 11, 20)


def test_every_trigger_names_a_known_event_and_a_template_in_both_languages() -> None:
    made = {(template.name, template.language) for template in TEMPLATES}
    for trigger in TRIGGERS:
        assert trigger.event in event_names()
        assert {(trigger.template, "en"), (trigger.template, "fr")} <= made
    assert len(made) == len(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: f"{each.name}-{each.language}")
def test_every_template_we_ship_is_in_the_language(template: object) -> None:
    assert template in TEMPLATES
    template_language.try_out(template.subject, template.content, template.variables)  # type: ignore[attr-defined]


def test_each_step_of_a_payment_is_reached_once_and_not_made_up_for_late() -> None:
    reached = [payment_step(DUE, DUE + timedelta(days=day)) for day in range(-5, 25)]
    assert [step for step in dict.fromkeys(reached) if step is not None] == list(PAYMENT_STEPS)
    by_day = dict(zip(range(-5, 25), reached, strict=True))
    assert (by_day[-4], by_day[-3], by_day[0], by_day[1]) == (None, -3, -3, 1)
    assert (by_day[5], by_day[7], by_day[14], by_day[18]) == (None, 7, 14, None)
