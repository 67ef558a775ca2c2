"""The clock by itself: `celery --app privacy_portal.clock beat`.

Beat needs the schedule and the broker, nothing else of the house: without Django it takes less than half the memory.
Which job a clock starts, and why, is in `wiring.SCHEDULE`.
"""

from __future__ import annotations

from celery import Celery
from celery.signals import setup_logging

from privacy_portal import environment
from privacy_portal.environment import env, env_bool
from privacy_portal.wiring import SCHEDULE

app = Celery("privacy_portal.clock", fixups=[])
app.conf.update(
    broker_url=environment.broker_url(),
    broker_transport_options=environment.broker_options(environment.broker_url(), environment.data_dir()),
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    beat_schedule={name: entry.as_celery() for name, entry in SCHEDULE.items()},
    beat_schedule_filename=str(environment.data_dir() / "beat-schedule"),
    task_default_queue=environment.BELLS,
    task_ignore_result=True,
    timezone="UTC",
)


@setup_logging.connect
def log_as_the_house_does(**_: object) -> None:
    environment.configure_logging(
        level=env("PORTAL_LOG_LEVEL", "INFO"), json=env_bool("PORTAL_PRODUCTION", False)
    )
