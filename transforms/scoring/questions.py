"""What is asked about leads, invoices, rentals and equipment: past cases and open ones, from marts.

Learning and judging are in `model`; what customers are worth is in `values`.
"""

from dataclasses import dataclass

from transforms.scoring.design import Feature

PAST_CASES = 20_000
"""The newest past cases of a tenant that are learned from and judged on."""

MATURE_DAYS = 45
"""Days after which a lead that did not book counts as one that does not."""


@dataclass(frozen=True)
class Question:
    """A yes or no about a subject.

    `sql` answers for all tenants: client_id, location_id, owner_id, subject_id, happened_on (day
    the case was as its features say), outcome (0 or 1 of a past case, null of one to be scored),
    amount (what a yes is worth), currency, and the features.
    """

    name: str
    marts: tuple[str, ...]
    features: tuple[Feature, ...]
    sql: str


BRANCH = Feature("branch", "Branch", "Succursale")
SOURCE = Feature("source", "Source", "Provenance")
SERVICE = Feature("service_type", "Service", "Service")
SIZE = Feature("move_size", "Size", "Taille")

# Features say what was known when the case stood as it did: of a past lead, at the end of the day
# on which it was as old as its place in the queue says (every lead one such day, by its id), if it
# was still open then. An open lead is compared with past ones that were open at its age.
LEAD_WIN = Question(
    name="lead_win",
    marts=("fct_leads", "dim_locations"),
    features=(
        SOURCE,
        SERVICE,
        SIZE,
        BRANCH,
        Feature("priority", "Urgency", "Urgence"),
        Feature("province", "Province", "Province"),
        Feature("stage", "Stage", "Étape"),
        Feature("age_days", "Age, days", "Âge, jours", is_number=True),
        Feature("notice_months", "Months to the move", "Mois avant le déménagement", True),
        Feature("received_hour", "Hour of receipt", "Heure de réception", True),
    ),
    sql=f"""
    with today as (
        select client_id, max(business_on) as day_on from marts.dim_locations group by client_id
    ),
    recent as (
        select leads.*, branches.branch_code as branch, today.day_on,
               leads.created_on > today.day_on - {MATURE_DAYS} as is_young,
               least(today.day_on - leads.created_on, {MATURE_DAYS}) as age
        from marts.fct_leads as leads
        inner join today using (client_id)
        left join marts.dim_locations as branches using (client_id, location_id)
        where leads.is_valid and (leads.decided_on is null or leads.created_on
                                  <= today.day_on - {MATURE_DAYS})
        qualify is_young
            or row_number() over (
                partition by leads.client_id, is_young order by leads.created_on desc, lead_id
            ) <= {PAST_CASES}
    ),
    cases as (
        select *,
               case when is_young then age
                    else [0, 1, 2, 4, 7, 14][1 + cast(hash(lead_id) % 6 as integer)] end
                   as age_days
        from recent
    )
    select client_id, location_id, owner_id, lead_id as subject_id,
           created_on + cast(age_days as integer) as happened_on,
           case when not is_young then cast(is_booked as integer) end as outcome,
           coalesce(
               estimated_amount,
               avg(estimated_amount) over (partition by client_id, move_size),
               avg(estimated_amount) over (partition by client_id)
           ) as amount,
           currency, source, service_type, move_size, branch, priority, province,
           case when quote_seconds < 86400 * (age_days + 1) then 'quoted'
                when touch_seconds < 86400 * (age_days + 1) then 'touched'
                else 'untouched' end as stage,
           age_days,
           date_diff('month', date_trunc('month', created_on),
                     try_cast(move_month || '-01' as date)) as notice_months,
           received_hour
    from cases
    where is_young or coalesce(decided_on > created_on + cast(age_days as integer), true)
    """,
)

LATE_PAYMENT = Question(
    name="late_payment",
    marts=("fct_invoices", "dim_locations"),
    features=(
        Feature("customer_type", "Customer", "Client"),
        SERVICE,
        SOURCE,
        BRANCH,
        Feature("terms_days", "Terms, days", "Délai, jours", is_number=True),
        Feature("size_log", "Size of the bill (logarithm)", "Taille de la facture (log)", True),
        Feature("earlier_late", "Earlier bills paid late", "Factures payées en retard", True),
        Feature("earlier_bills", "Earlier bills", "Factures antérieures", is_number=True),
    ),
    sql=f"""
    with today as (
        select client_id, max(business_on) as day_on from marts.dim_locations group by client_id
    ),
    claims as (
        select invoices.*, today.day_on, branches.branch_code as branch
        from marts.fct_invoices as invoices
        inner join today using (client_id)
        left join marts.dim_locations as branches using (client_id, location_id)
        where invoices.is_claim and invoices.due_on is not null and invoices.total_amount > 0
    ),
    falls as (
        select client_id, customer_id, due_on,
               sum(count(*)) over past as bills,
               sum(sum(cast(not is_paid_on_time as integer))) over past as late
        from claims
        where due_on < day_on
        group by client_id, customer_id, due_on
        window past as (partition by client_id, customer_id order by due_on)
    )
    select claims.client_id, claims.location_id, claims.owner_id, claims.invoice_id as subject_id,
           claims.issued_on as happened_on,
           case when claims.due_on < claims.day_on
                then cast(not claims.is_paid_on_time as integer) end as outcome,
           claims.balance_amount as amount, claims.currency, claims.customer_type,
           claims.service_type, claims.source, claims.branch,
           claims.due_on - claims.issued_on as terms_days,
           ln(cast(claims.total_amount as double)) as size_log,
           coalesce(falls.late, 0) as earlier_late, coalesce(falls.bills, 0) as earlier_bills
    from claims
    asof left join falls
        on falls.client_id = claims.client_id
        and falls.customer_id = claims.customer_id
        and falls.due_on < claims.issued_on
    where claims.due_on < claims.day_on or claims.balance_amount > 0
    qualify outcome is null or row_number() over (
        partition by claims.client_id, outcome is null order by claims.issued_on desc, subject_id
    ) <= {PAST_CASES}
    """,
)

