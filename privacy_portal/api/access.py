"""The base of the API's views: who calls, and how far they reach."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from privacy_portal.api.models import ServiceClient
from privacy_portal.api.sign_in import MissingScope, SignInFirst, fast_service, forget_known_tokens
from privacy_portal.staff.reach import Reach
from privacy_portal.vocabulary import Actor

__all__ = ["MissingScope", "ServiceView", "SignInFirst", "fast_service", "forget_known_tokens"]


class ServiceView(APIView):
    """Base of the API's views. `scopes` maps the HTTP method to the scope it needs."""

    scopes: ClassVar[dict[str, str]] = {}
    request: Request

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """DRF would read the stream past Django's limit: a body that is too large is refused here, as 413."""
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            _ = request._request.body

    @property
    def client(self) -> ServiceClient:
        user: Any = self.request.user
        assert isinstance(user, ServiceClient)
        return user

    @property
    def reach(self) -> Reach:
        return Reach(actor=self.client.actor(), permissions={self.client.controller_id: frozenset()})

    @property
    def actor(self) -> Actor:
        return self.client.actor()
