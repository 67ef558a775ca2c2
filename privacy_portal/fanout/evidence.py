"""Files people attach as proof: each sealed with a key of its own, which goes with the person; the SHA-256 stays.

A confirmation is append-only, so that the key stands in a row beside it, which may be deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from privacy_portal import crypto
from privacy_portal.errors import DomainError, Invalid
from privacy_portal.fanout.models import Confirmation, EvidenceKey, SystemTask

LARGEST_EVIDENCE = 10 * 1024 * 1024
_SUFFIXES = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".txt", ".csv", ".json", ".eml", ".zip", ".docx", ".xlsx"}
)


class EvidenceGone(DomainError):
    """This file was destroyed with everything else about the person; its SHA-256 remains."""

    status = 410


@dataclass(frozen=True, slots=True)
class Proof:
    """An attached file, read and found fit."""

    content: bytes = field(repr=False)
    suffix: str

    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def checked(evidence: UploadedFile | None) -> Proof | None:
    """Raises Invalid on a file that is too large or no document."""
    if evidence is None:
        return None
    if (evidence.size or 0) > LARGEST_EVIDENCE:
        raise Invalid("evidence", "must be at most 10 MB")
    suffix = PurePath(evidence.name or "").suffix.lower()
    if suffix not in _SUFFIXES:
        raise Invalid("evidence", f"must be one of {', '.join(sorted(_SUFFIXES))}")
    return Proof(bytes(evidence.read()), suffix)


def attach(confirmation: Confirmation, task: SystemTask, proof: Proof) -> EvidenceKey:
    """Write the sealed file and name it on the confirmation; the caller saves that row, then the key."""
    key = EvidenceKey(confirmation=confirmation, subject_id=task.subject_id)
    key.key = crypto.new_subject_key(key_place(task.pk))
    sealed = crypto.seal_for(key.key, key_place(task.pk), proof.content, _place(task.pk))
    # Named after the task: what people call their files is often personal.
    confirmation.evidence.save(f"{task.pk}{proof.suffix}", ContentFile(sealed), save=False)
    return key


def read(confirmation: Confirmation) -> bytes:
    """The file somebody attached, decrypted. Raises EvidenceGone."""
    held = EvidenceKey.objects.filter(confirmation=confirmation).first()  # by key
    if held is None:
        raise EvidenceGone()
    with confirmation.evidence.open("rb") as file:
        sealed = file.read()
    task_id = confirmation.task_id
    return crypto.unseal_for(held.key, key_place(task_id), sealed, _place(task_id))


@transaction.atomic
def destroy_about(subject_ids: Iterable[UUID]) -> int:
    """Destroy the keys, then the files, of what was attached to tasks about these ids; returns how many."""
    keys = EvidenceKey.objects.filter(subject_id__in=list(subject_ids)).select_related("confirmation")
    going = list(keys.order_by("pk"))
    EvidenceKey.objects.filter(pk__in=[key.pk for key in going]).delete()
    for key in going:
        file = key.confirmation.evidence
        transaction.on_commit(partial(file.storage.delete, str(file.name)))
    return len(going)


def key_place(task_id: UUID) -> str:
    return f"portal_confirmation:{task_id}:evidence_key"


def _place(task_id: UUID) -> str:
    return f"portal_confirmation:{task_id}:evidence"
