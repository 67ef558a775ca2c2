"""A dry run learns more about the person while it lasts; an order that is repeated meanwhile must not change."""

from __future__ import annotations

import pytest

from privacy_portal import subjects
from privacy_portal.fanout.models import SystemTask
from privacy_portal.fanout.orders import orders_for
from privacy_portal.vocabulary import CauseKind

pytestmark = pytest.mark.django_db


def test_a_count_that_is_asked_again_names_the_person_as_it_did_the_first_time(planned, noon):
    request = planned()
    tasks = SystemTask.objects.of_cause(CauseKind.LOCATION, request.pk).select_related(
        "connection__controller"
    )
    first = tasks.get(connection__code="shop", instructions__known_by=["email"])

    subjects.add(subject_id=request.subject_id, identifiers={"phone": "+353 1 234 5678"}, now=noon)
    order = orders_for([first], now=noon)[first.pk]

    assert {identifier.kind for identifier in order.identifiers} == {"email"}


def test_a_count_that_would_name_nobody_is_not_asked(planned, noon):
    request = planned()
    task = (
        SystemTask.objects.of_cause(CauseKind.LOCATION, request.pk)
        .select_related("connection__controller")
        .first()
    )
    task.instructions["known_by"] = ["device_id"]

    assert orders_for([task], now=noon) == {task.pk: None}
