"""One table that every connector passes: what may be relied on whatever stands behind the seven verbs."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from privacy_portal.connectors import fake
from privacy_portal.connectors.base import (
    Connector,
    DatasetOutcome,
    Order,
    Outcome,
    Record,
    Refused,
    State,
    Unreachable,
)
from privacy_portal.connectors.fake import FakeConnector
from privacy_portal.connectors.http import HttpConnector
from privacy_portal.connectors.mail import MailConnector
from privacy_portal.connectors.manual import ManualConnector
from privacy_portal.connectors.sql import SqlConnector
from tests.connectors import world
from tests.connectors.world import ANN, BOB, order

VERBS = ("locate", "export", "erase", "rectify", "restrict", "expire", "notify")


@dataclass
class Case:
    """A connector over a system that knows Ann and Bob, and how that system is to be spoken to."""

    connector: Connector
    dataset: str = "accounts"
    answers: State = State.DONE
    later: bool = False

    def order(self, verb: str, identifiers: tuple | None = None, **given: object) -> Order:
        said = {
            "rectify": {
                "instructions": {"dataset": self.dataset, "fields": ["name"]},
                "values": {"name": "Anna"},
            },
            "expire": {
                "instructions": {"dataset": self.dataset, "before": "2022-01-01T00:00:00+00:00", "limit": 10}
            },
            "notify": {
                "instructions": {
                    "type": "consent.withdrawn",
                    "purpose": "newsletter",
                    "actions": ["stop_processing", "paint_it_blue"],
                    "data": {},
                }
            },
        }
        meant = (() if verb == "expire" else ANN) if identifiers is None else identifiers
        url = "http://127.0.0.1:9/callback"
        return order(verb, meant, **{"callback_url": url, **said.get(verb, {}), **given})

    def ask(self, verb: str, identifiers: tuple | None = None, **given: object) -> Outcome:
        return getattr(self.connector, verb)(self.order(verb, identifiers, **given))


def _sql(url: str) -> Case:
    return Case(SqlConnector({"url": url, **world.SQL_OPTIONS}))


def _http(service: world.ServiceProcess, *, later: bool) -> Case:
    connector = HttpConnector(service.options, secret=world.SECRET, allow=service.allow)
    return Case(
        connector, dataset="subscribers", answers=State.ACCEPTED if later else State.DONE, later=later
    )


def _fake() -> Case:
    fake.forget()
    ann = {"email": "ann@example.org", "customer_id": "1", "name": "Ann", "start": "2020-01-01"}
    bob = {"email": "bob@example.org", "customer_id": "2", "name": "Bob", "start": "2025-01-01"}
    return Case(FakeConnector({"store": "contract", "rows": {"accounts": [ann, bob]}}))


def _mail() -> Case:
    options = {"to": "privacy@vendor.example", "from": "dpo@acme.example", "send": lambda letter: None}
    return Case(MailConnector(options), answers=State.NEEDS_PERSON)


@pytest.fixture(params=["sql-sqlite", "sql-postgres", "http", "http-later", "mail", "manual", "fake"])
def case(request: pytest.FixtureRequest) -> Case:
    value = request.getfixturevalue
    makers = {
        "sql-sqlite": lambda: _sql(value("sqlite_company")),
        "sql-postgres": lambda: _sql(value("postgres_company")),
        "http": lambda: _http(value("service"), later=False),
        "http-later": lambda: _http(value("later_service"), later=True),
        "mail": _mail,
        "manual": lambda: Case(ManualConnector({}), answers=State.NEEDS_PERSON),
        "fake": _fake,
    }
    return makers[request.param]()


def claims_nothing(outcome: Outcome) -> bool:
    """Whether the answer is still to come; until then nothing may be claimed."""
    if outcome.state == State.DONE:
        return False
    assert outcome.datasets == outcome.actions == outcome.identifiers == ()
    assert outcome.rows_left is None
    return True


def found(outcome: Outcome) -> int:
    return sum(dataset.found for dataset in outcome.datasets)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_answers_with_an_outcome_of_a_known_state(case: Case, verb: str):
    outcome = case.ask(verb)

    expected = State.DONE if case.later and verb in ("locate", "export") else case.answers
    assert outcome.state == expected


@pytest.mark.parametrize("verb", VERBS)
def test_an_outcome_survives_storage_and_holds_no_personal_data(case: Case, verb: str):
    outcome = case.ask(verb)

    stored = json.dumps(outcome.as_json())
    assert Outcome.from_json(json.loads(stored)).as_json() == outcome.as_json()
    assert "ann" not in stored.lower()
    assert "ann@" not in repr(outcome)


def test_it_says_whether_a_lost_answer_may_be_asked_for_again(case: Case):
    assert isinstance(case.connector.repeatable, bool)


def test_an_erase_says_how_many_rows_are_left(case: Case):
    outcome = case.ask("erase")

    if claims_nothing(outcome):
        return
    assert outcome.rows_left == 0
    assert found(outcome) > 0
    for dataset in outcome.datasets:
        assert dataset.found == dataset.erased + dataset.changed + dataset.kept + dataset.left


def test_after_an_erase_the_person_is_found_no_more_and_others_are(case: Case):
    before = case.ask("locate", BOB)
    if claims_nothing(case.ask("erase")):
        return

    again = case.ask("locate")
    assert sum(dataset.erased for dataset in again.datasets) == 0
    assert case.ask("locate", BOB).datasets == before.datasets
    assert found(before) > 0


def test_the_same_order_twice_is_answered_alike_and_done_once(case: Case):
    once = case.order("erase")

    first = case.connector.erase(once)
    second = case.connector.erase(once)

    if first.state != State.ACCEPTED:  # who answers later may have answered by now
        assert (second.state, second.rows_left) == (first.state, first.rows_left)
    assert second.state in (first.state, State.DONE)


def test_a_dry_run_counts_what_the_erase_then_does(case: Case):
    planned = case.ask("locate")
    done = case.ask("erase")

    if claims_nothing(done):
        return
    assert [(each.dataset, each.found, each.erased) for each in planned.datasets] == [
        (each.dataset, each.found, each.erased) for each in done.datasets
    ]


def test_an_export_gives_records_and_nothing_of_others(case: Case):
    outcome = case.ask("export")

    if claims_nothing(outcome):
        return
    records = list(outcome.records)
    assert records
    assert all(isinstance(record, Record) for record in records)
    assert "Ann" in str([record.values for record in records])
    assert "Bob" not in str([record.values for record in records])
    assert json.dumps([dict(record.values) for record in records])


def test_somebody_unknown_is_no_error(case: Case):
    nobody = (
        world.Identifier("email", "nobody@example.org"),
        world.Identifier("customer_id", "x'; DROP TABLE"),
    )

    outcome = case.ask("erase", nobody)
    exported = case.ask("export", nobody)

    assert found(outcome) == 0
    assert list(exported.records) == []


def test_locate_names_further_ways_to_find_the_person(case: Case):
    outcome = case.ask("locate", ANN[:1])

    if claims_nothing(outcome):
        return
    assert world.Identifier("customer_id", "1") in outcome.identifiers


def test_a_sweep_in_a_dry_run_changes_nothing(case: Case):
    said = {"dataset": case.dataset, "before": "2022-01-01T00:00:00+00:00", "dry_run": True}

    first = case.ask("expire", instructions=said)
    second = case.ask("expire", instructions=said)

    if claims_nothing(first):
        return
    assert found(first) >= 1
    assert first.datasets == second.datasets
    assert found(case.ask("locate")) > 0


def test_a_sweep_leaves_people_on_hold_alone(case: Case):
    said = {"dataset": case.dataset, "before": "2022-01-01T00:00:00+00:00"}
    before = case.ask("locate")

    outcome = case.connector.expire(case.order("expire", ANN, instructions=said))

    if claims_nothing(outcome):
        return
    assert outcome.rows_left == 0
    assert case.ask("locate").datasets == before.datasets


def test_a_notice_names_only_actions_that_were_carried_out(case: Case):
    outcome = case.ask("notify")

    everything = ("stop_processing", "paint_it_blue") if isinstance(case.connector, FakeConnector) else ()
    assert claims_nothing(outcome) or outcome.actions == (everything or ("stop_processing",))


@pytest.mark.parametrize("verb", ["expire", "rectify"])
def test_a_dataset_that_is_not_there_is_refused(case: Case, verb: str):
    said = {"dataset": "nothing", "before": "2022-01-01T00:00:00+00:00", "fields": ["name"]}

    if case.answers != State.DONE:
        assert claims_nothing(case.ask(verb, instructions=said))
        return
    with pytest.raises(Refused) as refusal:
        case.ask(verb, instructions=said)
    assert refusal.value.code.endswith("no_such_dataset")


def test_failures_have_short_codes_without_personal_data():
    for failure in (Unreachable("timeout"), Refused("bad_answer")):
        assert str(failure) == failure.code


def test_counts_of_a_stored_outcome_must_be_counts():
    with pytest.raises(ValueError, match="invalid literal"):
        DatasetOutcome.from_json({"dataset": "accounts", "found": "many"})
