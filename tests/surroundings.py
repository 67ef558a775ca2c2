"""What every test process must have around it before the settings are read; a pytest plugin named in pyproject.toml.

Each process gets a data directory of its own, and on Redis a database of its own, so that parallel tests do not
meet and a running demo is never touched.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# Tests empty the Redis database they use, so they never use the one REDIS_URL names.
FIRST_REDIS_DATABASE = 9


def _data_dir() -> Path:
    if WORKER:
        # Inside the directory of the process that started this worker, which removes it.
        own = Path(os.environ["PORTAL_DATA_DIR"]) / WORKER
        own.mkdir()
        return own
    fresh = Path(tempfile.mkdtemp(prefix="portal-test-"))
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    return fresh


def _redis_url(url: str) -> str:
    """The same server, another database: worker gw0 takes the tenth, gw1 the next."""
    number = FIRST_REDIS_DATABASE + int(WORKER.removeprefix("gw") or 0)
    return urlsplit(url)._replace(path=f"/{number}").geturl()


os.environ["PORTAL_DATA_DIR"] = str(_data_dir())
if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = _redis_url(os.environ["REDIS_URL"])
# Playwright keeps an event loop running in the thread of the test; the tests themselves are synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
