"""Who may do what: one readable table."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    DPO = "dpo", "Data protection officer"
    CASE_WORKER = "case_worker", "Case worker"
    SYSTEM_OWNER = "system_owner", "System owner"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class Permission(StrEnum):
    SEE_HOME = "see_home"
    SEE_REQUESTS = "see_requests"
    SEE_PERSON = "see_person"
    """Reveal a person's identifiers or data; each time a `data_accessed` event."""
    WORK_REQUESTS = "work_requests"
    APPROVE_REQUESTS = "approve_requests"
    SEE_CONSENTS = "see_consents"
    WORK_CONSENTS = "work_consents"
    SEE_REGISTER = "see_register"
    EDIT_REGISTER = "edit_register"
    SEE_RETENTION = "see_retention"
    WORK_RETENTION = "work_retention"
    SEE_BREACHES = "see_breaches"
    WORK_BREACHES = "work_breaches"
    SEE_TASKS = "see_tasks"
    SEE_OWN_TASKS = "see_own_tasks"
    """Only tasks of systems one owns, or that are assigned to one."""
    WORK_TASKS = "work_tasks"
    WORK_OWN_TASKS = "work_own_tasks"
    PAUSE_SYSTEMS = "pause_systems"
    SEE_LEDGER = "see_ledger"
    MANAGE_STAFF = "manage_staff"


P = Permission
_SEE = frozenset(
    {
        P.SEE_HOME,
        P.SEE_REQUESTS,
        P.SEE_CONSENTS,
        P.SEE_REGISTER,
        P.SEE_RETENTION,
        P.SEE_BREACHES,
        P.SEE_TASKS,
        P.SEE_LEDGER,
    }
)
ROLES: dict[Role, frozenset[Permission]] = {
    Role.DPO: _SEE
    | {
        P.SEE_PERSON,
        P.WORK_REQUESTS,
        P.APPROVE_REQUESTS,
        P.WORK_CONSENTS,
        P.EDIT_REGISTER,
        P.WORK_RETENTION,
        P.WORK_BREACHES,
        P.WORK_TASKS,
        P.PAUSE_SYSTEMS,
    },
    Role.CASE_WORKER: _SEE - {P.SEE_RETENTION, P.SEE_LEDGER}
    | {P.SEE_PERSON, P.WORK_REQUESTS, P.APPROVE_REQUESTS, P.WORK_CONSENTS, P.WORK_TASKS},
    Role.SYSTEM_OWNER: frozenset({P.SEE_OWN_TASKS, P.WORK_OWN_TASKS}),
    Role.AUDITOR: _SEE,
    Role.ADMINISTRATOR: frozenset(
        {
            P.SEE_HOME,
            P.SEE_REGISTER,
            P.EDIT_REGISTER,
            P.SEE_TASKS,
            P.PAUSE_SYSTEMS,
            P.SEE_LEDGER,
            P.MANAGE_STAFF,
        }
    ),
}
