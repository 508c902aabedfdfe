"""Mistakes in SQL: each rule makes the ones it names, and the same seed draws the same ones."""

import pytest

from orchestration.mutants import Mutant, drawn, mutants, mutated, rewritten

SQL = """
with jobs as (
    select client_id, branch_id, sum(net_amount) as net_amount, min(done_on) as done_on
    from lines
    where is_done and amount > 0
    group by client_id, branch_id
)
select jobs.client_id, jobs.done_on,
    cast(jobs.net_amount - coalesce(fees.fee_amount, 0) as decimal(18, 2)) as kept_amount
from jobs
left join fees on fees.branch_id = jobs.branch_id
"""
DATES = ["done_on", "paid_on"]


def changed(rule: str) -> list[str]:
    """The model with every mistake of a rule, as one line each."""
    found = [m for m in mutants("fct_kept", SQL, DATES) if m.rule == rule]
    return [" ".join(mutated(SQL, mutant, DATES).split()) for mutant in found]


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ("join type", "FROM jobs INNER JOIN fees ON"),
        ("filter", "WHERE is_done GROUP BY"),
        ("filter", "amount >= 0"),
        ("date basis", "MIN(paid_on) AS done_on"),
        ("date basis", "jobs.client_id, jobs.paid_on AS done_on"),
        ("date basis", "(jobs.done_on + 1) AS done_on"),
        ("sign", "jobs.net_amount + COALESCE(fees.fee_amount, 0)"),
        ("sign", "SUM(-net_amount)"),
        ("rounding", "CAST(ROUND(jobs.net_amount - COALESCE(fees.fee_amount, 0), 0) AS"),
        ("rounding", "CAST(FLOOR(jobs.net_amount - COALESCE(fees.fee_amount, 0)) AS"),
        ("grouping", "SELECT MIN(client_id) AS client_id, branch_id"),
        ("grouping", "MAX(net_amount) AS net_amount"),
    ],
)
def test_a_rule_makes_its_mistakes(rule: str, mistake: str) -> None:
    assert [sql for sql in changed(rule) if mistake in sql]


def test_no_mistake_is_the_model_itself() -> None:
    found = mutants("fct_kept", SQL, DATES)
    assert len(found) > 20
    assert rewritten(SQL) not in {mutated(SQL, mutant, DATES) for mutant in found}


def test_a_seed_draws_the_same_order_again() -> None:
    found = mutants("fct_kept", SQL, DATES)

    def names(seed: int) -> list[Mutant]:
        return [mutant for each in drawn(found, seed).values() for mutant in each]

    assert names(1) == names(1) != names(2)
    assert sorted(map(repr, names(2))) == sorted(map(repr, found))
