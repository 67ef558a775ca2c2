"""What a run needs around it and takes away again: databases named bench_…, a Redis database, a directory."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from bench import footprint
from privacy_portal.demo import stores
from privacy_portal.demo.places import Places

SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/14"
_REDIS_DATABASES = (14, 15, 13, 12)


class NoServer(RuntimeError):
    """PostgreSQL and Redis are needed; the message says which does not answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`environment` is that of every process of the product."""

    places: Places
    database: str
    database_url: str
    redis_url: str
    environment: dict[str, str]

    @property
    def folder(self) -> Path:
        return self.places.data_dir


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Made at the start, gone at the end, whatever happens in between. Raises NoServer."""
    server = os.environ.get("DATABASE_URL") or SERVER
    mark = f"bench_{secrets.token_hex(4)}_"
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    redis_url = _empty_redis(os.environ.get("REDIS_URL") or REDIS)
    places = Places(folder, sql_url=server, prefix=mark)
    database = f"{mark}portal"
    try:
        _on_server(server, "CREATE DATABASE {}", database)
        places.make()
        stores.make_databases(places)
        url = urlsplit(server)._replace(path=f"/{database}").geturl()
        yield Surroundings(places, database, url, redis_url, _environment(places, url, redis_url))
    finally:
        stores.drop_databases(places)
        _on_server(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", database)
        redis.Redis.from_url(redis_url).flushdb()
        shutil.rmtree(folder, ignore_errors=True)


def _environment(places: Places, database_url: str, redis_url: str) -> dict[str, str]:
    keys = ("PORTAL_SECRET_KEY", "PORTAL_MASTER_KEYS", "PORTAL_INDEX_KEY", "PORTAL_LEDGER_KEY")
    return {
        **places.environment({}),
        **{key: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for key in keys},
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
        "PATH": os.environ.get("PATH", ""),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(footprint.ROOT / "bench" / "production"),
        "BENCH_WITHOUT": ",".join(footprint.development_modules()),
    }


def _on_server(server: str, statement: str, name: str) -> None:
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.OperationalError as error:
        raise NoServer(f"PostgreSQL does not answer at {urlsplit(server).hostname}: {error}") from None


def _empty_redis(url: str) -> str:
    """A database nobody uses: it is emptied at the end."""
    for number in _REDIS_DATABASES:
        candidate = urlsplit(url)._replace(path=f"/{number}").geturl()
        try:
            if redis.Redis.from_url(candidate).dbsize() == 0:
                return candidate
        except redis.ConnectionError as error:
            raise NoServer(f"Redis does not answer at {urlsplit(url).hostname}: {error}") from None
    raise NoServer(f"Redis databases {_REDIS_DATABASES} are all in use")
