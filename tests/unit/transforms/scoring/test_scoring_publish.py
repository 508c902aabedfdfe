"""Every question answered from marts of an invented tenant whose outcomes have known causes."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from transforms.scoring.publish import write_scores

MARTS = """
create schema marts;
create table marts.dim_locations as
select 't' as client_id, 'b' as location_id, 'B' as branch_code, date '2026-11-10' as business_on;

-- Referrals book two times of three, brokers one of ten, all within a week.
create table marts.fct_leads as
select 't' as client_id, 'b' as location_id, 'u' as owner_id, 'l' || n as lead_id, true as is_valid,
       ['referral', 'lead_broker'][1 + n % 2] as source, 'MOVING' as service_type,
       'HOUSE' as move_size, 'BC' as province, 'LOW' as priority,
       date '2026-11-10' - (n / 12)::integer as created_on, 10 as received_hour,
       '2026-12' as move_month, 60 as touch_seconds, null::bigint as quote_seconds,
       won and created_on + 8 <= date '2026-11-10' as is_booked,
       case when created_on + 8 <= date '2026-11-10' then created_on + 8 end as decided_on,
       1000.00::decimal(18, 2) as estimated_amount, 'CAD' as currency
from (select n, case when n % 2 = 0 then hash(n) % 3 < 2 else hash(n) % 10 < 1 end as won
      from range(4000) t(n));

-- Businesses pay late four times of five, households one of ten.
create table marts.fct_invoices as
select 't' as client_id, 'b' as location_id, 'u' as owner_id, 'i' || n as invoice_id,
       'c' || n % 300 as customer_id, true as is_claim, 'MOVING' as service_type,
       'organic' as source, ['BUSINESS', 'RESIDENTIAL'][1 + n % 2] as customer_type,
       issued_on, issued_on + 10 as due_on, 500.00::decimal(18, 2) as total_amount,
       case when issued_on + 10 >= date '2026-11-10' then 500.00 else 0 end::decimal(18, 2)
           as balance_amount,
       case when n % 2 = 0 then hash(n) % 5 = 0 else hash(n) % 10 > 0 end as is_paid_on_time,
       'CAD' as currency
from (select n, date '2026-11-10' - (n / 6)::integer as issued_on from range(2400) t(n));

-- Young rentals end six times as often.
create table marts.fct_storage_rentals_monthly as
select 't' as client_id, 'b' as location_id, 'r' || r as storage_booking_id,
       (date '2025-01-01' + to_months(m::integer))::date as month_on, 'UNIT' as unit_type,
       'S' as size_class, ['0-90', '366+'][1 + r % 2] as tenure_band, true as is_let_at_opening,
       m < 22 and hash(r * 100 + m) % 10 < [6, 1][1 + r % 2] as is_given_up,
       100.00::decimal(18, 2) as opening_amount, 0::decimal(18, 2) as expansion_amount,
       'CAD' as currency
from range(60) x(r), range(23) y(m);

-- One make fails in half of all months, the other hardly ever.
create table marts.dim_equipment as
select 't' as client_id, 'b' as location_id, 'e' || n as equipment_id, 'TRUCK' as equipment_type,
       ['Brittle', 'Solid'][1 + n % 2] as manufacturer, date '2022-05-01' as purchased_on,
       null::date as retired_on, null::date as sold_on
from range(40) t(n);
create table marts.fct_maintenance as
select 't' as client_id, 'e' || n as equipment_id,
       (date '2025-01-15' + to_months(m::integer))::date as performed_on,
       case when hash(n * 100 + m) % 20 < [10, 1][1 + n % 2] then 'CORRECTIVE'
            else 'PREVENTIVE' end as maintenance_type, 'CAD' as currency,
       400.00::decimal(18, 2) as maintenance_amount
from range(40) x(n), range(22) y(m);

create table marts.fct_journeys (client_id varchar, journey_id varchar, customer_id varchar,
    completed_on date, is_completed boolean, currency varchar);
create table marts.fct_job_profits (client_id varchar, journey_id varchar,
    profit_amount decimal(18, 2));
create table marts.dim_customers (client_id varchar, customer_id varchar, location_id varchar,
    owner_id varchar, customer_type varchar);
insert into marts.dim_customers values ('t', 'c1', 'b', 'u', 'RESIDENTIAL');
insert into marts.fct_journeys values ('t', 'j1', 'c1', date '2026-03-01', true, 'CAD');
insert into marts.fct_job_profits values ('t', 'j1', 200);
"""


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute(MARTS)
    yield connection
    connection.close()


def test_every_question_is_answered_with_its_cause(marts: duckdb.DuckDBPyConnection) -> None:
    write_scores(marts)
    used = dict(
        marts.sql("select question, is_used from transforms.model_cards order by 1").fetchall()
    )
    assert used == {
        "customer_value": False,
        "equipment_failure": True,
        "late_payment": True,
        "lead_win": True,
        "storage_churn": True,
    }
    likely = marts.sql(
        "select question, avg(chance) filter (reasons like '%referral%'"
        " or reasons like '%business%' or reasons like '%0-90%'"
        " or reasons like '%brittle%') as high,"
        " avg(chance) filter (reasons like '%broker%' or reasons like '%residential%'"
        " or reasons like '%366+%' or reasons like '%solid%') as low"
        " from transforms.scores where chance is not null group by question order by question"
    ).fetchall()
    assert [question for question, _, _ in likely] == [q for q, is_used in used.items() if is_used]
    for question, high, low in likely:
        assert high > 2 * low, question


def test_only_open_cases_are_scored_and_worth_their_chance(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    write_scores(marts)
    leads = marts.sql(
        "select count(*), bool_and(abs(expected_amount - chance * 1000) < 0.01),"
        " bool_and(scored_on = date '2026-11-10') from transforms.scores"
        " where question = 'lead_win'"
    ).fetchall()
    unpaid = "select count(*) from transforms.scores where question = 'late_payment'"
    open_leads = "select count(*) from marts.fct_leads where decided_on is null"
    not_due = "select count(*) from marts.fct_invoices where due_on >= date '2026-11-10'"
    assert leads == [(marts.sql(open_leads).fetchall()[0][0], True, True)]
    assert marts.sql(unpaid).fetchall() == marts.sql(not_due).fetchall()


def test_a_mart_that_is_not_there_yet_is_a_card_that_says_so(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    marts.execute("drop table marts.fct_maintenance")
    write_scores(marts)
    assert marts.sql(
        "select is_used, refusal from transforms.model_cards where question = 'equipment_failure'"
    ).fetchall() == [(False, "there is no fct_maintenance yet")]


def test_a_customer_is_worth_the_rate_of_the_kind_where_little_is_known(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    write_scores(marts)
    assert marts.sql(
        "select subject_id, expected_count > 0, expected_amount > 0, scored_on"
        " from transforms.scores where question = 'customer_value'"
    ).fetchall() == [("c1", True, True, date(2026, 11, 10))]


def test_a_tenant_without_anything_has_cards_and_no_scores(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    names = marts.sql("select table_name from duckdb_tables()").fetchall()
    for (name,) in names:
        if name != "dim_locations":
            marts.execute(f"delete from marts.{name}")
    write_scores(marts)
    assert marts.sql("select count(*) from transforms.scores").fetchall() == [(0,)]
    marts.execute("delete from marts.dim_locations")
    write_scores(marts)
    assert marts.sql("select count(*) from transforms.model_cards").fetchall() == [(0,)]
