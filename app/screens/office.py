"""Screens of the office: people and what they may do, role overrides, templates, integrations.

Nobody gives more than they hold: that and the rest is decided in `crm_core.services`.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.screens import picks
from app.screens.spec import Act, Deed, Field, Part, Screen, child, deed
from crm_core.enums import (
    Action,
    PermissionEffect,
    PermissionScope,
    Resource,
    UserRole,
)
from crm_core.models import (
    Integration,
    IntegrationSyncLog,
    RolePermission,
    Template,
    User,
    UserLocation,
    UserPermission,
)
from crm_core.models.lists import ListSpec
from crm_core.services.communication import templates
from crm_core.services.communication.template_language import Variable
from crm_core.services.communication.templates import TemplateData
from crm_core.services.integration import sync_runs
from crm_core.services.tenancy import access, permissions, second_factor, users
from crm_core.services.tenancy.users import UserData

R, A = Resource, Action
RIGHT = (
    Field("resource", Resource, is_needed=True),
    Field("action", Action, is_needed=True),
    Field("scope", PermissionScope),
)


def _person_right(act: Act, is_granted: bool) -> Any:
    said = {name: value for name, value in act.values.items() if value is not None}
    permissions.override_person(
        act.session, act.subject, user_id=act.row.id, is_granted=is_granted, at=act.at, **said
    )


def _revoke(act: Act) -> Any:
    permissions.revoke(
        act.session, act.subject, model=type(act.row), permission_id=act.row.id, at=act.at
    )


def _revise(act: Act) -> Any:
    old = act.row
    data = TemplateData(
        name=old.name, type=old.type, language=old.language, category=old.category,
        description=old.description, subject=act.values.get("subject"),
        content=act.values["content"],
        variables=[Variable.of(stored) for stored in old.variables],
    )  # fmt: skip
    return templates.revise(act.session, act.subject, template_id=old.id, data=data, at=act.at)


def _switch(is_active: bool) -> Any:
    def run(act: Act) -> Any:
        sync_runs.switch(
            act.session, act.subject, integration_id=act.row.id, is_active=is_active, at=act.at
        )

    return run


def _override_role(act: Act) -> Any:
    said = {name: value for name, value in act.values.items() if value is not None}
    permissions.override_role(act.session, act.subject, at=act.at, **said)


def _switch_person(is_active: bool) -> Any:
    def run(act: Act) -> Any:
        users.switch(act.session, act.subject, user_id=act.row.id, is_active=is_active, at=act.at)

    return run


def _person(act: Act) -> UserData:
    names = ("name", "email", "language", "phone")
    return UserData(**{name: act.values[name] for name in names})


def _new_person(act: Act) -> Any:
    return users.create(
        act.session, act.subject, data=_person(act), role=UserRole(act.values["role"]),
        location_id=act.values.get("location_id"), at=act.at,
    )  # fmt: skip


def _edit_person(act: Act) -> Any:
    users.update(act.session, act.subject, user_id=act.row.id, data=_person(act), at=act.at)


def _give_role(act: Act) -> Any:
    role = UserRole(act.values["role"])
    users.give_role(act.session, act.subject, user_id=act.row.id, role=role, at=act.at)


def _second_factor_of_role(act: Act) -> Any:
    second_factor.require_of_role(
        act.session, act.subject, role=UserRole(act.values["role"]),
        is_required=bool(act.values.get("is_required")), at=act.at,
    )  # fmt: skip


PERSON = (
    Field("name", is_needed=True),
    Field("email", is_needed=True),
    Field("phone"),
    Field("language", codes=users.LANGUAGES, is_needed=True, start=lambda act: "en"),
)
ROLE = Field("role", codes=tuple(role.value for role in users.ROLES), is_needed=True)
BRANCH = Field("location_id", choices=picks.every_branch)

REVOKE = Deed("revoke", R.PERMISSION, A.DELETE, _revoke, is_final=True)

USERS = Screen(
    "users", "group",
    ListSpec("users", User, R.USER, ("role", "status")),
    columns=("name", "email", "role", "status", "location_id", "last_login_at"),
    filters=("role", "status", "location_id"),
    is_descending=False,
    title=("name",),
    sections=(
        ("the_person", ("name", "email", "phone", "role", "status", "location_id", "language")),
        ("the_access", ("last_login_at", "is_two_factor_enabled", "must_change_password",
                        "failed_login_count", "locked_until_at")),
    ),
    makes=(
        Deed("new_person", R.USER, A.CREATE, _new_person, (*PERSON, ROLE, BRANCH), is_main=True,
             opens="users"),
    ),
    deeds=(
        Deed("edit", R.USER, A.UPDATE, _edit_person, PERSON, is_edit=True),
        Deed("give_role", R.PERMISSION, A.CREATE, _give_role, (ROLE,), is_edit=True),
        deed("add_branch", R.PERMISSION, A.CREATE, users.add_branch, "user_id",
             replace(BRANCH, is_needed=True)),
        Deed("switch_off", R.PERMISSION, A.CREATE, _switch_person(False), is_final=True,
             when=lambda row: row.status == "ACTIVE"),
        Deed("switch_on", R.PERMISSION, A.CREATE, _switch_person(True),
             when=lambda row: row.status != "ACTIVE"),
        Deed("grant", R.PERMISSION, A.CREATE, lambda act: _person_right(act, True),
             (*RIGHT, Field("reason", is_needed=True), Field("expires_at", datetime))),
        Deed("deny", R.PERMISSION, A.CREATE, lambda act: _person_right(act, False),
             (*RIGHT, Field("reason", is_needed=True), Field("expires_at", datetime))),
        deed("one_time_password", R.CLIENT, A.UPDATE, access.set_one_time_password, "user_id",
             is_final=True, is_said=True),
        deed("reset_second_factor", R.CLIENT, A.UPDATE, access.reset_second_factor, "user_id",
             when=lambda row: row.is_two_factor_enabled, is_final=True),
    ),
    parts=(
        Part("branches", child(UserLocation, R.USER, "user_id"), "user_id",
             ("location_id", "is_primary"),
             deeds=(deed("remove_branch", R.PERMISSION, A.DELETE, users.remove_branch, "link_id",
                         when=lambda row: not row.is_primary, is_final=True),)),
        Part("rights", child(UserPermission, R.PERMISSION, "user_id"), "user_id",
             ("resource", "action", "is_granted", "scope", "expires_at", "reason"),
             deeds=(REVOKE,)),
    ),
)  # fmt: skip

ROLES = Screen(
    "roles", "admin_panel_settings",
    ListSpec("roles", RolePermission, R.PERMISSION, ("role", "resource")),
    columns=("role", "resource", "action", "effect", "scope"),
    filters=("role", "resource"),
    title=("role", "resource", "action"),
    sections=(("the_right", ("role", "resource", "action", "effect", "scope")),),
    makes=(
        Deed("override_role", R.PERMISSION, A.CREATE, _override_role,
             (Field("role", UserRole, is_needed=True), *RIGHT,
              Field("effect", PermissionEffect, is_needed=True)),
             is_main=True),
        Deed("second_factor_of_role", R.PERMISSION, A.CREATE, _second_factor_of_role,
             (ROLE, Field("is_required", bool))),
    ),
    deeds=(REVOKE,),
)  # fmt: skip

TEMPLATES = Screen(
    "templates", "article",
    ListSpec("templates", Template, R.TEMPLATE, ("type", "language", "is_active")),
    columns=("name", "type", "language", "version", "is_active", "subject"),
    filters=("type",),
    is_descending=False,
    title=("name",),
    sections=(
        ("the_template", ("type", "language", "version", "is_active", "subject", "content",
                          "description")),
    ),
    deeds=(
        Deed("revise", R.TEMPLATE, A.UPDATE, _revise,
             (Field("subject"), Field("content", is_long=True, is_needed=True)), is_edit=True,
             when=lambda row: row.is_active, opens="templates"),
        deed("retire", R.TEMPLATE, A.UPDATE, templates.retire, "template_id", is_final=True,
             when=lambda row: row.is_active),
    ),
)  # fmt: skip

INTEGRATIONS = Screen(
    "integrations", "sync",
    ListSpec("integrations", Integration, R.INTEGRATION, ("status",)),
    columns=("name", "provider", "status", "last_sync_at", "next_sync_at", "error_count",
             "last_error"),
    is_descending=False,
    title=("name",),
    sections=(
        ("the_state", ("provider", "status", "is_auto_synced", "sync_interval_minutes",
                       "last_sync_at", "next_sync_at", "error_count", "last_error")),
    ),
    deeds=(
        Deed("switch_on", R.INTEGRATION, A.UPDATE, _switch(True),
             when=lambda row: row.status == "INACTIVE", is_main=True),
        Deed("switch_off", R.INTEGRATION, A.UPDATE, _switch(False),
             when=lambda row: row.status != "INACTIVE", is_final=True),
    ),
    parts=(
        Part("runs", child(IntegrationSyncLog, R.INTEGRATION, "integration_id"), "integration_id",
             ("started_at", "stream", "status", "records_processed", "records_created",
              "records_updated", "records_failed", "error"), is_newest_first=True),
    ),
)  # fmt: skip

SCREENS = (USERS, ROLES, TEMPLATES, INTEGRATIONS)
