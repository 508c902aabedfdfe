"""The dbt project, compiled to a plan kept with its definitions; only this module knows dbt.

What of a plan is run is decided by `build`; the models are in dbt_project.
"""

import json
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crm_core.config import settings
from transforms.lake import crash
from transforms.lake.definitions import definitions_path, keep_definitions
from transforms.lake.errors import BuildFailed
from transforms.lake.plan import Check, Column, Link, Merge, Model, Plan
from transforms.lake.turn import turn

FORMAT = 2
"""Goes up when what this module makes of the same project changes."""

# Nothing is read or built by dbt itself: it needs no lake, and no password in a profile.
PROFILE = {"target": "build", "outputs": {"build": {"type": "duckdb", "path": ":memory:"}}}

PLAIN_CHECK = {"fail_calc": "count(*)", "error_if": "!= 0", "severity": "error"}
"""Settings of a check that this module understands: every row it returns is a failure."""


def plan_of(project: Path, definitions: str) -> Plan:
    """The plan of a dbt project with this hash, compiled when it is not kept yet (some seconds).

    Raises `BuildFailed` with dbt's words when the project cannot be compiled.
    """
    kept = definitions_path(definitions) / f"plan-{FORMAT}-{version('dbt-duckdb')}.json"
    if kept.exists():
        return Plan.from_json(kept.read_text())
    with turn(definitions_path(definitions)):
        if kept.exists():  # Somebody else compiled it meanwhile.
            return Plan.from_json(kept.read_text())
        plan = _compile(project, definitions)
        crash.point("build.compiled")
        draft = kept.with_suffix(".draft")
        draft.write_text(plan.to_json())
        draft.rename(kept)
        crash.point("build.planned")
        return plan


def _compile(project: Path, definitions: str) -> Plan:
    # Two seconds to import: only when the definitions are new.
    from dbt.cli.main import dbtRunner

    work = settings().var / "dbt"
    work.mkdir(parents=True, exist_ok=True)
    (work / "profiles.yml").write_text(json.dumps({_profile(project): PROFILE}))
    done = dbtRunner().invoke(
        [
            *("--log-path", str(work / "logs"), "--log-level", "none", "--no-use-colors"),
            *("--no-send-anonymous-usage-stats", "--no-version-check"),
            *("compile", "--no-introspect", "--target-path", str(work / "target")),
            *("--project-dir", str(project), "--profiles-dir", str(work)),
        ]
    )
    results: Any = getattr(done.result, "results", ())
    failed = [f"{r.node.name}: {_line(r.message)}" for r in results if r.status.value == "error"]
    if failed or done.exception is not None or done.result is None:
        reason = "; ".join(failed) or _line(done.exception)
        raise BuildFailed(f"dbt cannot compile the project: {reason}") from done.exception
    plan = _plan([result.node for result in results], work / "target")
    keep_definitions(definitions, work / "target")
    return plan


def _plan(nodes: list[Any], target: Path) -> Plan:
    sources = json.loads((target / "manifest.json").read_text())["sources"]
    names = {each["unique_id"]: f"{each['schema']}.{each['name']}" for each in sources.values()}
    names |= {node.unique_id: node.name for node in nodes}
    models = {node.name: _model(node, names) for node in nodes if _kind(node) == "model"}
    order = TopologicalSorter({name: model.parents for name, model in models.items()})
    return Plan(
        models=tuple(models[name] for name in order.static_order() if name in models),
        checks=tuple(_check(node, names) for node in nodes if _kind(node) == "test"),
        made=tuple(
            (names[key], tuple(each["meta"].get("made_of", ())))
            for key, each in sources.items()
            if each["source_name"] == "transforms"
        ),
        linked=tuple(each["name"] for each in sources.values() if "links" in each["meta"]),
        links=tuple(link for each in sources.values() for link in _links(each)),
    )


def _links(source: dict[str, Any]) -> list[Link]:
    """`links` of a raw table hold rows together, `looks_up` names rows that are only read."""
    return [
        Link(source["name"], column, to, kind == "links")
        for kind in ("links", "looks_up")
        for column, to in source["meta"].get(kind, {}).items()
    ]


def _model(node: Any, names: dict[str, str]) -> Model:
    if node.config.materialized not in ("table", "view"):
        raise BuildFailed(
            f"{node.name} is kept as {node.config.materialized}: the pipeline makes every model"
            " anew in memory, as a table or a view"
        )
    is_promised = node.config.contract.enforced
    return Model(
        name=node.name,
        schema=node.schema,
        is_view=node.config.materialized == "view",
        sql=node.compiled_code,
        parents=_parents(node, names),
        columns=tuple(_column(node, each) for each in node.columns.values()) if is_promised else (),
        merge=Merge(**node.config.meta["merge"]) if "merge" in node.config.meta else None,
    )


def _column(node: Any, column: Any) -> Column:
    kinds = {constraint.type.value for constraint in column.constraints}
    if kinds - {"not_null"}:
        raise BuildFailed(f"{node.name}.{column.name}: only not_null is known of {sorted(kinds)}")
    return Column(column.name, column.data_type, "not_null" in kinds)


def _check(node: Any, names: dict[str, str]) -> Check:
    said = {name: str(getattr(node.config, name)).lower() for name in PLAIN_CHECK}
    if said != PLAIN_CHECK or node.config.limit is not None:
        raise BuildFailed(f"{node.name}: a check fails by every row it returns, and only so")
    return Check(node.name, node.compiled_code, _parents(node, names))


def _parents(node: Any, names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names[key] for key in node.depends_on.nodes)


def _kind(node: Any) -> str:
    return str(node.resource_type.value)


def _profile(project: Path) -> str:
    lines = (project / "dbt_project.yml").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("profile:"))


def _line(said: object) -> str:
    return " ".join(str(said).split())
