"""Foreign rows over the services and the HTTP API: not found, as if they were not there."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import ProgrammingError

from app.api.main import make_api
from crm_core.api.dependencies import current_subject
from crm_core.database import tenant_session
from crm_core.enums import PermissionScope
from crm_core.models import LISTS, Base
from crm_core.models.base import Owned
from crm_core.security.permissions import Subject
from crm_core.services import rows
from crm_core.services.listing import Wanted, read_page
from tests.integration.crm_core.world import World, make_world
from tests.subjects import SCOPES

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def world(shared_database: Path) -> World:
    return make_world()


def _models() -> list[type[Owned]]:
    return [
        mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)
    ]  # fmt: skip


@pytest.mark.parametrize("scope", SCOPES)
def test_no_foreign_row_is_found_by_its_id(world: World, scope: PermissionScope) -> None:
    found = []
    for number in (0, 1):
        subject = world.subject(number, scope)
        with tenant_session(subject) as session:
            for model in _models():
                for row in world.foreign(model.__table__, subject):  # type: ignore[arg-type]
                    try:
                        with session.begin_nested():
                            got = rows.get(session, subject, model, row["id"], lock=False)
                    except (rows.NotFound, ProgrammingError):
                        continue
                    if got.client_id == row["client_id"]:
                        found.append((model.__name__, row["id"]))
    assert found == []


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", LISTS)
def test_no_list_holds_a_foreign_row(world: World, name: str, scope: PermissionScope) -> None:
    table = LISTS[name].table
    for number in (0, 1):
        subject = world.subject(number, scope)
        with tenant_session(subject) as session:
            page = read_page(session, subject, name, Wanted(limit=200))
        seen = {(row.client_id, row.id) for row in page.rows}
        assert seen <= world.reachable(table, subject)
        assert scope is not PermissionScope.CLIENT or seen == world.reachable(table, subject)


def _operations() -> Iterator[tuple[str, str]]:
    for path, methods in make_api().openapi()["paths"].items():
        for method in methods:
            if "_id}" in path:
                yield method, path


def _client(subject: Subject) -> TestClient:
    api = make_api()
    api.dependency_overrides[current_subject] = lambda: subject
    return TestClient(api, raise_server_exceptions=False)


@pytest.mark.parametrize(("method", "path"), _operations())
def test_a_foreign_id_in_a_path_answers_like_one_that_is_nowhere(
    world: World, method: str, path: str
) -> None:
    """Every operation of the API that takes an id, from its own description."""
    subject = world.subject(0, PermissionScope.CLIENT)
    client = _client(subject)
    parameter = path[path.index("{") + 1 : path.index("}")]
    tables = {f"{name.removesuffix('s')}_id": spec.table for name, spec in LISTS.items()}
    nowhere = uuid4()
    theirs = world.foreign(tables[parameter], subject)[0]["id"]
    answers = [
        client.request(method, path.replace(f"{{{parameter}}}", str(key)), json={})
        for key in (nowhere, theirs)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    texts = [a.text.replace(str(k), "") for a, k in zip(answers, (nowhere, theirs), strict=True)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("path", [f"/{name}" for name in LISTS])
def test_foreign_ids_as_filters_find_nothing(world: World, path: str) -> None:
    subject = world.subject(0, PermissionScope.CLIENT)
    client, spec = _client(subject), LISTS[path[1:]]
    foreign = world.foreign(spec.table, subject)[0]
    for column in spec.columns:
        if column == "status":
            continue
        answer = client.get(path, params={column: str(foreign[column])})
        assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert len(client.get(path).json()["items"]) >= 3
