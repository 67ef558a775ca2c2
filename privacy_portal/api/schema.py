"""How the API describes the sign-in of services in OpenAPI: OAuth2 client credentials with the scopes of the table."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from privacy_portal.api.scopes import SCOPES


class ServiceSignIn(OpenApiAuthenticationExtension):
    target_class = "privacy_portal.api.sign_in.ServiceAuthentication"
    name = "service"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        flow = {"tokenUrl": "/api/v1/token", "scopes": SCOPES}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        """The scope that this operation needs."""
        scope = getattr(auto_schema.view, "scopes", {}).get(auto_schema.method)
        return {self.name: [scope] if scope else []}
