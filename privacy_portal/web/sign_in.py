"""Staff are invited by an administrator; nobody signs up by themselves, and each sign-in is in the ledger."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from privacy_portal import crypto
from privacy_portal.ledger.catalogue import StaffSignedIn
from privacy_portal.ledger.record import record
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import Actor


class InvitedOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Written once per controller the member of staff belongs to, so that each auditor sees their own."""
        signed_in = StaffSignedIn(method="allauth", second_factor=is_mfa_enabled(user))
        with transaction.atomic():
            for controller_id in sorted(set(user.memberships.values_list("controller_id", flat=True))):
                record(signed_in, controller_id=controller_id, by=Actor.staff(user.pk), now=timezone.now())
        return super().post_login(request, user, **details)


class SealedFactors(DefaultMFAAdapter):
    """The secrets behind one-time and recovery codes are sealed: a copy of the database makes no code."""

    PLACE = "mfa_authenticator"

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.seal(text.encode(), self.PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(base64.b64decode(encrypted_text), self.PLACE).decode()
