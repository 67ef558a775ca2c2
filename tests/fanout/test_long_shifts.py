"""While every process is in the middle of a long run, nobody is left to tick: the run itself looks after the dead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_portal.connectors.base import Outcome
from privacy_portal.fanout import run
from privacy_portal.fanout.ask import Ask
from privacy_portal.fanout.claim import LEASE, claim
from privacy_portal.fanout.states import Status
from privacy_portal.vocabulary import Verb

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_takes_back_tasks_of_dead_workers_while_it_still_has_work(house, noon):
    moments = [noon]

    def slow(order):
        moments.append(moments[-1] + timedelta(seconds=3))
        return Outcome(rows_left=0)

    lost = house.ask(house.system("lost"))
    claim(group="default", now=noon, room=1)
    busy = house.system("busy", slow)
    steps = [Ask("0", busy, Verb.ERASE, house.subject.pk)]
    steps += [Ask(str(n), busy, Verb.ERASE, house.subject.pk, after=[str(n - 1)]) for n in range(1, 5)]
    house.ask_graph(*steps)

    run.work(group="default", clock=lambda: moments[-1])

    lost.refresh_from_db()
    assert lost.status == Status.COMPLETED
    assert lost.finished_at - noon < 2 * LEASE
