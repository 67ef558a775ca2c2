"""Staff doors: signed in, with the permission, within reach. What lies outside reach is 404, never 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from privacy_portal.staff.models import User
from privacy_portal.staff.reach import Reach, of_staff
from privacy_portal.staff.roles import Permission

SEE_ANY_TASK = (Permission.SEE_TASKS, Permission.SEE_OWN_TASKS)


class StaffRequest(HttpRequest):
    """A request that passed `staff_view`."""

    user: User
    reach: Reach


P = ParamSpec("P")
View = Callable[Concatenate[StaffRequest, P], HttpResponse]


def staff_view(
    *permissions: Permission,
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Opens a view to staff who hold one of the permissions at some controller; narrows `request.reach` to those.

    Not signed in → log-in page; second factor demanded but not set up → set-up page; no permission → 403.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def door(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if lacks_second_factor(request):
                return redirect("mfa_index")
            reach = of_staff(request.user)
            granted = {pk: held for pk, held in reach.permissions.items() if held & set(permissions)}
            if not granted:
                raise PermissionDenied
            staff: Any = request
            staff.reach = Reach(actor=reach.actor, permissions=granted)
            return view(staff, *args, **kwargs)

        return door

    return decorate


def lacks_second_factor(request: HttpRequest) -> bool:
    """Signed in with a password alone where more is demanded. Who set a factor up was asked for it at sign-in."""
    user: Any = request.user
    return bool(settings.PORTAL_SECOND_FACTOR and user.is_authenticated and not is_mfa_enabled(user))


def demand(request: StaffRequest, permission: Permission, controller_id: UUID) -> None:
    """A deed within a page one may see. Raises PermissionDenied without the permission at that controller."""
    if not request.reach.can(permission, controller_id):
        raise PermissionDenied


def within_or_404(queryset: Any, reach: Reach, **lookup: Any) -> Any:
    """The one row, if it lies within reach."""
    row = queryset.within(reach).filter(**lookup).first()  # by key
    if row is None:
        raise Http404
    return row
