"""After an erasure nothing of ours about the person can be read back: files, messages, packages, addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dsr.actions import answer, assessment, deadlines, intake
from dsr.errors import LinkExpired
from dsr.models import SubjectRequest
from dsr.models.intake import Channel
from dsr.states import Status
from governance.models import System
from privacy_portal import subjects
from privacy_portal.fanout import evidence, people
from privacy_portal.fanout.models import Confirmation, Connection, Parcel, SystemTask
from privacy_portal.inbox.models import MessageGone, Receipt, ReceiptKind
from privacy_portal.ledger.models import Event
from privacy_portal.vocabulary import Actor, Verb

pytestmark = pytest.mark.django_db
CLERK = Actor.staff(1)


@pytest.fixture
def archive(acme, stores, noon):
    """Beside the two stores, an archive that only a person can look into."""
    connection = Connection.objects.create(controller=acme, code="archive", kind="manual")
    System.objects.create(
        controller=acme, connection=connection, code="archive", name="Archive", kind="manual", country="IE",
        registered_at=noon,
    )  # fmt: skip
    return connection


@pytest.fixture
def by_hand(archive, drain, noon):
    """`by_hand(request, verb)`: a colleague answers for the archive and attaches a letter."""

    def run(request: SubjectRequest, verb: Verb) -> Confirmation:
        task = SystemTask.objects.of_cause("request", request.pk).get(connection=archive, verb=verb)
        letter = SimpleUploadedFile("letter.txt", b"Dear Ann")
        people.complete_by_hand(task_id=task.pk, reason="Looked.", evidence=letter, by=CLERK, now=noon)
        drain(now=noon)
        return task.confirmations.get()

    return run


def approve(request: SubjectRequest, drain, now) -> None:
    seen = request.plans.order_by("-version").first().hash
    assessment.accept(request_id=request.pk, plan_hash=seen, by=CLERK, now=now)
    assessment.approve(request_id=request.pk, plan_hash=seen, by=Actor.staff(2), now=now)
    drain(now=now)


def said_of(connection: Connection, subject_id, now) -> Receipt:
    receipt = Receipt(
        connection=connection, message_id="m-1", kind=ReceiptKind.CHANGE, received_at=now, handled_at=now
    )
    receipt.subject_id = subject_id
    receipt.seal_body(b'{"note": "Ann moved"}')
    receipt.save()
    return receipt


@pytest.mark.django_db(transaction=True)
def test_after_an_erasure_nothing_of_ours_can_be_read_about_the_person(
    planned, by_hand, archive, drain, noon
):
    seen = planned("access")
    by_hand(seen, Verb.EXPORT)
    message = said_of(archive, seen.subject_id, noon)
    package = Parcel.objects.get(cause_id=seen.pk, destroyed_at=None)

    request = planned("erasure")
    approve(request, drain, noon)
    letter = by_hand(request, Verb.ERASE)

    request.refresh_from_db()
    assert request.closed_at == noon
    assert subjects.reveal(subject_id=request.subject_id) == []
    with pytest.raises(evidence.EvidenceGone):
        evidence.read(letter)
    assert not letter.evidence.storage.exists(letter.evidence.name)
    assert len(letter.evidence_sha256) == 64
    message.refresh_from_db()
    with pytest.raises(MessageGone):
        message.open_body()
    assert len(message.body_sha256) == 64
    package.refresh_from_db()
    assert package.destroyed_at == noon
    with pytest.raises(LinkExpired):
        answer.download(request_id=seen.pk, by=Actor.subject(seen.subject_id), now=noon)


def test_what_is_held_about_others_stays(planned, archive, by_hand, drain, noon):
    ben = planned("access", email="ben@example.org")
    by_hand(ben, Verb.EXPORT)
    message = said_of(archive, ben.subject_id, noon)
    request = planned("erasure")
    approve(request, drain, noon)
    by_hand(request, Verb.ERASE)

    message.refresh_from_db()
    assert b"Ann moved" in message.open_body()
    assert Parcel.objects.get(cause_id=ben.pk, destroyed_at=None)


# -- addresses that nobody confirmed --------------------------------------------------------------------------------
@pytest.fixture
def typed(acme, stores, drain, noon):
    """`typed(email)` is a request from the public form whose code never comes back."""

    def make(email: str = "stranger@example.org") -> SubjectRequest:
        asked = intake.Asked(right="access", law="GDPR", identifiers={"email": email}, channel=Channel.FORM)
        request = intake.open_request(controller_id=acme.pk, asked=asked, by=Actor.system("form"), now=noon)
        drain(now=noon)
        return request

    return make


def is_known(request: SubjectRequest) -> bool:
    return bool(subjects.reveal(subject_id=request.subject_id))


def test_an_address_nobody_confirmed_goes_with_its_expired_request(typed, drain, noon):
    request = typed()
    later = noon + deadlines.UNCONFIRMED_FOR + timedelta(hours=1)

    deadlines.warn_late(now=later)
    drain(now=later)

    request.refresh_from_db()
    assert request.status == Status.EXPIRED
    assert not is_known(request)
    assert Event.objects.filter(type="subject_forgotten", correlation_id=request.pk).count() == 1


def test_an_address_nobody_confirmed_goes_with_its_cancelled_request(typed, noon):
    request = typed()

    intake.cancel(request_id=request.pk, by=CLERK, now=noon)

    assert not is_known(request)


def test_an_unconfirmed_request_takes_nothing_from_a_person_known_otherwise(planned, typed, noon):
    known = planned("access")
    request = typed("ann@example.org")

    intake.cancel(request_id=request.pk, by=CLERK, now=noon)

    assert request.subject_id == known.subject_id
    assert is_known(request)


def test_an_address_stays_while_another_unconfirmed_request_is_open(typed, noon):
    first, second = typed(), typed()

    intake.cancel(request_id=first.pk, by=CLERK, now=noon)
    assert is_known(first)

    intake.cancel(request_id=second.pk, by=CLERK, now=noon)
    assert not is_known(first)


# -- somebody who turned out to be one person under two ids -----------------------------------------------------------
def test_an_erasure_under_an_id_merged_away_meanwhile_forgets_the_living_person(
    acme, planned, archive, by_hand, drain, noon
):
    request = planned("erasure")
    living = subjects.remember(controller_id=acme.pk, identifiers={"phone": "+3531234567"}, now=noon)
    message = said_of(archive, living.pk, noon)
    subjects.merge(from_id=request.subject_id, into_id=living.pk, now=noon)

    approve(request, drain, noon)
    by_hand(request, Verb.ERASE)

    living.refresh_from_db()
    assert living.forgotten_at == noon
    assert subjects.reveal(subject_id=living.pk) == subjects.reveal(subject_id=request.subject_id) == []
    message.refresh_from_db()
    assert message.body is None
