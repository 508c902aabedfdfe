"""The metrics of forecasts, written out for dbt's semantic layer: five alike for every target.

`python -m transforms.forecasting.semantic` writes the file; a test holds it to this table. What is
forecast is in `targets`.
"""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[2] / "dbt_project" / "models" / "semantic" / "forecasts.yml"


@dataclass(frozen=True)
class Shown:
    """A target as a metric; the figure it continues has the same name without `_forecast`."""

    name: str
    id: str
    label: str
    label_fr: str
    unit: str
    direction: str = "up"
    is_level: bool = False


MARTS: dict[str, tuple[Shown, ...]] = {
    "forecasts": (
        Shown("bookings", "S16_count", "Bookings", "Réservations", "count"),
        Shown("booked_amount", "S16_value", "Booked amount", "Montant réservé", "money"),
        Shown("new_leads", "S01", "New leads", "Nouvelles demandes", "count"),
    ),
    "forecasts_operations": (
        Shown("jobs_completed", "O01", "Jobs completed", "Travaux terminés", "count"),
        Shown("service_revenue", "F02", "Service revenue", "Revenus par date de service", "money"),
        Shown("crew_hours", "O05_hours", "Crew hours", "Heures d'équipe", "hours", "none"),
        Shown("truck_days", "O07_days", "Truck-days", "Jours-camion", "count", "none"),
    ),
    "forecasts_finance": (
        Shown("invoiced_revenue", "F01", "Invoiced revenue", "Revenus facturés", "money"),
        Shown("cash_collected", "F04", "Cash collected", "Encaissements", "money"),
        Shown("receivables", "F07", "Receivables", "Comptes clients", "money", "down", True),
    ),
    "forecasts_storage": (
        Shown("storage_units_let", "T01_units", "Units let", "Unités louées", "count", "up", True),
        Shown("storage_recurring_rent", "T05", "Storage MRR", "Loyers récurrents", "money", "up",
              True),
    ),
    "forecasts_inventory": (
        Shown("stock_used", "I01_used", "Stock used", "Stock utilisé", "money", "none"),
    ),
}  # fmt: skip

BOUNDS = {
    "lo_80": ("80 % low", "80 % bas", "Lower", "80"),
    "hi_80": ("80 % high", "80 % haut", "Upper", "80"),
    "lo_95": ("95 % low", "95 % bas", "Lower", "95"),
    "hi_95": ("95 % high", "95 % haut", "Upper", "95"),
}

HEAD = """\
# Written by `python -m transforms.forecasting.semantic`: change the table there.
# Monthly forecasts. Branch rows add up to the company's row exactly, so a point forecast is the
# sum over branches. Bounds of intervals do not add up: they are read from one row per month, the
# company's or a branch's (meta.single_row names the metric that counts the rows), and several
# branches in one figure are refused. Weeks, days and provinces are in the marts themselves.
semantic_models:
"""

MODEL = """\
  - name: {model}
    description: >-
      One row per branch, province or company, forecast metric, cadence and period.
    model: ref('fct_{model}')
    defaults:
      agg_time_dimension: month_on
    primary_entity: {entity}
    entities:
      - name: location
        type: foreign
        expr: location_id
    dimensions:
      - name: month_on
        type: time
        type_params: {{time_granularity: month}}
      - name: level
        type: categorical
    measures:
"""

MEASURE = """\
      - name: {name}
        agg: {agg}
        expr: >-
          {expr}
"""

LAST = """\
        non_additive_dimension: {name: month_on, window_choice: max}
"""

METRIC = """\
  - name: {name}
    label: {label}
    description: >-
      {description}
    type: simple
    type_params: {{measure: {measure}}}
    config:
      meta: {{
        {meta}
      }}

"""


def text() -> str:
    """The whole file."""
    models = [_model(model, shown) for model, shown in MARTS.items()]
    metrics = [_metrics(shown) for each in MARTS.values() for shown in each]
    return HEAD + "\n".join(models) + "\nmetrics:\n" + "".join(metrics).rstrip("\n") + "\n"


def _model(model: str, shown: tuple[Shown, ...]) -> str:
    entity = model.removesuffix("s").replace("forecasts_", "forecast_")
    return MODEL.format(model=model, entity=entity) + "".join(map(_measures, shown))


def _measures(shown: Shown) -> str:
    which = f"metric_name = '{shown.name}' and cadence = 'month'"
    point = MEASURE.format(
        name=f"{shown.name}_yhat_sum",
        agg="sum",
        expr=f"case when {which} and level = 'branch' then yhat end",
    )
    rows = MEASURE.format(
        name=f"{shown.name}_rows_sum", agg="sum", expr=f"case when {which} then 1 else 0 end"
    )
    bounds = [
        MEASURE.format(
            name=f"{shown.name}_{bound}_max", agg="max", expr=f"case when {which} then {bound} end"
        )
        for bound in BOUNDS
    ]
    return "".join([point + (LAST if shown.is_level else ""), rows, *bounds])


def _metrics(shown: Shown) -> str:
    name = f"{shown.name}_forecast"
    what = "at the end of" if shown.is_level else "in"
    point = METRIC.format(
        name=name,
        label=f"{shown.label}, forecast",
        description=f"{shown.label} expected {what} the month; the branches add up to the company.",
        measure=f"{shown.name}_yhat_sum",
        meta=f'id: {shown.id}_forecast, label_fr: "{shown.label_fr}, prévision",'
        f" unit: {shown.unit},\n        direction: {shown.direction}, basis: forecast,"
        f" additivity: {'semi_additive' if shown.is_level else 'additive'}, owner: analytics",
    )
    rows = METRIC.format(
        name=f"{name}_rows",
        label=f"{shown.label}, forecast rows",
        description="Number of forecast rows behind a figure.",
        measure=f"{shown.name}_rows_sum",
        meta=f'component: true, label_fr: "{shown.label_fr}, lignes de prévision",'
        " unit: count,\n        basis: forecast, additivity: additive, owner: analytics",
    )
    return point + rows + "".join(_bound(shown, name, bound) for bound in BOUNDS)


def _bound(shown: Shown, name: str, bound: str) -> str:
    english, french, side, level = BOUNDS[bound]
    return METRIC.format(
        name=f"{name}_{bound}",
        label=f"{shown.label}, {english}",
        description=f"{side} bound of the {level} % interval of the forecast for one month, of the"
        " company or of one\n      branch.",
        measure=f"{shown.name}_{bound}_max",
        meta=f'id: {shown.id}_forecast_{bound}, label_fr: "{shown.label_fr}, {french}",'
        f" unit: {shown.unit},\n        direction: none, basis: forecast,"
        f" additivity: non_additive, owner: analytics,\n        single_row: {name}_rows",
    )


if __name__ == "__main__":
    FILE.write_text(text())
