"""`manage.py demo --once`: the main job without browser or server, in a place of its own that is gone afterwards.

The command replaces itself by this module, because settings are read once, at the start of a process:

    python -m privacy_portal.demo.once [--json] [--data-dir DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import django
import psycopg
from psycopg import sql

from privacy_portal.demo import processes
from privacy_portal.demo.places import HTTP_SERVICES, Places


def replace_this_process(*, as_json: bool, data_dir: Path | None) -> NoReturn:
    """From the management command; does not come back."""
    command = [sys.executable, "-m", "privacy_portal.demo.once"]
    command += ["--json"] if as_json else []
    command += ["--data-dir", str(data_dir)] if data_dir else []
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": str(processes.ROOT)})  # noqa: S606


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with _own_place(given.data_dir) as places:
            return _tell(places, as_json=given.as_json)
    except CannotBegin as reason:
        print(f"demo --once cannot begin: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


class CannotBegin(Exception):
    """There is no place to run in; the message says why."""


@contextmanager
def _own_place(wanted: Path | None) -> Iterator[Places]:
    """A data directory of its own and, where DATABASE_URL names a server, a database of its own on it."""
    if wanted is not None and wanted.exists() and any(wanted.iterdir()):
        raise CannotBegin(f"{wanted} is not empty; it needs a directory of its own")
    data_dir = wanted or Path(tempfile.mkdtemp(prefix="portal-once-"))
    try:
        with _own_database(os.environ.get("DATABASE_URL", ""), f"portal_once_{os.getpid()}") as url:
            places = Places(
                data_dir.resolve(), os.environ.get("DEMO_SQL_URL", ""), f"portal_once_{os.getpid()}_"
            )
            ports = {name: processes.free_port() for name in HTTP_SERVICES}
            places.make()
            os.environ.update(_environment(places, ports, url))
            yield places
    except psycopg.Error as error:
        raise CannotBegin(f"the database server does not let us: {str(error).splitlines()[0]}") from error
    finally:
        if wanted is None:
            shutil.rmtree(data_dir, ignore_errors=True)


@contextmanager
def _own_database(server: str, name: str) -> Iterator[str]:
    """The URL of a fresh database; empty for SQLite, which makes its file by itself."""
    if not server:
        yield ""
        return
    admin = server.replace("postgres://", "postgresql://", 1)
    _on(admin, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        _on(admin, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _on(server: str, statement: sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


def _environment(places: Places, ports: Mapping[str, int], database_url: str) -> dict[str, str]:
    return {
        **places.environment(dict(ports)),
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
        "DATABASE_URL": database_url,
        "PORTAL_PRODUCTION": "0",
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "PORTAL_LOG_LEVEL": os.environ.get("PORTAL_LOG_LEVEL", "ERROR"),
    }


def _tell(places: Places, *, as_json: bool) -> int:
    """Run every step, show each as it ends; 0 only if all hold."""
    django.setup()
    from privacy_portal.demo import story  # needs the settings that were just given

    out = sys.stderr if as_json else sys.stdout
    steps = story.tell(places, say=lambda line: print(line, file=out, flush=True))
    ok = all(step.ok for step in steps)
    if as_json:
        print(json.dumps({"ok": ok, "steps": [step.as_json() for step in steps]}, ensure_ascii=False))
    else:
        failed = [step.name for step in steps if not step.ok]
        print(
            f"\nNOT all hold: {', '.join(failed)}"
            if failed
            else f"\nAll {len(steps)} steps hold, asked of the systems themselves."
        )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
