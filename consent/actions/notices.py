"""Publish what people are told; published words never change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from consent.errors import SameText
from consent.models import Notice, NoticeVersion
from governance.queries import purpose_by_code
from privacy_portal.errors import Invalid
from privacy_portal.ledger import canonical
from privacy_portal.ledger.catalogue import NoticePublished
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor

Texts = Mapping[str, Mapping[str, str]]
"""{language: {"title": …, "body": …}}"""


@transaction.atomic
def publish_version(
    *,
    controller_id: UUID,
    purpose: str,
    texts: Texts,
    valid_months: int | None = None,
    valid_source: str = "",
    by: Actor,
    now: datetime,
) -> NoticeVersion:
    """Freeze these words as the next version and show them from now on (GDPR Art. 7(2), 13).

    Raises NotFound on an unknown purpose, Invalid on a missing word, SameText if nothing changed.
    """
    checked = _checked(texts)
    if valid_months is not None and not valid_source:
        raise Invalid("valid_source", "say where the number of months comes from")
    notice = _locked_notice(controller_id, purpose)
    last = notice.versions.order_by("-number").first()
    digest = sha256(canonical.dumps(checked)).hexdigest()
    if last and last.sha256 == digest and notice.valid_months == valid_months:
        raise SameText()
    notice.valid_months, notice.valid_source = valid_months, valid_source
    notice.save(update_fields=["valid_months", "valid_source"])
    version = NoticeVersion.objects.create(
        notice=notice,
        number=last.number + 1 if last else 1,
        texts=checked,
        sha256=digest,
        published_at=now,
        published_by=str(by),
    )
    fact = NoticePublished(
        purpose=purpose, notice_version=version.number, notice_id=notice.pk, text_hash=digest
    )
    record(fact, controller_id=controller_id, by=by, now=now)
    return version


def _checked(texts: Texts) -> dict[str, dict[str, str]]:
    if not texts:
        raise Invalid("texts", "give the words in at least one language")
    checked = {}
    for language, words in texts.items():
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", language):
            raise Invalid("texts", f"'{language[:12]}' is not a language code such as en or pt-BR")
        title, body = str(words.get("title", "")).strip(), str(words.get("body", "")).strip()
        if not title or not body:
            raise Invalid(f"texts.{language}", "needs a title and a body")
        checked[language] = {"title": title, "body": body}
    return checked


def _locked_notice(controller_id: UUID, purpose: str) -> Notice:
    found = purpose_by_code(controller_id=controller_id, code=purpose)
    Notice.objects.get_or_create(purpose_id=found.pk, defaults={"controller_id": controller_id})
    return Notice.objects.select_for_update(of=("self",)).get(purpose_id=found.pk)
