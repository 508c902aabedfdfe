"""Screens of the office: people and what they may do, role overrides, templates, integrations.

Nobody gives more than they hold: that and the rest is decided in `crm_core.services`.
"""

from datetime import datetime
from typing import Any

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
    UserPermission,
)
from crm_core.models.lists import ListSpec
from crm_core.services.communication import templates
from crm_core.services.communication.template_language import Variable
from crm_core.services.communication.templates import TemplateData
from crm_core.services.integration import sync_runs
from crm_core.services.tenancy import access, permissions

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
    deeds=(
        Deed("grant", R.PERMISSION, A.CREATE, lambda act: _person_right(act, True),
             (*RIGHT, Field("reason", is_needed=True), Field("expires_at", datetime))),
        Deed("deny", R.PERMISSION, A.CREATE, lambda act: _person_right(act, False),
             (*RIGHT, Field("reason", is_needed=True), Field("expires_at", datetime))),
        deed("one_time_password", R.CLIENT, A.UPDATE, access.set_one_time_password, "user_id",
             is_final=True, is_said=True),
    ),
    parts=(
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
