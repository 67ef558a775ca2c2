"""One row of everything at a controller: what nobody elsewhere may come to see."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.models import Model
from oauth2_provider.models import Application

from consent.models import CurrentDecision, Decision, Notice, NoticeVersion
from dsr.models import SubjectRequest
from governance.models import (
    Breach,
    DataElement,
    Dataset,
    Disposal,
    DisposalEntry,
    Flow,
    Hold,
    ProcessingActivity,
    Purpose,
    Recipient,
    RetentionRule,
    Sweep,
    System,
)
from privacy_portal import subjects
from privacy_portal.api.models import ServiceClient
from privacy_portal.fanout.models import Connection, SystemTask
from privacy_portal.ledger.models import Event
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.subjects.models import Subject

Rows = dict[type[Model], Any]


def furnish(controller: Controller, now: datetime) -> Rows:
    """Every model the admin shows, by class; names and codes carry the controller's code, so that a leak is seen."""
    rows: Rows = {Controller: controller}
    _people(rows, now)
    _register(rows, now)
    _cases(rows, now)
    return rows


def _people(rows: Rows, now: datetime) -> None:
    at = rows[Controller]
    rows[User] = User.objects.create(email=f"kim@{at.code}.example", name=f"Kim {at.code}", password="!")
    Membership.objects.create(user=rows[User], controller=at, role="auditor")
    application = Application.objects.create(
        name=f"{at.code}-service", client_type="confidential", authorization_grant_type="client-credentials"
    )
    rows[ServiceClient] = ServiceClient.objects.create(
        application=application, controller=at, code=f"{at.code}-service", scopes=[]
    )
    rows[Subject] = subjects.remember(
        controller_id=at.pk, identifiers={"email": f"ann@{at.code}.example"}, now=now
    )


def _register(rows: Rows, now: datetime) -> None:
    at = rows[Controller]
    here = {"controller": at}
    rows[Connection] = Connection.objects.create(**here, code=f"{at.code}-crm", kind="fake")
    system = rows[System] = System.objects.create(
        **here,
        connection=rows[Connection],
        code=f"{at.code}-crm",
        name=f"CRM of {at.code}",
        kind="fake",
        country="IE",
        owner_team="Sales",
        registered_at=now,
    )
    dataset = rows[Dataset] = Dataset.objects.create(system=system, name=f"{at.code}-accounts")
    rows[DataElement] = DataElement.objects.create(dataset=dataset, name="email", category="contact")
    rows[RetentionRule] = RetentionRule.objects.create(
        dataset=dataset, start="created_at", period="P1Y", source=f"Policy of {at.code}"
    )
    purpose = rows[Purpose] = Purpose.objects.create(
        **here,
        code=f"{at.code}-news",
        names={"en": "News"},
        texts={"en": "We send news."},
        legal_basis="consent",
    )
    rows[ProcessingActivity] = ProcessingActivity.objects.create(purpose=purpose, system=system, does="sends")
    rows[Recipient] = Recipient.objects.create(
        **here, code=f"{at.code}-post", name=f"Post of {at.code}", kind="processor", country="IE"
    )
    rows[Flow] = Flow.objects.create(**here, source=system, recipient=rows[Recipient])


def _cases(rows: Rows, now: datetime) -> None:
    here, subject = {"controller": rows[Controller]}, rows[Subject]
    day, code = now.date(), rows[Controller].code
    rows[Hold] = Hold.objects.create(
        **here,
        subject_id=subject.pk,
        ground="audit",
        reason=f"Audit of {code}",
        review_on=day,
        placed_at=now,
        placed_by="staff:1",
    )
    rows[Sweep] = Sweep.objects.create(**here, night=day, planned_at=now, planned_by="staff:1")
    rows[Disposal] = Disposal.objects.create(
        sweep=rows[Sweep],
        rule=rows[RetentionRule],
        system=rows[System],
        dataset=f"{code}-accounts",
        start="created_at",
        period="P1Y",
        before=now,
    )
    rows[DisposalEntry] = DisposalEntry.objects.create(
        disposal=rows[Disposal], at=now, by="staff:1", what="counted"
    )
    moments = {"detected_at": now, "aware_at": now, "reported_at": now}
    rows[Breach] = Breach.objects.create(
        **here, channel="staff", sender="staff:1", title=f"Laptop of {code}", description="x", **moments
    )
    notice = rows[Notice] = Notice.objects.create(**here, purpose=rows[Purpose])
    checksum = hashlib.sha256(code.encode()).hexdigest()
    rows[NoticeVersion] = NoticeVersion.objects.create(
        notice=notice,
        number=1,
        texts={"en": {"title": "News", "body": "x"}},
        sha256=checksum,
        published_at=now,
        published_by="staff:1",
    )
    about = {**here, "subject": subject, "purpose": rows[Purpose], "law": "GDPR", "decided_at": now}
    rows[Decision] = Decision.objects.create(
        **about, choice="given", recorded_at=now, method="web_form", actor="staff:1"
    )
    rows[CurrentDecision] = CurrentDecision.objects.create(**about, decision=rows[Decision], choice="given")
    case = rows[SubjectRequest] = SubjectRequest.objects.create(
        **here,
        subject=subject,
        reference=f"R-{code}"[:20],
        right="erasure",
        law="GDPR",
        channel="form",
        received_at=now,
        due_on=day,
        due_at=now,
    )
    cause = {"cause_kind": "request", "cause_id": case.pk, "correlation_id": case.pk}
    rows[SystemTask] = SystemTask.objects.create(
        **here,
        **cause,
        connection=rows[Connection],
        subject_id=subject.pk,
        verb="erase",
        group="default",
        due_at=now,
        run_after=now,
        asked_at=now,
    )
    rows[Event] = Event.objects.create(
        **here,
        event_id=uuid4(),
        type="request_opened",
        payload={},
        actor="staff:1",
        occurred_at=now,
        correlation_id=case.pk,
    )
