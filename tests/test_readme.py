"""Every command the README shows is executed: by a test, or by `.ci/run` through the Makefile.

A command is a line of a block marked ```console that starts with `$ `. EXECUTED names for each the file and the
words in that file which run it; a command that is missing there, or a row that the README no longer shows, fails.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from privacy_portal.api.models import ServiceClient
from privacy_portal.organisation.models import Controller
from tests.governance.test_manifest import SMALL

ROOT = Path(__file__).resolve().parent.parent

STARTS_PRODUCTION = ("tests/test_toolchain.py", "def test_production_starts_from_plain_commands")
FIRST_STEPS = ("tests/test_readme.py", "def test_the_first_steps_run_as_shown_and_in_that_order")
RUN_BELOW = ("tests/test_readme.py", "def test_the_main_job_runs_as_shown")
EXECUTED = {
    "make demo": ("tests/test_toolchain.py", "def test_make_demo_installs_and_starts_the_demo"),
    "make test": (".ci/run", "make test"),
    "make check": (".ci/run", "make check"),
    ".venv/bin/python manage.py demo --once": RUN_BELOW,
    ".venv/bin/python manage.py deadlines --law GDPR --clock request --right access --start 2026-01-31 --calendar IE": (
        RUN_BELOW
    ),
    ".venv/bin/python manage.py verify_ledger": RUN_BELOW,
    # There is no Docker where the tests run: what these start is run without it, as the rows below.
    "docker compose up --build --detach": STARTS_PRODUCTION,
    'docker compose run --rm --volume "$PWD/manifest.yaml:/manifest.yaml:ro" web python manage.py register '
    "/manifest.yaml": FIRST_STEPS,
    "docker compose run --rm web python manage.py add_staff dana@example.org --name Dana --controller acme --role dpo "
    "--admin": FIRST_STEPS,
    "docker compose run --rm web python manage.py add_service web-shop --controller acme --scope consents:write": (
        FIRST_STEPS
    ),
    # These are the commands of compose.yaml, compared below.
    ".venv/bin/python manage.py migrate --no-input": STARTS_PRODUCTION,
    ".venv/bin/python manage.py collectstatic --no-input": STARTS_PRODUCTION,
    ".venv/bin/granian --interface wsgi privacy_portal.wsgi:application": STARTS_PRODUCTION,
    ".venv/bin/celery --app privacy_portal worker --queues portal,fanout.default --loglevel info": STARTS_PRODUCTION,
    ".venv/bin/celery --app privacy_portal.clock beat --loglevel info": STARTS_PRODUCTION,
}
PLAIN = ("migrate", "collectstatic", "web", "worker", "beat")


def readme_commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s+#.*$", "", line.removeprefix("$ ")).strip() for line in lines]


def test_the_readme_shows_its_commands_in_console_blocks():
    fences = re.findall(r"^```(bash|sh|shell)\b", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert readme_commands()
    assert not fences, "commands stand in ```console blocks, where this test sees them"


def test_every_command_of_the_readme_is_executed_somewhere():
    assert [command for command in readme_commands() if command not in EXECUTED] == []


def test_every_row_is_still_in_the_readme():
    assert [command for command in EXECUTED if command not in readme_commands()] == []


@pytest.mark.parametrize(("command", "place"), EXECUTED.items())
def test_what_is_said_to_execute_it_exists(command, place):
    path, words = place

    assert words in (ROOT / path).read_text(), f"{command}: {path} no longer has {words!r}"


@pytest.mark.timeout(400)
def test_the_main_job_runs_as_shown(tmp_path):
    """In the order of the README, on an embedded installation that holds nothing yet."""
    servers = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")
    environment = {name: value for name, value in os.environ.items() if name not in servers}
    environment |= {"PORTAL_DATA_DIR": str(tmp_path / "var")}

    installed = [sys.executable, "manage.py", "migrate", "--no-input"]
    subprocess.run(installed, cwd=ROOT, env=environment, capture_output=True, check=True)
    for command in [command for command, place in EXECUTED.items() if place == RUN_BELOW]:
        _program, *arguments = shlex.split(command)
        ran = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
        assert ran.stdout.strip(), f"{command} says nothing"


@pytest.mark.django_db
def test_the_first_steps_run_as_shown_and_in_that_order(tmp_path, monkeypatch):
    """What stands behind `manage.py` in each, on an installation that holds nothing yet."""
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(SMALL)
    monkeypatch.setenv("PORTAL_STAFF_PASSWORD", "correct-horse-battery")

    for command in [command for command, place in EXECUTED.items() if place == FIRST_STEPS]:
        arguments = command.partition(" manage.py ")[2].replace("/manifest.yaml", str(manifest))
        said = StringIO()
        call_command(*shlex.split(arguments), stdout=said)
        assert said.getvalue().strip(), f"{command} says nothing"

    assert Controller.objects.get().memberships.get().user.is_staff
    assert ServiceClient.objects.get().scopes == ["consents:write"]


def test_compose_passes_every_variable_that_the_readme_names():
    text = (ROOT / "README.md").read_text().partition("## Production")[2]
    passed = yaml.safe_load((ROOT / "compose.yaml").read_text())["x-portal"]["environment"]

    # Where embedded state lives is the image's, and the broker is the Redis of this file.
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text)) - {"PORTAL_DATA_DIR", "BROKER_URL"}

    assert {"PORTAL_OUTBOUND_ALLOW", "PORTAL_EXECUTOR_GROUPS"} <= set(passed)
    assert named <= set(passed)


@pytest.mark.parametrize("service", PLAIN)
def test_the_plain_commands_are_those_of_compose(service):
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())

    command = ".venv/bin/" + " ".join(compose["services"][service]["command"])

    assert command in readme_commands()


def test_files_the_readme_links_to_exist():
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / "README.md").read_text())

    assert [link for link in links if not (ROOT / link).exists()] == []