STORAGE_CHURN = Question(
    name="storage_churn",
    marts=("fct_storage_rentals_monthly", "dim_locations"),
    features=(
        Feature("tenure_band", "Days let", "Jours de location"),
        Feature("unit_type", "Unit", "Unité"),
        Feature("size_class", "Size", "Taille"),
        BRANCH,
        Feature("season", "Quarter", "Trimestre"),
        Feature("rent_log", "Rent (logarithm)", "Loyer (log)", is_number=True),
        Feature("raised_pct", "Rent raised, %", "Loyer augmenté, %", is_number=True),
    ),
    sql=f"""
    with today as (
        select client_id, location_id, date_trunc('month', business_on) as month_on
        from marts.dim_locations
    ),
    months as (
        select rentals.*, today.month_on as this_month_on, branches.branch_code as branch,
               lag(expansion_amount) over rental as raised_amount
        from marts.fct_storage_rentals_monthly as rentals
        inner join today using (client_id, location_id)
        inner join marts.dim_locations as branches using (client_id, location_id)
        window rental as (partition by rentals.client_id, storage_booking_id
                          order by rentals.month_on)
    )
    select client_id, location_id, cast(null as varchar) as owner_id,
           storage_booking_id as subject_id, month_on as happened_on,
           case when month_on < this_month_on then cast(is_given_up as integer) end as outcome,
           opening_amount as amount, currency, tenure_band, unit_type, size_class, branch,
           cast(quarter(month_on) as varchar) as season,
           ln(greatest(cast(opening_amount as double), 1)) as rent_log,
           100 * coalesce(cast(raised_amount as double), 0)
               / greatest(cast(opening_amount as double), 1) as raised_pct
    from months
    where is_let_at_opening and (month_on < this_month_on or not is_given_up)
    qualify outcome is null or row_number() over (
        partition by client_id, outcome is null order by month_on desc, subject_id
    ) <= {PAST_CASES}
    """,
)

# A vehicle in a month: repaired for a failure within it, by what was known when it began.
EQUIPMENT_FAILURE = Question(
    name="equipment_failure",
    marts=("fct_maintenance", "dim_equipment", "dim_locations"),
    features=(
        Feature("equipment_type", "Kind", "Genre"),
        Feature("manufacturer", "Manufacturer", "Fabricant"),
        BRANCH,
        Feature("age_years", "Age, years", "Âge, années", is_number=True),
        Feature("failures_year", "Failures in a year", "Pannes en un an", is_number=True),
        Feature("since_service_days", "Days since service", "Jours depuis l'entretien", True),
    ),
    sql=f"""
    with done as (
        select client_id, equipment_id, performed_on, maintenance_type = 'PREVENTIVE' as is_service,
               maintenance_type in ('CORRECTIVE', 'EMERGENCY') as is_failure, maintenance_amount,
               currency
        from marts.fct_maintenance
        where performed_on is not null
    ),
    today as (
        select client_id, date_trunc('month', max(business_on)) as this_month_on
        from marts.dim_locations
        group by client_id
    ),
    starts as (
        select client_id, this_month_on,
               unnest(generate_series(
                   cast(date_trunc('month', greatest(first_on, this_month_on - interval 3 year))
                        + interval 1 month as timestamp),
                   cast(this_month_on as timestamp), interval 1 month
               ))::date as month_on
        from (select client_id, min(performed_on) as first_on from done group by client_id)
        inner join today using (client_id)
    )
    select units.client_id, units.location_id, cast(null as varchar) as owner_id,
           units.equipment_id as subject_id, starts.month_on as happened_on,
           case when starts.month_on < starts.this_month_on then coalesce(max(cast(
               is_failure and performed_on >= starts.month_on
               and performed_on < starts.month_on + interval 1 month as integer)), 0) end
               as outcome,
           max(avg(maintenance_amount) filter (is_failure))
               over (partition by units.client_id) as amount,
           max(max(done.currency)) over (partition by units.client_id) as currency,
           units.equipment_type, units.manufacturer,
           branches.branch_code as branch,
           (starts.month_on - units.purchased_on) / 365.25 as age_years,
           count(*) filter (is_failure and performed_on < starts.month_on
               and performed_on >= starts.month_on - 365) as failures_year,
           starts.month_on - max(performed_on) filter (
               is_service and performed_on < starts.month_on) as since_service_days
    from marts.dim_equipment as units
    inner join starts
        on starts.client_id = units.client_id
        and starts.month_on > coalesce(units.purchased_on, starts.month_on - 1)
        and starts.month_on <= coalesce(units.retired_on, units.sold_on, starts.month_on)
    left join marts.dim_locations as branches
        on branches.client_id = units.client_id and branches.location_id = units.location_id
    left join done
        on done.client_id = units.client_id and done.equipment_id = units.equipment_id
    group by units.client_id, units.location_id, units.equipment_id, starts.month_on,
             starts.this_month_on, units.equipment_type, units.manufacturer,
             branches.branch_code, units.purchased_on
    qualify outcome is null or row_number() over (
        partition by units.client_id, outcome is null order by starts.month_on desc, subject_id
    ) <= {PAST_CASES}
    """,
)

QUESTIONS = (LEAD_WIN, LATE_PAYMENT, STORAGE_CHURN, EQUIPMENT_FAILURE)
