"""Find, remember, merge and forget people without knowing more than an opaque id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from privacy_portal import crypto
from privacy_portal.errors import Conflict, Invalid, NotFound
from privacy_portal.stored import as_stored, uuid_of
from privacy_portal.subjects.models import Identifier, Subject
from privacy_portal.vocabulary import IdentifierKind


class AmbiguousSubject(Conflict):
    """These identifiers belong to more than one person; merge them or leave one out."""


@dataclass(frozen=True, slots=True)
class PlainIdentifier:
    """A decrypted identifier: in memory only."""

    kind: str
    value: str = field(repr=False)


def normalised(kind: str, value: str) -> str:
    """One spelling per identifier, so that the blind index finds it: e-mail in lower case, phone in digits.

    Raises Invalid, naming the field, on an unknown kind or an empty or malformed value.
    """
    value = value.strip()
    if kind not in IdentifierKind.values:
        raise Invalid("identifiers", f"'{kind}' is not one of {', '.join(IdentifierKind.values)}")
    if kind == IdentifierKind.EMAIL:
        if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,255}", value):
            raise Invalid(kind, "must be an e-mail address")
        return value.lower()
    if kind == IdentifierKind.PHONE:
        digits = re.sub(r"[^\d+]", "", value)
        if len(digits) < 6:
            raise Invalid(kind, "must be a phone number with country code")
        return digits
    if not value or len(value) > 200:
        raise Invalid(kind, "must have 1 to 200 characters")
    return value


def find(*, controller_id: UUID, kind: str, value: str) -> Subject | None:
    """The living subject behind an identifier, following merges."""
    index = _index(controller_id, kind, normalised(kind, value))
    row = (
        Identifier.objects.filter(controller_id=controller_id, kind=kind, index=index)
        .select_related("subject")
        .first()
    )  # unique constraint: at most one
    return _living(row.subject) if row else None


def find_id(*, controller_id: UUID, identifiers: Mapping[str, str]) -> UUID | None:
    """Whom all these identifiers name, in one plain query; None unless every one of them is known to be theirs.

    `remember` is for what this leaves open. Raises Invalid on a malformed value.
    """
    wanted = [(kind, normalised(kind, value)) for kind, value in identifiers.items()]
    indexes = [_index(controller_id, kind, value) for kind, value in wanted]
    places = ", ".join(["%s"] * len(indexes))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT subject_id, merged_into_id FROM {Identifier._meta.db_table} i"  # noqa: S608 - only places
            f" JOIN {Subject._meta.db_table} s ON s.id = i.subject_id"
            f" WHERE i.controller_id = %s AND i.{connection.ops.quote_name('index')} IN ({places})",
            [as_stored(controller_id), *indexes],
        )
        found = cursor.fetchall()
    if len(found) != len(wanted) or not wanted or len(set(found)) > 1 or found[0][1] is not None:
        return None
    return uuid_of(found[0][0])


ALL_IDS = f"""
    SELECT COALESCE(merged_into_id, id) AS id FROM {Subject._meta.db_table} WHERE id = %s
    UNION SELECT other.id FROM {Subject._meta.db_table} one
    JOIN {Subject._meta.db_table} other ON other.merged_into_id = COALESCE(one.merged_into_id, one.id)
    WHERE one.id = %s"""  # noqa: S608 - only our table's name
"""Every id one person has had, as a query with the same id given twice; a merge leaves no chain of pointers."""


def ids_of(*, subject_id: UUID) -> list[UUID]:
    """The id of the living person and of all that were merged into it, whichever of them is given."""
    with connection.cursor() as cursor:
        cursor.execute(ALL_IDS, [as_stored(subject_id)] * 2)
        return [uuid_of(row[0]) for row in cursor.fetchall()]


def lock_living(*, controller_id: UUID, subject_id: UUID) -> UUID | None:
    """Lock the living person behind an id, following merges; None for one unknown or forgotten. In a transaction."""
    lock = " FOR NO KEY UPDATE" if connection.features.has_select_for_update else ""
    seen: UUID | None = subject_id
    while seen is not None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT forgotten_at, merged_into_id FROM {Subject._meta.db_table}"  # noqa: S608
                f" WHERE id = %s AND controller_id = %s{lock}",
                [as_stored(seen), as_stored(controller_id)],
            )
            row = cursor.fetchone()
        if row is None or row[0] is not None:
            return None
        if row[1] is None:
            return seen
        seen = uuid_of(row[1])
    return None


@transaction.atomic
def remember(*, controller_id: UUID, identifiers: Mapping[str, str], now: datetime) -> Subject:
    """The subject with these identifiers, made if unknown; new identifiers are added to it.

    Raises AmbiguousSubject if they name two people, Invalid on a malformed value.
    """
    if not identifiers:
        raise Invalid("identifiers", "give at least one identifier")
    known = [find(controller_id=controller_id, kind=kind, value=value) for kind, value in identifiers.items()]
    found = {subject.pk: subject for subject in known if subject}
    if len(found) > 1:
        raise AmbiguousSubject()
    subject = next(iter(found.values()), None) or _create(controller_id, now)
    missing = {
        kind: value for (kind, value), hit in zip(identifiers.items(), known, strict=True) if hit is None
    }
    _write(subject, missing, now)
    return subject


@transaction.atomic
def add(*, subject_id: UUID, identifiers: Mapping[str, str], now: datetime) -> list[str]:
    """Add identifiers a system told us; returns the kinds that were new. Raises AmbiguousSubject, NotFound."""
    subject = _locked_living(subject_id)
    if subject.key is None:
        raise NotFound("This person was forgotten.")
    missing = {}
    for kind, value in identifiers.items():
        holder = find(controller_id=subject.controller_id, kind=kind, value=value)
        if holder and holder.pk != subject.pk:
            raise AmbiguousSubject()
        if not holder:
            missing[kind] = value
    _write(subject, missing, now)
    return list(missing)


def reveal(*, subject_id: UUID) -> list[PlainIdentifier]:
    """Every identifier of the living person in clear, for a call to a system; empty once forgotten.

    Who shows this to staff logs it.
    """
    return reveal_many([subject_id])[subject_id]


def reveal_many(subject_ids: Iterable[UUID]) -> dict[UUID, list[PlainIdentifier]]:
    """As `reveal`, for several people in one look. Raises Undecipherable if one key cannot be read."""
    asked = list(subject_ids)
    plain = _opened(asked)
    # One whose identifiers moved to another id is asked for under the old one: rare, and looked up only then.
    for subject_id in asked:
        if not plain[subject_id]:
            opened = _opened(ids_of(subject_id=subject_id))
            plain[subject_id] = [one for found in opened.values() for one in found]
    return plain


def _opened(subject_ids: Iterable[UUID]) -> dict[UUID, list[PlainIdentifier]]:
    plain: dict[UUID, list[PlainIdentifier]] = {subject_id: [] for subject_id in subject_ids}
    rows = Identifier.objects.filter(subject_id__in=list(plain)).select_related("subject")
    for row in rows.order_by("kind", "pk"):
        key = row.subject.key
        if key is not None:
            value = crypto.unseal_for(key, row.subject.key_place(), row.value, row.place())
            plain[row.subject_id].append(PlainIdentifier(kind=row.kind, value=value.decode()))
    return plain


def kinds_known(subject_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """By which kinds of identifier each of them can be found, under whichever id they are asked for."""
    kinds: dict[UUID, set[str]] = {subject_id: set() for subject_id in subject_ids}
    known = Identifier.objects.values_list("subject_id", "kind")
    for subject_id, kind in known.filter(subject_id__in=list(kinds)):
        kinds[subject_id].add(kind)
    for asked in [subject_id for subject_id, found in kinds.items() if not found]:
        everyone = ids_of(subject_id=asked)
        kinds[asked] = {kind for _id, kind in known.filter(subject_id__in=everyone)}
    return kinds


@transaction.atomic
def merge(*, from_id: UUID, into_id: UUID, now: datetime) -> Subject:
    """One person under two ids: the identifiers move, the emptied id stays as a pointer."""
    subjects = {
        subject.pk: subject
        for subject in Subject.objects.select_for_update().filter(pk__in=[from_id, into_id])
    }
    if len(subjects) != 2:
        raise NotFound("Both subjects must exist and differ.")
    source, target = subjects[from_id], subjects[into_id]
    if source.controller_id != target.controller_id:
        raise Conflict("Subjects of two controllers are never merged.")
    if source.key is None or target.key is None or source.merged_into_id or target.merged_into_id:
        raise Conflict("A forgotten or merged subject cannot be merged again.")
    moved = [(row.kind, row.value) for row in reveal(subject_id=source.pk)]
    source.identifiers.all().delete()
    for kind, value in moved:
        _write(target, {kind: value}, now)
    source.merged_into = target
    source.key = None
    source.save(update_fields=["merged_into", "key"])
    # No chain: whoever was merged before points at the living person too.
    Subject.objects.filter(merged_into=source).update(merged_into=target)
    return target


@transaction.atomic
def forget(*, subject_id: UUID, now: datetime) -> bool:
    """Destroy the key and every identifier of the living person behind an id; the ids and the ledger lines stay.

    False if they were forgotten already.
    """
    subject = _locked_living(subject_id)
    if subject.forgotten_at is not None:
        return False
    subject.identifiers.all().delete()
    everyone = Subject.objects.filter(Q(pk=subject.pk) | Q(merged_into=subject.pk))
    everyone.update(key=None, forgotten_at=now)
    return True


def _locked_living(subject_id: UUID) -> Subject:
    subject = Subject.objects.select_for_update().get(pk=subject_id)
    while subject.merged_into_id is not None:
        subject = Subject.objects.select_for_update().get(pk=subject.merged_into_id)
    return subject


def _create(controller_id: UUID, now: datetime) -> Subject:
    subject = Subject(controller_id=controller_id, created_at=now)
    subject.key = crypto.new_subject_key(subject.key_place())
    subject.save(force_insert=True)
    return subject


def _write(subject: Subject, identifiers: Mapping[str, str], now: datetime) -> None:
    assert subject.key is not None
    rows = []
    for kind, given in identifiers.items():
        value = normalised(kind, given)
        row = Identifier(subject=subject, controller_id=subject.controller_id, kind=kind, added_at=now)
        row.value = crypto.seal_for(subject.key, subject.key_place(), value.encode(), row.place())
        row.index = _index(subject.controller_id, kind, value)
        rows.append(row)
    Identifier.objects.bulk_create(rows)


def _index(controller_id: UUID, kind: str, value: str) -> bytes:
    return crypto.blind_index(str(controller_id), kind, value)


def _living(subject: Subject) -> Subject:
    while subject.merged_into is not None:
        subject = subject.merged_into
    return subject
