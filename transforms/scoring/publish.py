"""The scores and model cards of every tenant, from the marts in memory for the marts in memory.

What is asked is in `questions` and `values`; which marts read the result is decided in dbt.
"""

from collections.abc import Iterator

import polars as pl
from duckdb import DuckDBPyConnection

from transforms.scoring import values
from transforms.scoring.model import VERSION, Card, learn, score
from transforms.scoring.questions import QUESTIONS, Question
from transforms.tables import write_tables

CUSTOMER_VALUE = "customer_value"

TABLES = {
    "scores": """
        client_id varchar, location_id varchar, owner_id varchar, question varchar,
        subject_id varchar, scored_on date, chance double, expected_count double,
        expected_amount decimal(18, 2), currency varchar, reasons varchar, reasons_fr varchar,
        version varchar""",
    "model_cards": """
        client_id varchar, question varchar, version varchar, learned_until_on date,
        judged_until_on date, cases_count integer, base_rate double, auc double, auc_low double,
        log_loss double, base_log_loss double, brier double, base_brier double,
        calibration_error double, is_used boolean, refusal varchar, coefficients varchar""",
}
"""What dbt finds in the schema `transforms`: name and columns."""

_KEPT = ["client_id", "location_id", "owner_id", "subject_id", "currency"]

_TODAY = "select client_id, max(business_on) from marts.dim_locations group by client_id"

_KNOWN = """
    select table_name from duckdb_tables() where schema_name = 'marts'
    union
    select view_name from duckdb_views() where schema_name = 'marts'
"""


def write_scores(connection: DuckDBPyConnection) -> None:
    """Write `transforms.scores` and `transforms.model_cards` from the marts of the same database.

    A question whose marts are not there yet, or whose model does not beat the base rate, has a
    card that says so and no scores.
    """
    today = dict(connection.sql(_TODAY).fetchall())
    known = {name for (name,) in connection.sql(_KNOWN).fetchall()}
    scores: list[pl.DataFrame] = []
    cards: list[dict[str, object]] = []
    for question in QUESTIONS:
        if known.issuperset(question.marts):
            for client, frame, card in _answers(connection, question):
                scores.append(frame)
                cards.append(_card(client, question.name, card))
        else:
            missing = ", ".join(sorted({*question.marts} - known))
            card = Card(0, None, None, None, None, f"there is no {missing} yet", "{}")
            cards += [_card(client, question.name, card) for client in today]
    for client, frame, judgement in _values(connection):
        scores.append(frame)
        cards.append(_value_card(client, judgement))
    day = pl.DataFrame(
        {"client_id": list(today), "scored_on": list(today.values())},
        schema={"client_id": pl.String, "scored_on": pl.Date},
    )
    rows = pl.concat(scores, how="diagonal") if scores else None
    write_tables(
        connection,
        TABLES,
        {
            "scores": None if rows is None else rows.join(day, on="client_id", how="left"),
            "model_cards": pl.DataFrame(cards, infer_schema_length=None) if cards else None,
        },
    )


def _answers(
    connection: DuckDBPyConnection, question: Question
) -> Iterator[tuple[str, pl.DataFrame, Card]]:
    cases = connection.sql(question.sql).pl()
    for (client,), rows in cases.group_by("client_id", maintain_order=True):
        model, card = learn(rows, question.features)
        if model is None:
            yield str(client), _named(rows.clear(), question.name), card
            continue
        open_cases = rows.filter(pl.col("outcome").is_null()).sort("subject_id")
        scored = score(model, open_cases).with_columns(
            (pl.col("chance") * pl.col("amount").cast(pl.Float64)).alias("expected_amount")
        )
        yield str(client), _named(scored, question.name), card


def _values(
    connection: DuckDBPyConnection,
) -> Iterator[tuple[str, pl.DataFrame, values.Judgement]]:
    customers = connection.sql(values.SQL).pl().sort("client_id", "subject_id")
    for (client,), rows in customers.group_by("client_id", maintain_order=True):
        judgement = values.judge(rows)
        yield str(client), _named(values.worth(rows, judgement), CUSTOMER_VALUE), judgement


def _named(rows: pl.DataFrame, question: str) -> pl.DataFrame:
    """The columns of a score that there are, text as text and amounts on cents."""
    made = [
        name
        for name in ("chance", "expected_count", "expected_amount", "reasons", "reasons_fr")
        if name in rows.columns
    ]
    amounts = [name for name in made if name == "expected_amount"]
    return rows.select(
        *(pl.col(name).cast(pl.String) for name in _KEPT),
        *made,
        pl.lit(question).alias("question"),
        pl.lit(VERSION).alias("version"),
    ).with_columns(pl.col(amounts).cast(pl.Float64))


def _card(client: str, question: str, card: Card) -> dict[str, object]:
    judged = card.quality
    return {
        "client_id": client,
        "question": question,
        "version": VERSION,
        "learned_until_on": card.learned_until_on,
        "judged_until_on": card.judged_until_on,
        "cases_count": card.rows,
        "base_rate": card.base_rate,
        **{
            name: getattr(judged, name) if judged else None
            for name in (
                "auc",
                "auc_low",
                "log_loss",
                "base_log_loss",
                "brier",
                "base_brier",
                "calibration_error",
            )
        },
        "is_used": card.is_used,
        "refusal": card.refusal,
        "coefficients": card.coefficients,
    }


def _value_card(client: str, judgement: values.Judgement) -> dict[str, object]:
    return {
        "client_id": client,
        "question": CUSTOMER_VALUE,
        "version": VERSION,
        "cases_count": judgement.customers,
        "log_loss": judgement.loss,
        "base_log_loss": judgement.base_loss,
        "is_used": judgement.refusal is None,
        "refusal": judgement.refusal,
        "coefficients": "{}",
    }
