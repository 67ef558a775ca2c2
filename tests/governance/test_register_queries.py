from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from governance import queries
from governance.actions import holds
from governance.models import System
from governance.models.periods import Period
from governance.states import HoldGround
from privacy_portal import subjects
from privacy_portal.errors import Conflict, Invalid, NotFound
from privacy_portal.vocabulary import Actor, DataCategory

OFFICER = Actor.staff(1)


def codes(systems) -> list[str]:
    return [system.code for system in systems]


def test_systems_using_a_purpose(company):
    newsletter = queries.purpose_by_code(controller_id=company.pk, code="newsletter")

    assert codes(queries.systems_using(newsletter)) == ["marketing_service", "user_service"]


def test_systems_holding_a_category(company, borealis):
    assert codes(queries.systems_holding(DataCategory.FINANCIAL, controller_id=company.pk)) == [
        "payment_service"
    ]
    assert codes(queries.systems_holding(DataCategory.CONTACT, controller_id=borealis.pk)) == ["card_index"]


def test_a_retired_system_uses_nothing(company, system, noon):
    marketing = system("marketing_service")
    marketing.retired_at = noon
    marketing.save()
    newsletter = queries.purpose_by_code(controller_id=company.pk, code="newsletter")

    assert codes(queries.systems_using(newsletter)) == ["user_service"]
    assert codes(activity.system for activity in queries.activities_for(newsletter)) == ["user_service"]


def test_connections_come_after_those_they_depend_on(company):
    connected = queries.connections_for(company.pk)
    order = [one.code for one in connected]

    assert len(order) == 7
    assert order.index("marketing_service") < order.index("payment_service") < order.index("user_service")
    after = {one.code: one.after for one in connected}
    assert after["user_service"] == ("payment_service",)
    assert after["analytics_service"] == ()


def test_a_retired_dependency_no_longer_blocks(company, system, noon):
    marketing = system("marketing_service")
    marketing.retired_at = noon
    marketing.save()

    assert {one.code: one.after for one in queries.connections_for(company.pk)}["payment_service"] == ()


def test_a_circle_that_came_in_all_the_same_is_refused(company, system):
    system("marketing_service").after.add(system("user_service"))

    with pytest.raises(Conflict, match="marketing_service, payment_service, user_service"):
        queries.connections_for(company.pk)


def test_connections_are_read_in_few_queries(company, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        queries.connections_for(company.pk)


def test_a_purpose_is_live_while_somebody_works_for_it(company, system):
    orders = queries.purpose_by_code(controller_id=company.pk, code="orders")
    assert queries.is_live(orders)

    orders.is_live = False
    assert not queries.is_live(orders)


def test_purposes_of_another_controller_are_not_found(company, borealis):
    with pytest.raises(NotFound):
        queries.purpose_by_code(controller_id=borealis.pk, code="analytics")


def test_texts_fall_back_to_the_first_language(company):
    newsletter = queries.purpose_by_code(controller_id=company.pk, code="newsletter")

    assert newsletter.text_in("de").startswith("Wir senden")
    assert newsletter.text_in("fi") == newsletter.texts["en"]


def test_history_knows_when_the_manifest_changed_it(company, noon):
    assert {line.history_date for line in System.history.all()} == {noon}


# -- holds ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def person(company, noon):
    return subjects.remember(controller_id=company.pk, identifiers={"email": "ann@example.org"}, now=noon)


@pytest.fixture
def hold(company, noon):
    def place(**terms):
        given = {
            "subject_id": None,
            "dataset_id": None,
            "ground": HoldGround.LITIGATION,
            "reason": "Case 12/2026",
        }
        return holds.place_hold(
            controller_id=company.pk, review_on=date(2027, 1, 1), by=OFFICER, now=noon, **{**given, **terms}
        )

    return place


def test_holds_on_a_person_are_found_and_lifted(person, hold, company, noon, events):
    placed = hold(subject_id=person.pk)

    assert queries.holds_on(person.pk) == [placed]
    holds.lift_hold(hold_id=placed.pk, by=OFFICER, now=noon)
    assert queries.holds_on(person.pk) == []
    assert events(subject_id=person.pk) == ["hold_placed", "hold_lifted"]


def test_a_hold_on_a_dataset_touches_everybody(person, hold, system, company):
    placed = hold(dataset_id=system("payment_service").datasets.get(name="orders").pk)

    assert queries.holds_on(person.pk) == []
    assert queries.holds_touching(company.pk, person.pk) == [placed]
    assert queries.dataset_holds(company.pk) == [placed]


def test_a_hold_is_lifted_once(person, hold, noon):
    placed = hold(subject_id=person.pk)
    holds.lift_hold(hold_id=placed.pk, by=OFFICER, now=noon)

    with pytest.raises(Conflict):
        holds.lift_hold(hold_id=placed.pk, by=OFFICER, now=noon)


def test_a_hold_must_name_something_of_its_own_controller(hold, borealis, noon):
    with pytest.raises(Invalid):
        hold()
    stranger = subjects.remember(controller_id=borealis.pk, identifiers={"email": "bo@example.org"}, now=noon)
    with pytest.raises(NotFound):
        hold(subject_id=stranger.pk)
    with pytest.raises(NotFound):
        hold(dataset_id=System.objects.get(code="card_index").datasets.get().pk)


# -- periods --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("period", "now", "before"),
    [
        pytest.param("P7Y", "2026-11-21", "2019-11-21", id="years by the calendar"),
        pytest.param("P1M", "2026-03-31", "2026-02-28", id="no 31 February: the last day of the month"),
        pytest.param("P1Y", "2028-02-29", "2027-02-28", id="29 February has no day a year before"),
        pytest.param("P18M", "2026-11-21", "2025-05-21", id="months over a year"),
        pytest.param("P30D", "2026-03-15", "2026-02-13", id="days by the clock"),
        pytest.param("P1Y6M10D", "2026-11-21", "2025-05-11", id="a mixture"),
    ],
)
def test_what_started_before_this_day_is_past_its_period(period, now, before):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert Period.parse(period).before(moment) == datetime.fromisoformat(before).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "7Y", "P7", "P-7Y", "P0Y", "P101Y", "P7W", "7 years", "P1D "]
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValueError, match="not a period"):
        Period.parse(text)
