"""`manage.py demo --once` as a process, on the embedded default and on PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import re
import subprocess

import psycopg
import pytest

from privacy_portal.demo import story
from privacy_portal.demo.places import Places
from privacy_portal.demo.story.stage import check
from tests.demo.conftest import OURS, ROOT, demo_command

pytestmark = [pytest.mark.timeout(300), pytest.mark.both_sizes]
STEPS = [
    "demo company loaded",
    "consent withdrawn, systems stop",
    "access request answered",
    "person erased, approved by two",
    "old data swept, hold respected",
    "breach alerts under a moved clock",
    "ledger sealed and verified",
]


def once(*arguments: str, **more: str) -> subprocess.CompletedProcess:
    """In the surroundings of this pass: DATABASE_URL and REDIS_URL stay, where the suite has set them."""
    surroundings = {
        name: value for name, value in os.environ.items() if name not in OURS or name.endswith("_URL")
    }
    if surroundings.get("DATABASE_URL"):
        more.setdefault("DEMO_SQL_URL", surroundings["DATABASE_URL"])
    return subprocess.run(
        demo_command("--once", *arguments),
        cwd=ROOT,
        env={**surroundings, **more},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> subprocess.CompletedProcess:
    return once("--json", TMPDIR=str(tmp_path_factory.getbasetemp()))


def test_every_step_holds(told):
    answer = json.loads(told.stdout)

    assert [(step["name"], step["ok"]) for step in answer["steps"]] == [(name, True) for name in STEPS], (
        told.stdout
    )
    assert answer["ok"] is True
    assert told.returncode == 0


def test_the_answer_is_one_object_of_the_promised_shape_and_nothing_else(told):
    answer = json.loads(told.stdout)

    assert answer.keys() == {"ok", "steps"}
    assert all(step.keys() == {"name", "ok", "seconds", "detail"} for step in answer["steps"])
    assert all(step["detail"] and step["seconds"] >= 0 for step in answer["steps"])


def test_what_is_said_meanwhile_goes_elsewhere(told):
    assert told.stderr.count("\nok ") + told.stderr.startswith("ok ") == len(STEPS)


def test_nothing_is_left_behind(told, tmp_path_factory):
    assert list(tmp_path_factory.getbasetemp().glob("portal-once-*")) == []
    if url := os.environ.get("DATABASE_URL"):
        with psycopg.connect(url.replace("postgres://", "postgresql://", 1)) as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'portal_once_%'"
            ).fetchall()
        assert names == []


def test_a_directory_that_is_not_empty_is_refused_in_one_line(tmp_path):
    (tmp_path / "something").touch()

    refused = once("--data-dir", str(tmp_path))

    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "not empty" in refused.stderr


# -- when something does not hold ------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def _nothing_listens(monkeypatch):
    for name in ("ANALYTICS", "MARKETING"):
        monkeypatch.setenv(f"{name}_SERVICE_URL", "http://127.0.0.1:1")


def story_of(monkeypatch, tmp_path, *acts) -> tuple[list[story.Step], list[str]]:
    lines: list[str] = []
    monkeypatch.setattr(story, "_load", lambda stage: "loaded")
    monkeypatch.setattr(story, "_STEPS", acts)
    return story.tell(Places(tmp_path), say=lines.append), lines


def test_a_step_that_does_not_hold_is_shown_and_the_next_is_still_tried(monkeypatch, tmp_path):
    def lying(stage):
        check(False, "crm still holds 2 rows")

    def broken(stage):
        raise KeyError("rows")

    steps, lines = story_of(
        monkeypatch, tmp_path, ("lies", lying), ("breaks", broken), ("works", lambda stage: "fine")
    )

    assert [(step.name, step.ok) for step in steps[1:]] == [
        ("lies", False),
        ("breaks", False),
        ("works", True),
    ]
    assert steps[1].detail == "crm still holds 2 rows"
    assert re.fullmatch(r"KeyError: 'rows' \(test_once\.py:\d+\)", steps[2].detail)
    assert [line[:6] for line in lines] == ["ok    ", "FAILED", "FAILED", "ok    "]


def test_without_the_company_no_step_is_tried(monkeypatch, tmp_path):
    def broken(stage):
        raise OSError("no space left")

    monkeypatch.setattr(story, "_load", broken)
    steps = story.tell(Places(tmp_path), say=lambda line: None)

    assert [step.name for step in steps] == STEPS
    assert not any(step.ok for step in steps)
    assert "not tried" in steps[-1].detail


def test_ctrl_c_is_not_taken_for_a_step_that_failed():
    with pytest.raises(KeyboardInterrupt), story.Step("waits"):
        raise KeyboardInterrupt
