"""The main job, told in steps: each does something at the product and checks it by asking the outside systems."""

from __future__ import annotations

from collections.abc import Callable

from privacy_portal import bell
from privacy_portal.demo import company, groundwork, processes, stores
from privacy_portal.demo.places import HTTP_SERVICES, Places
from privacy_portal.demo.story import access, breach, consent, erasure, ledger, sweep
from privacy_portal.demo.story.stage import NotSo, Stage, Step
from privacy_portal.demo.witness import Witness

_KNOWN_CONSENTS = 200
_BELLS = ("portal.deliver", "portal.run_tasks", "portal.tick", "consent.send_links")
_STEPS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("consent withdrawn, systems stop", consent.withdraw),
    ("access request answered", access.answer),
    ("person erased, approved by two", erasure.erase),
    ("old data swept, hold respected", sweep.sweep),
    ("breach alerts under a moved clock", breach.alert),
    ("ledger sealed and verified", ledger.prove),
)


def tell(places: Places, *, say: Callable[[str], None]) -> list[Step]:
    """Load the company and go through every step; what fails is noted, and the next one is tried all the same."""
    services = {name: processes.http_service(places, name) for name in HTTP_SERVICES}
    stage = Stage(places=places, services=services, witness=Witness(places), say=say)
    try:
        # Nobody but us works here: every bell would ring in an empty house, or in somebody else's.
        with bell.answered_here(*_BELLS):
            opening = _step("demo company loaded", _load, stage)
            if not opening.ok:
                return [opening, *(_not_tried(name) for name, _act in _STEPS)]
            return [opening, *(_step(name, act, stage) for name, act in _STEPS)]
    finally:
        processes.stop_all(list(services.values()))
        stores.drop_databases(places)


def _step(name: str, act: Callable[[Stage], str], stage: Stage) -> Step:
    with Step(name) as step:
        step.detail = act(stage)
    stage.say(f"{'ok    ' if step.ok else 'FAILED'} {step.seconds:6.1f} s  {name}: {step.detail}")
    return step


def _not_tried(name: str) -> Step:
    return Step(name, detail="not tried: the company is not loaded")


def _load(stage: Stage) -> str:
    for service in stage.services.values():
        service.start()
    with groundwork.without_waiting_for_the_disk():
        groundwork.migrate()
        stage.people = company.load(
            stage.places, now=stage.now(), say=lambda _line: None, deciding=_KNOWN_CONSENTS
        )
    for service in stage.services.values():
        service.wait_until_ready(seconds=30)
    accounts = stage.witness.count("user_service", "accounts")
    if accounts != len(stage.people):
        raise NotSo(f"user_service has {accounts} accounts, not {len(stage.people)}")
    return f"{accounts} people in {len(stage.services) + len(stores.TABLES)} systems and a letters archive"
