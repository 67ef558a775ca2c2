"""What must be true when all is quiet again, whatever happened before; the systems themselves are asked."""

from __future__ import annotations

from typing import Any

from privacy_portal.demo.people import Person
from privacy_portal.demo.places import HTTP_SERVICES
from tests.faults import stores

SYSTEMS = 6
"""Two databases, two services, and our own consents and request files."""

LETTERS = {"dsr_started", "dsr_answered"}


def check_nothing_was_lost(world) -> dict[str, Any]:
    """Returns the report of the house, with `copies` (mails sent more than once) and `understated` letters."""
    report = world.house("report")
    _check_that_all_is_done(world, report)
    _check_the_stores(world)
    _check_the_requests(world, report)
    _check_the_journals(world)
    report["copies"] = _check_the_mails(world)
    report["understated"] = _understated(world, report)
    world.run("manage.py", "seal_ledger")
    world.run("manage.py", "verify_ledger")
    return report


def _check_that_all_is_done(world, report: dict[str, Any]) -> None:
    """Every task and every delivery, and each end was told once."""
    summary = world.summary()
    assert report["open"] == 0, summary
    assert report["tasks"].keys() == {"completed"}, summary
    assert report["completed_events"] == report["tasks_told"] == report["tasks"]["completed"], summary
    assert report["deliveries"].keys() == {"done"}, summary


def _check_the_stores(world) -> None:
    """Who asked is gone, but for what a statute keeps; everybody else's rows are as they were."""
    left, expected = stores.rows(world.places), stores.without(world.before, world.asked.values())
    for table, rows in expected.items():
        assert left[table] == rows, table


def _check_the_requests(world, report: dict[str, Any]) -> None:
    """Each end state is the true one for this person, and we have forgotten them."""
    assert report["requests"].keys() == world.asked.keys()
    for request_id, person in world.asked.items():
        facts = report["requests"][request_id]
        assert facts["status"] == _true_end(world, person), facts
        assert facts["done"] == facts["total"] == SYSTEMS, facts
        assert facts["forgotten"], facts
    assert report["identifiers"] == 0


def _true_end(world, person: Person) -> str:
    kept = [row for row in _invoices(world, person) if stores.must_be_kept("invoices", row)]
    return "completed_with_exceptions" if kept else "completed"


def _invoices(world, person: Person) -> list[dict[str, Any]]:
    return [row for row in world.before["invoices"] if row["customer_id"] == person.customer_id]


def _check_the_journals(world) -> None:
    """However often it was asked, a service carried out each order once; counting has no effect at all."""
    keys = world.house("keys")
    for service in HTTP_SERVICES:
        journal = stores.journal(world.places, service)
        assert {key: verb for key, (verb, _received, _effects) in journal.items()} == keys[service]
        for verb, received, effects in journal.values():
            assert received >= 1
            assert effects == (1 if verb == "erase" else 0), verb


def _check_the_mails(world) -> int:
    """One letter of each kind to each person, under one Message-ID. Returns how many were sent more than once.

    Mail is sent at least once: who is killed between sending and writing it down sends again, with the same Message-ID.
    """
    mailbox = stores.mailbox(world.places)
    asked_for = world.house("letters")
    known = set()
    assert asked_for.keys() == world.asked.keys()
    for request_id, person in world.asked.items():
        assert asked_for[request_id].keys() == LETTERS
        for [[key, attempts]] in asked_for[request_id].values():
            assert 1 <= len(mailbox[key]) <= attempts
            assert {letter.to for letter in mailbox[key]} == {person.email}
            known.add(key)
    assert mailbox.keys() == known
    return sum(len(copies) > 1 for copies in mailbox.values())


def _understated(world, report: dict[str, Any]) -> list[str]:
    """Requests whose answer counts fewer rows erased than went from a store."""
    wrong = []
    for request_id, person in world.asked.items():
        mine = {person.customer_id, person.email}
        for table, rows in world.before.items():
            own = [row for row in rows if row[stores.OWNERS[table]] in mine]
            gone = sum(not stores.must_be_kept(table, row) for row in own)
            if report["requests"][request_id]["erased"].get(table, 0) < gone:
                wrong.append(f"{request_id} {table}")
    return wrong
