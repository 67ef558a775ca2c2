"""How far a caller reaches: which controllers, and what may be done at each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from privacy_portal.staff.models import User
from privacy_portal.staff.roles import ROLES, Permission, Role
from privacy_portal.vocabulary import Actor


@dataclass(frozen=True, slots=True)
class Reach:
    """Every queryset a door shows is narrowed by this; what lies outside is answered 404."""

    actor: Actor
    permissions: Mapping[UUID, frozenset[Permission]]

    @property
    def controller_ids(self) -> frozenset[UUID]:
        return frozenset(self.permissions)

    def can(self, permission: Permission, controller_id: UUID) -> bool:
        return permission in self.permissions.get(controller_id, frozenset())

    def can_anywhere(self, permission: Permission) -> bool:
        return any(permission in granted for granted in self.permissions.values())

    def where(self, permission: Permission) -> frozenset[UUID]:
        """The controllers at which this may be done."""
        return frozenset(pk for pk, granted in self.permissions.items() if permission in granted)


def of_staff(user: User) -> Reach:
    rows: Iterable[tuple[UUID, str]] = user.memberships.values_list("controller_id", "role")
    granted: dict[UUID, frozenset[Permission]] = {}
    for controller_id, role in rows:
        granted[controller_id] = granted.get(controller_id, frozenset()) | ROLES[Role(role)]
    return Reach(actor=Actor.staff(user.pk), permissions=granted)
