"""What a change concerns: the models below it, what they read, and the checks of both."""

from transforms.lake.plan import Check, Column, Link, Merge, Model, Plan


def model(name: str, *parents: str, schema: str = "marts", merge: Merge | None = None) -> Model:
    columns = (Column("client_id", "varchar", True),) if schema == "marts" else ()
    return Model(name, schema, schema == "staging", f"select {name}", parents, columns, merge)


def check(name: str, *parents: str) -> Check:
    return Check(name, f"select {name}", parents)


PLAN = Plan(
    models=(
        model("stg_leads", "raw.core__leads", schema="staging"),
        model("stg_quotes", "raw.core__quotes", schema="staging"),
        model("stg_branches", "raw.core__locations", schema="staging"),
        model("int_quotes", "stg_quotes", "stg_leads", schema="intermediate"),
        model("dim_branches", "stg_branches"),
        model("fct_leads", "stg_leads", merge=Merge("lead_id", "core__leads")),
        model("fct_quotes", "int_quotes", merge=Merge("quote_id", "core__quotes")),
        model("fct_daily", "int_quotes", "stg_branches"),
        model("stg_forecasts", "transforms.forecasts", schema="staging"),
        model("fct_forecasts", "stg_forecasts"),
    ),
    checks=(
        check("leads_unique", "fct_leads"),
        check("quotes_have_leads", "fct_quotes", "fct_leads"),
        check("quotes_at_branches", "fct_quotes", "dim_branches"),
        check("daily_equals_quotes", "fct_daily", "fct_quotes"),
        check("branches_unique", "dim_branches"),
    ),
    made=(("transforms.forecasts", ("fct_daily",)),),
    linked=("core__leads", "core__quotes"),
    links=(Link("core__quotes", "lead_id", "core__leads", True),),
)


def names(models: tuple[Model, ...]) -> list[str]:
    return [each.name for each in models]


def checks(found: tuple[Check, ...]) -> list[str]:
    return [each.name for each in found]


def test_without_a_change_to_start_from_everything_is_made_and_checked() -> None:
    work = PLAN.work(None)
    assert names(work.before) + names(work.after) == names(PLAN.models)
    assert names(work.after) == ["stg_forecasts", "fct_forecasts"]
    assert work.checks == PLAN.checks
    assert not work.held
    assert not work.merged


def test_a_table_that_nothing_reads_concerns_nothing() -> None:
    work = PLAN.work({"raw.core__shifts"})
    assert not work.touched
    assert not work.checks


def test_facts_of_linked_tables_are_merged_and_checked_in_their_slice() -> None:
    work = PLAN.work({"raw.core__leads"})
    assert work.merged == {"fct_leads", "fct_quotes"}
    assert names(work.slice_models) == [
        *("stg_leads", "stg_quotes", "stg_branches", "int_quotes"),
        *("dim_branches", "fct_leads", "fct_quotes"),
    ]
    assert checks(work.slice_checks) == ["leads_unique", "quotes_have_leads", "quotes_at_branches"]
    # The daily figures are sums over all: they are made whole, and what is made of them.
    assert names(work.before) == [
        *("stg_leads", "stg_quotes", "stg_branches", "int_quotes", "fct_daily"),
    ]
    assert names(work.after) == ["stg_forecasts", "fct_forecasts"]
    assert names(work.held) == ["dim_branches"]
    assert checks(work.checks) == ["daily_equals_quotes"]


def test_merging_can_be_declined() -> None:
    work = PLAN.work({"raw.core__leads"}, may_merge=False)
    assert not work.merged
    assert not work.slice_models
    assert "fct_leads" in names(work.before)
    assert checks(work.checks) == [
        name for name in checks(PLAN.checks) if name != "branches_unique"
    ]


def test_a_change_beside_the_slices_leaves_the_facts_alone() -> None:
    work = PLAN.work({"raw.core__locations"})
    assert not work.merged
    assert work.touched == {
        *("stg_branches", "dim_branches", "fct_daily", "stg_forecasts", "fct_forecasts")
    }
    assert names(work.held) == ["fct_leads", "fct_quotes"]
    assert checks(work.checks) == ["quotes_at_branches", "daily_equals_quotes", "branches_unique"]


def test_a_fact_made_of_a_table_without_links_is_made_whole_when_that_changes() -> None:
    mixed = model("fct_mixed", "stg_leads", "stg_branches", merge=Merge("lead_id", "core__leads"))
    plan = Plan((*PLAN.models, mixed), PLAN.checks, PLAN.made, PLAN.linked, PLAN.links)
    assert "fct_mixed" in plan.work({"raw.core__leads"}).merged
    both = plan.work({"raw.core__leads", "raw.core__locations"})
    assert both.merged == {"fct_leads", "fct_quotes"}
    assert "fct_mixed" in names(both.before)


def test_a_plan_survives_being_kept() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN
    assert PLAN.relations == {
        f"marts.{name}"
        for name in ("dim_branches", "fct_leads", "fct_quotes", "fct_daily", "fct_forecasts")
    }
