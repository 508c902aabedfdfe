"""What killed runs leave on the disk: files that the lake does not know, drafts, scratch folders.

What is right or wrong with the rows is in `twins`.
"""

from pathlib import Path

from tests.integration.transforms.lake.crash.ground import Ground
from transforms.lake.catalogue import catalogue_session

KNOWN = """
select path from ducklake.ducklake_data_file
union all select path from ducklake.ducklake_delete_file
union all select path from ducklake.ducklake_files_scheduled_for_deletion
"""


def orphans(ground: Ground) -> list[str]:
    """Files below the lake's folder that its catalogue does not know."""
    with catalogue_session() as session:
        known = {Path(str(path)).name for (path,) in session.execute(KNOWN).fetchall()}
    files = (each for each in (ground.main.var / "lake").rglob("*") if each.is_file())
    return sorted(each.name for each in files if each.name not in known)


def lost(ground: Ground) -> list[str]:
    """Files that the catalogue knows and the disk does not have."""
    with catalogue_session() as session:
        known = {Path(str(path)).name for (path,) in session.execute(KNOWN).fetchall()}
    return sorted(known - {each.name for each in (ground.main.var / "lake").rglob("*")})


def drafts(ground: Ground) -> list[str]:
    """Half-written files and scratch folders of runs that are gone."""
    var = ground.main.var
    return [
        str(each.relative_to(var))
        for pattern in ("doors/*/*draft*", "definitions/.*draft*", "tmp/duckdb-*")
        for each in var.glob(pattern)
    ]
