"""What staff see of tasks and systems: within their reach, and system owners only what is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from privacy_portal.fanout.models import Connection, SystemTask, SystemTaskQuerySet
from privacy_portal.fanout.states import OPEN
from privacy_portal.staff.models import User
from privacy_portal.staff.reach import Reach
from privacy_portal.staff.roles import ROLES, Permission, Role


def visible_tasks(reach: Reach) -> SystemTaskQuerySet:
    """All tasks where the role sees them all; elsewhere those of systems one owns, or assigned to one."""
    mine = Q(connection__owner_id=_me(reach)) | Q(assignee_id=_me(reach))
    everywhere = Q(controller_id__in=reach.where(Permission.SEE_TASKS))
    return SystemTask.objects.filter(
        everywhere | Q(controller_id__in=reach.where(Permission.SEE_OWN_TASKS)) & mine
    )


def may_work_on(task: SystemTask, reach: Reach) -> bool:
    """Of a task one may see."""
    if reach.can(Permission.WORK_TASKS, task.controller_id):
        return True
    mine = _me(reach) in (task.assignee_id, task.connection.owner_id)
    return mine and reach.can(Permission.WORK_OWN_TASKS, task.controller_id)


def ready_for(tasks: SystemTaskQuerySet, *, now: datetime) -> dict[str, timedelta]:
    """Executor group → how long the oldest of these tasks has been ready there and was not taken up."""
    oldest = tasks.ready(now).order_by().values_list("group").annotate(since=Min("run_after"))
    return {group: now - since for group, since in oldest}


def visible_systems(reach: Reach) -> QuerySet[Connection]:
    """Systems one is shown, with `open_tasks` and `dead_tasks`."""
    everywhere = Q(controller_id__in=reach.where(Permission.SEE_TASKS))
    own = Q(controller_id__in=reach.where(Permission.SEE_OWN_TASKS), owner_id=_me(reach))
    return (
        Connection.objects.filter(everywhere | own)
        .annotate(
            open_tasks=Count("tasks", filter=Q(tasks__status__in=OPEN)),
            dead_tasks=Count("tasks", filter=Q(tasks__status="failed")),
        )
        .order_by("code", "pk")
    )


def colleagues(controller_id: UUID) -> QuerySet[User]:
    """Who may work on tasks of this controller."""
    roles = [role for role in Role if ROLES[role] & {Permission.WORK_TASKS, Permission.WORK_OWN_TASKS}]
    working = Q(memberships__controller_id=controller_id, memberships__role__in=roles)
    return User.objects.filter(working, is_active=True).distinct().order_by("name", "pk")


def _me(reach: Reach) -> int:
    return int(reach.actor.ref)
