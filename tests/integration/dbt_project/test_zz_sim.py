import time, os, duckdb
from datetime import date
from pathlib import Path
def test_sim(crm_database, dbt_scratch):
    from crm_core.simulation.command import simulate
    from crm_core.database import conninfo, DatabaseRole
    from transforms.lake.engine import connect_memory
    t=time.time()
    scale=os.environ.get("SIMSCALE","S")
    out=Path(f"/tmp/dbtgen/sim/{scale}"); out.mkdir(parents=True, exist_ok=True)
    r = simulate(scale, 7, date(2026,11,20), truth_dir=out)
    print("sim", time.time()-t, r)
    t=time.time()
    c=connect_memory()
    c.execute(f"attach '{conninfo(DatabaseRole.EXTRACT)}' as core (type postgres, read_only)")
    (out/"lake.duckdb").unlink(missing_ok=True)
    c.execute(f"attach '{out}/lake.duckdb' as lake"); c.execute("create schema lake.raw")
    for (n,) in c.execute("select view_name from duckdb_views() where database_name='core' and schema_name='raw' union select table_name from duckdb_tables() where database_name='core' and schema_name='raw'").fetchall():
        c.execute(f"create table lake.raw.{n} as from core.raw.{n}")
    from tests.integration.dbt_project.raw_lake import SMARTMOVING
    c.execute("create table lake.raw.smartmoving__opportunities ("+",".join(f"{k} {v}" for k,v in SMARTMOVING.items())+")")
    c.close()
    print("copy", time.time()-t)
