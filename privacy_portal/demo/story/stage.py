"""What every step of the story works with: the company, its people, a clock that can be moved, and a witness."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from privacy_portal import subjects
from privacy_portal.demo import company, upstairs
from privacy_portal.demo.people import Person
from privacy_portal.demo.places import Places
from privacy_portal.demo.processes import Child
from privacy_portal.demo.witness import Witness
from privacy_portal.fanout import drain, people
from privacy_portal.fanout.models import SystemTask
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import User
from privacy_portal.vocabulary import Actor, Right
from privacy_portal.web.outbox import Mail


class NotSo(Exception):
    """What a system says is not what it should say."""


def check(holds: object, otherwise: str) -> None:
    if not holds:
        raise NotSo(otherwise)


@dataclass
class Step:
    """One step while it runs, and what became of it. Whatever goes wrong inside is noted and the story goes on."""

    name: str
    ok: bool = False
    detail: str = ""
    seconds: float = 0.0
    _began: float = field(default=0.0, repr=False)

    def __enter__(self) -> Step:
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.seconds = round(time.monotonic() - self._began, 2)
        self.ok = error is None
        if isinstance(error, NotSo):
            self.detail = str(error)
        elif error is not None:
            where = traceback.extract_tb(trace)[-1]
            self.detail = (
                f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"
            )
        return isinstance(error, Exception)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "seconds": self.seconds, "detail": self.detail}


@dataclass
class Stage:
    places: Places
    services: Mapping[str, Child]
    witness: Witness
    say: Callable[[str], None]
    people: list[Person] = field(default_factory=list)
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The clock of the product; the outside systems keep their own."""
        return timezone.now() + self.ahead

    def move(self, span: timedelta) -> None:
        self.ahead += span

    def drain(self) -> None:
        drain.drain(now=self.now())

    @property
    def controller(self) -> Controller:
        return Controller.objects.get(code=company.CODE)

    def colleague(self, email: str) -> Actor:
        return Actor.staff(User.objects.get(email=email).pk)

    def lead(self, number: int) -> Person:
        """One of the people of the story: in the European Union, with something in every system."""
        return [person for person in self.people if person.is_lead and person.region.law == "GDPR"][number]

    def subject_id(self, person: Person) -> UUID:
        found = subjects.find(controller_id=self.controller.pk, kind="email", value=person.email)
        check(found is not None, "the person is not known by this address")
        return found.pk  # type: ignore[union-attr]

    def confirmed_request(self, person: Person, right: Right) -> Any:
        """A request through the public form's action, with the code from the mail that went out."""
        asked = upstairs.Asked(right=right, law="GDPR", identifiers={"email": person.email}, channel="form")
        request = upstairs.open_request(
            controller_id=self.controller.pk, asked=asked, by=Actor.system("dsr.form"), now=self.now()
        )
        self.drain()
        by = Actor.subject(request.subject_id)
        upstairs.confirm_identity(request_id=request.pk, code=self._code(person), by=by, now=self.now())
        self.drain()
        request.refresh_from_db()
        return request

    def newest_mail(self, person: Person, link: str) -> Mail:
        """The newest mail to this person with a link to that part of the site."""
        mails = [mail for mail in self.witness.mails(person.email) if link in mail.text]
        check(mails, f"no mail with a link to {link} reached the person")
        return mails[-1]

    def answer_by_hand(self, request_id: UUID, *, reason: str, evidence: bytes | None = None) -> None:
        """The keeper of the letters archive does what no interface can, and says so."""
        task = SystemTask.objects.of_cause("request", request_id).get(connection__code="letters_archive")
        check(
            task.status == "waiting_on_person",
            f"the letters archive's task is {task.status}, not waiting for a person",
        )
        file = SimpleUploadedFile("letter.txt", evidence, content_type="text/plain") if evidence else None
        by = self.colleague("owner@example.org")
        people.complete_by_hand(task_id=task.pk, reason=reason, by=by, now=self.now(), evidence=file)
        self.drain()

    def _code(self, person: Person) -> str:
        codes = [mail.code() for mail in self.witness.mails(person.email) if mail.code()]
        check(codes, "no mail with a code reached the person")
        return codes[-1]
