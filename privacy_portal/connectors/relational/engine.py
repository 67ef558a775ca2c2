"""Connections to other people's databases: few kept open, reads read-only, every statement bounded in time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import NullPool, QueuePool

from privacy_portal.connectors.base import Refused, Unreachable

_CONNECT_SECONDS = 5
_POOL: dict[str, Any] = {
    "poolclass": QueuePool,
    "pool_size": 2,
    "max_overflow": 14,
    "pool_recycle": 300,
    "pool_use_lifo": True,
}
"""To open a connection costs a server more than our questions: two stay, further ones are closed after use."""


def url_and_key(url: str, secret: str) -> tuple[sa.URL, bytes]:
    """The database's URL with its password, and the key of pseudonyms.

    The secret is a password, a whole URL, or JSON with any of `url`, `password`, `pseudonym_key`.
    """
    given = (
        json.loads(secret) if secret.startswith("{") else {"url" if "://" in secret else "password": secret}
    )
    text = str(given.get("url") or url).replace("postgres://", "postgresql://", 1)
    try:
        parsed = sa.make_url(text)
    except exc.ArgumentError:
        raise Refused("bad_database_url") from None
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if given.get("password"):
        parsed = parsed.set(password=str(given["password"]))
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise Refused("bad_database_url")
    return parsed, str(given.get("pseudonym_key") or "").encode()


_engines: dict[sa.URL, sa.Engine] = {}
_making = threading.Lock()


def engine_for(url: sa.URL) -> sa.Engine:
    """One engine per database and process: it holds the dialect, compiled statements and a few connections."""
    with _making:
        if url not in _engines:
            _engines[url] = _make(url)
        return _engines[url]


@contextmanager
def reading(engine: sa.Engine, seconds: float) -> Iterator[sa.Connection]:
    """A read-only transaction."""
    with _failures(), engine.connect() as connection:
        connection.execution_options(portal_writes=False, portal_seconds=seconds)
        yield connection


@contextmanager
def writing(engine: sa.Engine, seconds: float) -> Iterator[sa.Connection]:
    """One transaction, committed at the end: all of it or none."""
    with _failures(), engine.connect() as connection:
        connection.execution_options(portal_writes=True, portal_seconds=seconds)
        with connection.begin():
            yield connection


def _make(url: sa.URL) -> sa.Engine:
    common: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
    try:
        if url.get_backend_name() == "sqlite":
            # A file costs nothing to open, and one that was put in its place meanwhile must be seen.
            creator = _opens(str(url.database))
            engine = sa.create_engine("sqlite://", creator=creator, poolclass=NullPool, **common)
        elif url.get_backend_name() == "postgresql":
            settings = {
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": "privacy-portal",
                "prepare_threshold": None,
            }
            engine = sa.create_engine(url, connect_args=settings, **_POOL, **common)
        else:
            engine = sa.create_engine(url, **_POOL, **common)
    except (exc.NoSuchModuleError, ModuleNotFoundError):
        raise Refused("no_database_driver") from None
    event.listen(engine, "begin", _begin)
    return engine


def _opens(path: str) -> Any:
    def connect() -> sqlite3.Connection:
        # mode=rw: a missing file is an error, not a new and empty database in which nobody is found.
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=rw",
            uri=True,
            timeout=_CONNECT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    return connect


def _begin(connection: sa.Connection) -> None:
    """Start the transaction as its options say; drivers of databases not named here start their own."""
    options = connection.get_execution_options()
    writes, milliseconds = options.get("portal_writes", False), int(options.get("portal_seconds", 30) * 1000)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif connection.dialect.name == "postgresql":
        limits = f"SET LOCAL statement_timeout={milliseconds}; SET LOCAL lock_timeout={milliseconds}"
        connection.exec_driver_sql(
            limits if writes else f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; {limits}"
        )
    elif connection.dialect.name in ("mysql", "mariadb") and not writes:
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


@contextmanager
def _failures() -> Iterator[None]:
    """The database's failures as our two, without their text: it may quote a row."""
    try:
        yield
    except exc.IntegrityError as error:
        if _is_foreign_key(error):
            # The plan breaks none; somebody wrote a row meanwhile.
            raise Unreachable("changed_meanwhile") from None
        raise Refused("constraint") from None
    except (exc.NoSuchTableError, exc.NoSuchColumnError):
        raise Refused("schema_differs") from None
    except (exc.OperationalError, exc.InterfaceError) as error:
        raise Unreachable(_code(error)) from None
    except exc.DBAPIError as error:
        if error.connection_invalidated:
            raise Unreachable("connection_lost") from None
        raise Refused("database_refused") from None


def _is_foreign_key(error: exc.IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", "") == "23503" or "FOREIGN KEY" in str(error.orig).upper()


_STATES = {"57014": "timeout", "55P03": "busy", "40001": "conflict", "40P01": "conflict"}


def _code(error: exc.DBAPIError) -> str:
    if "locked" in str(error.orig):
        return "busy"
    return _STATES.get(getattr(error.orig, "sqlstate", None) or "", "database_down")
