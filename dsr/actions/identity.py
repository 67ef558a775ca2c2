"""Who asks: a code sent to the address given, few tries, short life, and no hint whether the address is known."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from dsr.errors import WrongCode
from dsr.models import IdentityCheck, SubjectRequest
from dsr.states import MOVES, Status
from privacy_portal.errors import Conflict
from privacy_portal.fanout.ask import Cause
from privacy_portal.fanout.letters import ask_letter
from privacy_portal.ledger.catalogue import IdentityConfirmed
from privacy_portal.ledger.record import record
from privacy_portal.states import check_move
from privacy_portal.vocabulary import Actor, CauseKind

LIFE = timedelta(minutes=30)
TRIES = 5
CODES_PER_REQUEST = 5


class TooManyCodes(Conflict):
    """No more codes are sent for this request; please open a new one."""

    status = 429


def code_of(check_id: UUID) -> str:
    """The six digits of a check: computed from its id, stored nowhere."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"identity:{check_id}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


@transaction.atomic
def send_code(*, request: SubjectRequest, by: Actor, now: datetime) -> IdentityCheck:
    """A fresh code; earlier ones stop working. Raises IllegalMove once the identity is confirmed, TooManyCodes."""
    check_move(MOVES, request.status, Status.LOCATING)
    if request.checks.count() >= CODES_PER_REQUEST:
        raise TooManyCodes()
    check = IdentityCheck.objects.create(request=request, made_at=now, expires_at=now + LIFE)
    ask_letter(
        "dsr_code",
        controller=request.controller,
        cause=Cause(CauseKind.MESSAGE, request.pk, request.pk),
        due_at=now,
        by=by,
        now=now,
        subject_id=request.subject_id,
        language=request.language,
        reference={"check_id": str(check.pk)},
    )
    return check


@transaction.atomic
def send_code_again(*, request_id: UUID, by: Actor, now: datetime) -> IdentityCheck:
    """The mail did not come. Raises IllegalMove, TooManyCodes."""
    return send_code(request=SubjectRequest.objects.locked(request_id), by=by, now=now)


def confirm_identity(*, request_id: UUID, code: str, by: Actor, now: datetime) -> SubjectRequest:
    """The person brings the code back.

    Raises WrongCode, the same for a wrong, spent or expired code and for a request that waits for none.
    """
    check = _counted_try(request_id, now)
    if check is None or not hmac.compare_digest(code_of(check.pk).encode(), code.strip().encode()):
        raise WrongCode()
    with transaction.atomic():
        request = SubjectRequest.objects.locked(request_id)
        if request.status != Status.RECEIVED:
            raise WrongCode()
        check.confirmed_at = now
        check.save(update_fields=["confirmed_at"])
        return accept_identity(request=request, method=check.method, by=by, now=now)


def _counted_try(request_id: UUID, now: datetime) -> IdentityCheck | None:
    """Count the try before looking at the code, in its own transaction, so that a wrong one costs something."""
    newest = IdentityCheck.objects.filter(request_id=request_id).order_by("-made_at", "pk").first()
    if newest is None or newest.expires_at <= now or newest.confirmed_at is not None:
        return None
    counted = IdentityCheck.objects.filter(pk=newest.pk, attempts__lt=TRIES).update(
        attempts=F("attempts") + 1
    )
    return newest if counted else None


def accept_identity(*, request: SubjectRequest, method: str, by: Actor, now: datetime) -> SubjectRequest:
    """Identity is settled; the dry run begins (handler of IdentityConfirmed). Call inside a transaction."""
    check_move(MOVES, request.status, Status.LOCATING)
    request.status = Status.LOCATING
    request.verified_at = now
    request.save(update_fields=["status", "verified_at"])
    ask_letter(
        "dsr_started",
        controller=request.controller,
        cause=Cause(CauseKind.MESSAGE, request.pk, request.pk),
        due_at=request.due_at,
        by=by,
        now=now,
        subject_id=request.subject_id,
        language=request.language,
    )
    record(
        IdentityConfirmed(request_id=request.pk, method=method),
        controller_id=request.controller_id,
        subject_id=request.subject_id,
        by=by,
        now=now,
        correlation_id=request.pk,
    )
    return request
