"""The staff menu: what each role may open, in one order everywhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from privacy_portal.staff.reach import of_staff
from privacy_portal.staff.roles import Permission
from privacy_portal.wiring import NAVIGATION


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` for signed-in staff, nothing for the public pages."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    reach = of_staff(user)
    links = []
    for link in NAVIGATION:
        if reach.can_anywhere(Permission(link.permission)):
            url = reverse(link.url_name)
            active = request.path == url if url == "/" else request.path.startswith(url)
            links.append({"label": link.label, "url": url, "icon": link.icon, "active": active})
    return {"navigation": links}
