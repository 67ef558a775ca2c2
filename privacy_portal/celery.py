"""Celery executes; the database is the queue of record."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
# `migrate` and `make check` run Django's checks. In a worker they would only load every page, for 20 MB a process.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("privacy_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def route(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], options: Any, task: Any = None) -> Any:
    """Each executor group is a queue of its own, so that a fleet of workers can serve one area."""
    if name == "portal.run_tasks":
        return {"queue": f"fanout.{args[0] if args else 'default'}"}
    return None


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Django has configured logging already; Celery must not replace it."""


@task_prerun.connect
def hear_the_bell(task: Any, args: Any, **_: object) -> None:
    from privacy_portal import bell  # the settings are ready by now

    bell.heard(task.name, *args)


@worker_ready.connect
def look_for_work(**_: object) -> None:
    """A worker that starts after a crash asks at once what is waiting."""
    app.send_task("portal.tick", retry=False, ignore_result=True)
