"""All that Python makes of the marts in memory for dbt: forecasts, scores and findings.

How each is made is in its own package; when, in `transforms.lake.build`.
"""

from duckdb import DuckDBPyConnection


def write_results(connection: DuckDBPyConnection) -> None:
    """Write every table of the schema `transforms` from the marts of the same database."""
    # Numerical libraries take a second to load, which a run without a change should not pay.
    from transforms.forecasting.publish import write_forecasts
    from transforms.insight.publish import write_findings
    from transforms.scoring.publish import write_scores

    write_forecasts(connection)
    write_scores(connection)
    write_findings(connection)
