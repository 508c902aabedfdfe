"""Statements of people who mean harm, in ten classes, and what must come of each.

The test that runs them is `test_lake_workbench`.
"""

from typing import Final

FILES: Final = "Reading files is not allowed here"
WRITING: Final = "Writing files is not allowed here"
ATTACHING: Final = "Attaching databases is not allowed here"
DETACHING: Final = "Detaching databases is not allowed here"
EXTENSIONS: Final = "Installing and loading extensions is not allowed here"
SETTINGS: Final = "Changing settings is not allowed here"
CHANGING: Final = "Changing anything is not allowed here"
ONE: Final = "Only one statement at a time"

WRONG: Final = "wrong"
"""Fails as a statement that is wrong: nothing of that name is there."""
STOPPED: Final = "stopped"
"""Ended by its limit of memory or time, or its process died of it."""
TOO_LARGE: Final = "too large"
HARMLESS: Final = "harmless"
"""Answered, or ended by a limit, with nothing that is not theirs."""

READ_ESCAPED: Final = "from read_text(''/etc/passwd'')"
COUNTING: Final = "with recursive r(i) as (select 1 union all select i + 1 from r)"


def nested(before: str, middle: str, after: str, times: int) -> str:
    """Something within itself, many times."""
    return before * times + middle + after * times


