"""Services of two controllers, with tokens as the token endpoint gives them."""

from __future__ import annotations

import base64

import pytest
from oauth2_provider.models import Application

from privacy_portal.api.access import forget_known_tokens
from privacy_portal.api.models import ServiceClient
from privacy_portal.api.scopes import SCOPES


@pytest.fixture(autouse=True)
def _no_token_is_remembered():
    forget_known_tokens()
    yield
    forget_known_tokens()


@pytest.fixture
def acme(controller):
    return controller()


@pytest.fixture
def token_for(client, controller):
    """`token_for(controller, scopes)` makes a service and fetches a token over HTTP."""

    def fetch(of, scopes: tuple[str, ...] = tuple(SCOPES), ask: str = "") -> str:
        number = Application.objects.count()
        application = Application(
            name=f"service-{number}",
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        )
        secret = application.client_secret
        application.save()
        ServiceClient.objects.create(
            application=application, controller=of, code=f"service-{number}", scopes=list(scopes)
        )
        basic = base64.b64encode(f"{application.client_id}:{secret}".encode()).decode()
        body = {"grant_type": "client_credentials"} | ({"scope": ask} if ask else {})
        answer = client.post("/api/v1/token", body, headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 200, answer.content
        return answer.json()["access_token"]

    return fetch


@pytest.fixture
def as_service(token_for, acme):
    """Headers of a service of acme with all scopes."""
    return {"Authorization": f"Bearer {token_for(acme)}"}
