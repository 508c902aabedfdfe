"""What a competent user ships instead of our extract: the peers of `crm bench ingest`.

Run as `python ingest.py copy|plain|dlt` with the job as JSON on standard input; prints the seconds
and the peak memory as JSON. The same tables and columns in all; nothing is hashed or checked.
"""

import json
import resource
import sys
import time
from typing import Any


def copy(job: dict[str, Any]) -> None:
    """Raw binary COPY of every table to nowhere, on one connection: the floor of all reading."""
    import psycopg

    with psycopg.connect(job["conninfo"]) as connection:
        connection.execute("set transaction isolation level repeatable read read only")
        for table, columns in job["tables"].items():
            listed = ", ".join(columns)
            statement = f"copy core.{table} ({listed}) to stdout (format binary)"
            with connection.cursor().copy(statement.encode()) as stream:
                for _ in stream:
                    pass


def plain(job: dict[str, Any]) -> None:
    """DuckDB's own copy, table by table, into the same lake: parallel scans, one transaction."""
    import duckdb

    with duckdb.connect(":memory:", config={"allow_unsigned_extensions": True}) as connection:
        for extension in job["extensions"]:
            connection.execute(f"load '{extension}'")
        connection.execute(f"attach '{job['conninfo']}' as core (type postgres, read_only)")
        connection.execute(job["attach_lake"])
        connection.execute("create schema if not exists lake.plain")
        connection.begin()
        for table, columns in job["tables"].items():
            listed = ", ".join(f'"{column}"' for column in columns)
            made = f"create or replace table lake.plain.{table}"
            connection.execute(f"{made} as select {listed} from core.core.{table}")
        connection.commit()


def dlt(job: dict[str, Any]) -> None:
    """dlt's `sql_database` by ConnectorX into a DuckDB file, with its documented fast settings.

    Without the fence column, whose type ConnectorX does not know, without lists, and without empty
    tables, which it refuses.
    """
    import dlt as library
    from dlt.sources.sql_database import sql_table

    resources = [
        sql_table(
            credentials=job["url"],
            schema="core",
            table=table,
            included_columns=sorted({*columns, *job["keys"][table]} - {*job["unread"][table]}),
            backend="connectorx",
            reflection_level="minimal",
            backend_kwargs={"return_type": "arrow", "conn": job["connectorx"]},
            write_disposition="replace",
        )
        for table, columns in job["tables"].items()
        if table not in job["empty"]
    ]
    pipeline = library.pipeline(
        "peer",
        pipelines_dir=job["folder"],
        destination=library.destinations.duckdb(f"{job['folder']}/peer.duckdb"),
        dataset_name="core",
    )
    pipeline.run(resources, loader_file_format="parquet").raise_on_failed_jobs()


def main() -> None:
    """One peer, once."""
    job = json.load(sys.stdin)
    started = time.perf_counter()
    {"copy": copy, "plain": plain, "dlt": dlt}[sys.argv[1]](job)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main()
