"""`manage.py add_service`: a service that may call the API of one controller, within its scopes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.db import transaction
from oauth2_provider.models import Application

from privacy_portal.api.models import ServiceClient
from privacy_portal.api.scopes import SCOPES
from privacy_portal.organisation.models import Controller


class Command(BaseCommand):
    help = "Add a service and print its client id and secret, once: only a hash of the secret is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="its name in the ledger, such as web-shop")
        parser.add_argument("--controller", required=True, help="its code in the manifest")
        parser.add_argument("--scope", action="append", required=True, choices=sorted(SCOPES))

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["code"]
        controller = Controller.objects.filter(code=options["controller"]).first()
        if controller is None:
            raise CommandError(
                f"There is no controller {options['controller']!r}; register a manifest first."
            )
        if ServiceClient.objects.filter(controller=controller, code=code).exists():
            raise CommandError(f"{controller.name} has a service {code!r} already.")
        try:
            validate_slug(code)
        except ValidationError as wrong:
            raise CommandError(f"code: {wrong.messages[0]}") from None
        client_id, secret = _add(controller, code, sorted(set(options["scope"])))
        self.stdout.write(f"client_id      {client_id}\nclient_secret  {secret}")


@transaction.atomic
def _add(controller: Controller, code: str, scopes: list[str]) -> tuple[str, str]:
    application = Application(
        name=f"{controller.code}: {code}",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    secret = application.client_secret  # saving hashes it
    application.save()
    ServiceClient.objects.create(application=application, controller=controller, code=code, scopes=scopes)
    return application.client_id, secret
