"""People are found by blind index, read only with their key, and gone when the key is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal import crypto, subjects
from privacy_portal.errors import Conflict, Invalid, NotFound
from privacy_portal.subjects.models import Identifier, Subject
from privacy_portal.subjects.register import normalised


@pytest.fixture
def acme(controller):
    return controller()


def test_a_person_is_found_again_by_any_identifier(acme, noon):
    person = subjects.remember(
        controller_id=acme.pk, identifiers={"email": "Ann@Example.org", "phone": "+353 1 234"}, now=noon
    )

    assert subjects.find(controller_id=acme.pk, kind="email", value="ann@example.ORG ") == person
    assert subjects.find(controller_id=acme.pk, kind="phone", value="+3531234") == person


def test_identifiers_are_encrypted_and_only_their_keyed_hash_is_searched(acme, noon):
    subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)

    row = Identifier.objects.get()
    assert b"ann" not in bytes(row.value)
    assert b"example" not in bytes(row.index)


def test_a_value_moved_to_another_person_cannot_be_read(acme, noon):
    ann = subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)
    ben = subjects.remember(controller_id=acme.pk, identifiers={"email": "ben@example.org"}, now=noon)
    stolen = ann.identifiers.get().value
    Identifier.objects.filter(subject=ben).update(value=stolen)

    with pytest.raises(crypto.Undecipherable):
        subjects.reveal(subject_id=ben.pk)


def test_two_controllers_do_not_share_people(acme, controller, noon):
    other = controller(code="other")
    subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)

    assert subjects.find(controller_id=other.pk, kind="email", value="ann@example.org") is None


def test_identifiers_of_two_people_are_ambiguous(acme, noon):
    subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)
    subjects.remember(controller_id=acme.pk, identifiers={"phone": "+3531234567"}, now=noon)

    with pytest.raises(subjects.AmbiguousSubject):
        subjects.remember(
            controller_id=acme.pk, identifiers={"email": "ann@example.org", "phone": "+3531234567"}, now=noon
        )


def test_every_id_of_a_person_merged_twice_leads_to_the_living_one_and_is_forgotten_with_it(acme, noon):
    people = [
        subjects.remember(controller_id=acme.pk, identifiers={"device_id": f"d-{number}"}, now=noon)
        for number in range(3)
    ]
    first, second, living = (person.pk for person in people)
    subjects.merge(from_id=first, into_id=second, now=noon)
    subjects.merge(from_id=second, into_id=living, now=noon)

    for each in (first, second, living):
        assert set(subjects.ids_of(subject_id=each)) == {first, second, living}
        assert len(subjects.reveal(subject_id=each)) == 3

    assert subjects.forget(subject_id=first, now=noon)
    assert not subjects.forget(subject_id=living, now=noon)
    assert subjects.reveal(subject_id=second) == []
    assert not Subject.objects.filter(forgotten_at=None).exists()


def test_a_merged_person_is_found_under_the_id_that_stays(acme, noon):
    device = subjects.remember(controller_id=acme.pk, identifiers={"device_id": "d-1"}, now=noon)
    known = subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)

    subjects.merge(from_id=device.pk, into_id=known.pk, now=noon)

    assert subjects.find(controller_id=acme.pk, kind="device_id", value="d-1") == known
    assert {item.kind for item in subjects.reveal(subject_id=known.pk)} == {"email", "device_id"}
    assert subjects.reveal(subject_id=device.pk) == subjects.reveal(subject_id=known.pk)
    assert subjects.kinds_known([device.pk])[device.pk] == {"email", "device_id"}
    assert not device.identifiers.exists()


def test_people_of_two_controllers_are_never_merged(acme, controller, noon):
    ann = subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)
    other = subjects.remember(
        controller_id=controller(code="other").pk, identifiers={"email": "ann@example.org"}, now=noon
    )

    with pytest.raises(Conflict):
        subjects.merge(from_id=ann.pk, into_id=other.pk, now=noon)


def test_forgetting_destroys_key_and_identifiers_and_keeps_the_id(acme, noon):
    ann = subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)

    subjects.forget(subject_id=ann.pk, now=noon)

    gone = Subject.objects.get(pk=ann.pk)
    assert gone.key is None and gone.forgotten_at == noon
    assert not Identifier.objects.exists()
    assert subjects.find(controller_id=acme.pk, kind="email", value="ann@example.org") is None


def test_nothing_is_added_to_a_forgotten_person(acme, noon):
    ann = subjects.remember(controller_id=acme.pk, identifiers={"email": "ann@example.org"}, now=noon)
    subjects.forget(subject_id=ann.pk, now=noon)

    with pytest.raises(NotFound):
        subjects.add(subject_id=ann.pk, identifiers={"phone": "+3531234567"}, now=noon)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "no at sign"), ("email", ""), ("phone", "12"), ("customer_id", " "), ("shoe", "42")],
)
def test_a_malformed_identifier_is_refused_and_the_field_named(kind, value):
    with pytest.raises(Invalid) as refused:
        normalised(kind, value)

    assert refused.value.field in (kind, "identifiers")


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_at_its_place_only(plain, place):
    sealed = crypto.seal(plain, place)

    assert crypto.unseal(sealed, place) == plain
    with pytest.raises(crypto.Undecipherable):
        crypto.unseal(sealed, place + "x")


def test_old_values_open_after_a_new_master_key_came(settings, noon):
    sealed = crypto.new_subject_key("a")
    fresh = "A" * 43 + "="
    settings.PORTAL_MASTER_KEYS = f"{settings.PORTAL_MASTER_KEYS},{fresh}"

    rewrapped = crypto.rewrap(sealed, "a")

    assert crypto.unseal(sealed, "a") == crypto.unseal(rewrapped, "a")
    assert (sealed[0], rewrapped[0]) == (0, 1)