HOSTILE: Final[dict[str, dict[str, str]]] = {
    "files": {
        "select * from read_csv('/etc/passwd')": FILES,
        "select content from read_text('/proc/self/environ')": FILES,
        "select * from read_blob('../../keys/core.password')": FILES,
        "select * from parquet_scan(['/etc/passwd', '/etc/group'])": FILES,
        "from '/proc/self/maps'": FILES,
        "from 'file:///etc/passwd'": FILES,
        "select * from glob('/**')": FILES,
        "select * from read_ndjson_objects('/proc/self/cmdline')": FILES,
        "from query_table('/etc/passwd.csv')": FILES,
        f"from query('{READ_ESCAPED}')": FILES,
        "select (select count(*) from read_text('/etc/shadow')) as n": FILES,
        "select * from parquet_kv_metadata('/tmp/x.parquet')": FILES,
        "copy marts.fct_bookings to '/tmp/crm-escaped.csv'": WRITING,
        "explain analyze copy (select 1) to '/tmp/crm-escaped.csv'": WRITING,
        "export database '/tmp/crm-escaped'": WRITING,
        "import database '/tmp'": FILES,
    },
    "attach": {
        "attach '/tmp/x.duckdb'": ATTACHING,
        "attach ':memory:' as x": ATTACHING,
        "attach 'postgres:dbname=crm' as core (type postgres)": ATTACHING,
        "attach 'ducklake:postgres:dbname=lake' as everything": ATTACHING,
        "attach '/proc/self/fd/0' as x (read_only)": ATTACHING,
        "explain analyze attach ':memory:' as x": WRONG,
        "detach lake": DETACHING,
        "use memory": SETTINGS,
        "copy from database lake to memory": ONE,
        "select * from postgres_scan('dbname=crm', 'core', 'users')": WRONG,
        "select * from sqlite_scan('/tmp/x.db', 't')": WRONG,
        "select * from postgres_query('lake', 'select 1')": WRONG,
        "select * from ducklake_snapshots('lake')": WRONG,
    },
    "extensions": {
        "install httpfs": EXTENSIONS,
        "force install httpfs from 'http://127.0.0.1:1'": EXTENSIONS,
        "install httpfs from community": EXTENSIONS,
        "load httpfs": EXTENSIONS,
        "load '/tmp/x.duckdb_extension'": EXTENSIONS,
        "update extensions": CHANGING,
        "explain analyze load httpfs": EXTENSIONS,
        "from query('install httpfs')": WRONG,
        "select * from read_xlsx('/tmp/x.xlsx')": WRONG,
        "select * from iceberg_scan('/tmp')": WRONG,
        "select st_point(1, 2)": WRONG,
        "select http_get('http://127.0.0.1:1')": WRONG,
    },
    "settings": {
        "set threads = 64": SETTINGS,
        "set global memory_limit = '64GB'": SETTINGS,
        "set enable_external_access = true": SETTINGS,
        "set lock_configuration = false": SETTINGS,
        "reset lock_configuration": SETTINGS,
        "set temp_directory = '/tmp'": SETTINGS,
        "set allowed_directories = ['/']": SETTINGS,
        "set variable x = 1": SETTINGS,
        "pragma threads = 64": SETTINGS,
        "pragma enable_profiling = 'json'": SETTINGS,
        "set profiling_output = '/tmp/crm-escaped.json'": SETTINGS,
        "explain analyze set threads = 64": SETTINGS,
        "/* look */ explain (analyze) set threads = 64": SETTINGS,
        "select current_setting('lock_configuration')": HARMLESS,
    },
    "catalogue": {
        "create or replace view marts.fct_bookings as select 1 as x": CHANGING,
        "create temp table t as select 1 as x": CHANGING,
        "create temp macro sum(x) as 0": CHANGING,
        "create secret s (type s3)": CHANGING,
        "alter table marts.fct_bookings rename to fct": CHANGING,
        "insert into marts.dim_dates values (null)": CHANGING,
        "delete from marts.fct_bookings": CHANGING,
        "truncate marts.fct_bookings": CHANGING,
        "drop schema marts cascade": CHANGING,
        "comment on table marts.fct_bookings is 'mine'": CHANGING,
        "explain analyze delete from marts.fct_bookings": CHANGING,
        "explain analyze create temp table t as select 1 as x": CHANGING,
        "call enable_logging()": CHANGING,
        "from enable_logging(storage_path := '/tmp/crm-escaped')": HARMLESS,
        "begin": CHANGING,
        "prepare p as select 1": CHANGING,
        "select 1; attach ':memory:' as x": ONE,
        "from checkpoint('lake')": HARMLESS,
        f"from json_execute_serialized_sql(json_serialize_sql('{READ_ESCAPED}'))": FILES,
        "from lake.raw.core__users": WRONG,
        "select * from pg_catalog.pg_authid": WRONG,
        "from duckdb_databases()": HARMLESS,
        "from duckdb_settings()": HARMLESS,
        "from duckdb_secrets()": FILES,
        "from duckdb_extensions()": FILES,
        "from duckdb_logs": HARMLESS,
        "select * from information_schema.tables": HARMLESS,
        "from arrow_scan(1, 2, 3)": WRONG,
        "from pandas_scan(1)": WRONG,
    },
    "recursion": {
        f"{COUNTING} select count(*) from r": STOPPED,
        "with recursive r(i) as (select 1 union select i + 1 from r) select max(i) from r": STOPPED,
        "with recursive r(i) as (select 1::hugeint union all select i * 2 % 7 from r, range(9))"
        " select count(*) from r": STOPPED,
        "with recursive r(s) as (select 'x' union all select s || s from r)"
        " select max(length(s)) from r": STOPPED,
        "with recursive r(l) as (select [1] union all select l || l from r)"
        " select max(len(l)) from r": STOPPED,
        "with recursive r(k, i) using key (k) as (select 1, 1 union select k, i + 1 from r)"
        " select * from r": STOPPED,
        "with recursive a(i) as (select 1 union all select i + 1 from a),"
        " b(i) as (select i from a union all select i + 1 from b) select count(*) from b": STOPPED,
        f"select * from range(10) t(x), lateral ({COUNTING} select max(i + x) from r)": STOPPED,
        "select " + nested("(", "1", ")", 20_000): WRONG,
        "select " + nested("[", "1", "]", 20_000): WRONG,
        nested("select * from (", "select 1", ")", 3_000): WRONG,
        "select " + "not " * 20_000 + "true": WRONG,
        " union all ".join(["select 1"] * 5_000): HARMLESS,
        "select " + "1+" * 20_000 + "1": WRONG,
    },
    "cross joins": {
        "select sum(a.i + b.i) from range(100000000) a(i), range(100000000) b(i)": STOPPED,
        "select count(distinct a.i * b.i) from range(100000) a(i), range(100000) b(i)": STOPPED,
        "select count(*) from range(1000000) a(i) join range(1000000) b(i)"
        " on sin(a.i) < sin(b.i)": STOPPED,
        "select list(a.i) from range(100000) a(i), range(100000) b(i)": STOPPED,
        "select string_agg(a.i, ',') from range(100000) a(i), range(100000) b(i)": STOPPED,
        "select a.i from range(100000) a(i), range(100000) b(i) order by hash(a.i, b.i) limit 9"
        " offset 8999999999": STOPPED,
        "select max(n) from (select sum(i) over (order by hash(i, j)) n"
        " from range(100000) a(i), range(100000) b(j))": STOPPED,
        "select sum(hash(a, b, c, d, e)) from marts.fct_bookings a, duckdb_settings() b,"
        " duckdb_settings() c, duckdb_functions() d, duckdb_functions() e": STOPPED,
        "select sum(n) from range(1000000) t(i),"
        " lateral (select sum(j) n from range(1000000) u(j) where j > i)": STOPPED,
        "select count(*) from (select unnest(range(1000000)) i) a"
        " join (select unnest(range(1000000)) i) b on abs(a.i - b.i) % 7 = 3": STOPPED,
    },
    "huge strings": {
        "select length(repeat('x', 3000000000))": STOPPED,
        "select length(repeat(repeat('x', 1000000), 1000000))": WRONG,
        "select max(length(lpad(i::varchar, 10000000, 'x'))) from range(100000) t(i)": STOPPED,
        "select length(string_agg(repeat('x', 1000000), '')) from range(100000)": STOPPED,
        "select length(replace(repeat('a', 10000000), 'a', repeat('b', 1000)))": STOPPED,
        "select length(regexp_replace(repeat('a', 10000000), 'a', repeat('b', 1000), 'g'))":
            STOPPED,
        "select length(format('{:>2000000000}', 'x'))": STOPPED,
        "select length(hex(repeat('x', 1000000000)::blob))": STOPPED,
        "select length(array_to_string(range(500000000), ','))": STOPPED,
        "select length(to_json(range(300000000))::varchar)": STOPPED,
        "select bit_length(bitstring('1', 2000000000)::varchar)": STOPPED,
        "select list(repeat('x', 1000000)) from range(1000000)": STOPPED,
    },
    "endless output": {
        "from range(1000000000000)": TOO_LARGE,
        "select repeat('x', 1000) from range(100000000)": TOO_LARGE,
        "from repeat(1, 1000000000000)": TOO_LARGE,
        "select unnest(range(1000000))": TOO_LARGE,
        "select random() from range(1000000000000)": TOO_LARGE,
        "select b.* from marts.fct_bookings b, range(1000000000000)": TOO_LARGE,
        "select * from test_all_types(), range(1000000000)": TOO_LARGE,
        "select i, range(1000) from range(1000000000) t(i)": TOO_LARGE,
        "from generate_series(timestamp '1900-01-01', timestamp '9000-01-01', interval 1 second)":
            TOO_LARGE,
        f"{COUNTING} select i from r": STOPPED,
        "select repeat('y', 100000000)": HARMLESS,
        "explain select " + ", ".join(f"{n} as c{n}" for n in range(20_000)): HARMLESS,
    },
    "interrupts ignored": {
        "select levenshtein(repeat('a', 200000), repeat('b', 200000))": STOPPED,
        "select damerau_levenshtein(repeat('a', 20000), repeat('b', 20000))": STOPPED,
        "select jaro_winkler_similarity(repeat('ab', 1000000), repeat('ba', 1000000))": STOPPED,
        "select repeat('a', 3000000) like '%' || repeat('a', 1000000) || '_b%'": STOPPED,
        "select list_reduce(range(100000000), (a, b) -> a + b)": STOPPED,
        "select list_sort(list_transform(range(100000000), x -> hash(x)))[1]": STOPPED,
        "select len(list_distinct(list_transform(range(100000000), x -> x * x)))": STOPPED,
        "select len(string_split(repeat('a', 100000000), ''))": STOPPED,
        "select sha256(repeat('x', 400000000))": STOPPED,
        "select count(*) from range(1000000000) t(i)"
        " where regexp_matches(repeat('a', 1000) || i, '(.*a){20}b')": STOPPED,
        "select sum(hash(i)) from range(1000000000000) t(i)": STOPPED,
        "select count(*) from range(1000000000000) where sha256(range::varchar) = ''": STOPPED,
    },
}  # fmt: skip
