"""Lines over time: one row per bucket, and a forecast that takes over where the past ends.

The forecasts themselves are made in `transforms.forecasting` and asked for like any metric.
"""

from collections.abc import Mapping, Sequence

from reports.desk import Desk
from reports.result import Band, Figures, Key, Row
from reports.setting import ask, figures
from reports.spec import LineSpec, Window
from reports.words import word
from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Grain, Period, shift
from transforms.metrics.result import Key as AnsweredKey
from transforms.metrics.result import Value

LEVELS = (80, 95)

Buckets = Mapping[AnsweredKey, Mapping[str, Value]]
"""The figures of every bucket by its first day."""


def line(
    desk: Desk, spec: LineSpec, period: Period, metrics: Sequence[Metric], notes: Sequence[str]
) -> Figures:
    """Lines over the buckets of `period`, with the forecast after the last bucket that ended.

    Without a forecast, or where it may not be read, the lines end with the period.
    """
    grain = Grain(spec.grain)
    past = _buckets(desk, metrics, period, grain)
    estimates, bands = _forecast(desk, spec.forecast)
    if not estimates:
        rows = [_row(desk, spec, bucket, metrics, past) for bucket in period.buckets(grain)]
        rows, notes = _begun(desk, rows, notes)
        if not rows[-1].is_complete:
            notes = (*notes, word("open_bucket", desk.locale))
        widget = figures(desk, spec, period, metrics, rows, notes)
        return widget.model_copy(update={"grain": spec.grain})

    ahead = spec.period.ahead if isinstance(spec.period, Window) else 0
    whole = Period(period.start, shift(period.end, grain, ahead))
    future = _buckets(desk, estimates, whole, grain)
    every = [*metrics, *estimates]
    rows = []
    for bucket in whole.buckets(grain):
        # A bucket that has not ended is neither past nor comparable: the forecast stands for it.
        source = past if bucket.end <= desk.as_of_on else future
        rows.append(_row(desk, spec, bucket, every, source))
    rows, notes = _begun(desk, rows, notes)
    widget = figures(desk, spec, whole, every, rows, notes)
    update = {"grain": spec.grain, "forecast": spec.forecast, "bands": bands}
    return widget.model_copy(update=update)


def _begun(desk: Desk, rows: list[Row], notes: Sequence[str]) -> tuple[list[Row], Sequence[str]]:
    """The rows from the first figure on: a company younger than the window has no zeros before.

    Rows without any figure at all stay as they are: then nothing is what there is to say.
    """
    first = next((i for i, row in enumerate(rows) if any(cell.value for cell in row.cells)), 0)
    if first == 0:
        return rows, notes
    return rows[first:], (*notes, word("begins", desk.locale, start=rows[first].keys[0].text))


def _buckets(desk: Desk, metrics: Sequence[Metric], period: Period, grain: Grain) -> Buckets:
    answered = ask(desk, metrics, period, grain=grain)
    return {row.keys[grain.value]: row.values for row in answered.rows}


def _row(
    desk: Desk, spec: LineSpec, bucket: Period, metrics: Sequence[Metric], source: Buckets
) -> Row:
    values = source.get(bucket.start, {})
    key = Key(
        dimension=spec.grain, on=bucket.start, text=desk.show.bucket(bucket.start, spec.grain)
    )
    return Row(
        keys=(key,),
        cells=tuple(desk.cell(m, values.get(m.name), cents=spec.cents) for m in metrics),
        is_complete=bucket.end <= desk.as_of_on,
    )


def _forecast(desk: Desk, name: str | None) -> tuple[list[Metric], tuple[Band, ...]]:
    """The forecast's metric with the edges of its bands; nothing where it may not be read."""
    if name is None:
        return [], ()
    bands = tuple(
        Band(level=level, low=f"{name}_lo_{level}", high=f"{name}_hi_{level}") for level in LEVELS
    )
    edges = [edge for band in bands for edge in (band.low, band.high)]
    metrics = [desk.metric(each) for each in (name, *edges)]
    return (metrics, bands) if all(map(desk.may_read, metrics)) else ([], ())
