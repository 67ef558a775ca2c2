"""`manage.py add_staff`: the first people of an installation; the others are invited in the admin."""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from privacy_portal.ledger.catalogue import RoleGranted
from privacy_portal.ledger.record import record
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor

PASSWORD = "PORTAL_STAFF_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    help = f"Add a member of staff with a role at a controller. The password is asked for, or read from {PASSWORD}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--controller", required=True, help="its code in the manifest")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--admin", action="store_true", help="also opens the admin, to invite the others")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        controller = Controller.objects.filter(code=options["controller"]).first()
        if controller is None:
            raise CommandError(
                f"There is no controller {options['controller']!r}; register a manifest first."
            )
        if User.objects.filter(email=email).exists():
            raise CommandError("Somebody signs in with this address already; roles are changed in the admin.")
        user = User(
            email=email, name=options["name"], is_staff=options["admin"], is_superuser=options["admin"]
        )
        password = os.environ.get(PASSWORD) or getpass.getpass("Password: ")
        try:
            validate_email(email)
            validate_password(password, user)
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from None
        user.set_password(password)
        self._add(user, controller, Role(options["role"]))
        self.stdout.write(f"Added as {Role(options['role']).label.lower()} of {controller.name}.")

    @transaction.atomic
    def _add(self, user: User, controller: Controller, role: Role) -> None:
        user.save()
        Membership.objects.create(user=user, controller=controller, role=role)
        record(
            RoleGranted(staff_id=user.pk, role=role),
            controller_id=controller.pk,
            by=Actor.system("command-line"),
            now=timezone.now(),
        )
