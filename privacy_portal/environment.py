"""Reading the environment: each value once, wrong values stop the start with the variable's name."""

from __future__ import annotations

import base64
import logging
import os
import re
import secrets
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
BELLS = "portal"
"""The queue of every job but the executor groups' own."""


def env(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set and has no default.")
    return value


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if value == "" else value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if value and not value.lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value) if value else default


def env_list(name: str, default: str) -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def data_dir() -> Path:
    """Where embedded state lives."""
    return Path(env("PORTAL_DATA_DIR", str(ROOT / "var"))).resolve()


def broker_url() -> str:
    return env("BROKER_URL", env("REDIS_URL", "") or "filesystem://localhost")


def secret(name: str, data_dir: Path, *, production: bool) -> str:
    """From the environment; on an embedded install made once and kept, readable by its owner only."""
    if value := os.environ.get(name, ""):
        return value
    if production:
        raise ImproperlyConfigured(f"{name} must be set in production.")
    path = data_dir / "keys" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Two processes starting together must agree on one key: the link decides who was first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """`postgres://user:password@host:port/name`, or SQLite under the data directory when empty."""
    if not url:
        data_dir.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data_dir / "portal.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": "test_portal_" + os.environ.get("TEST_DB_SUFFIX", "suite")},
    }


def caches(redis_url: str) -> dict[str, Any]:
    """`default` serves people's doors and goes on without Redis; `shared` is what all processes see, or an error."""
    if not redis_url:
        memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        return {"default": memory, "shared": memory}
    quick = {"socket_timeout": 5, "socket_connect_timeout": 2}
    redis = {"LOCATION": redis_url, "OPTIONS": quick}
    return {
        "default": {"BACKEND": "privacy_portal.cached.RedisOrMemory", **redis},
        "shared": {"BACKEND": "django.core.cache.backends.redis.RedisCache", **redis},
    }


def broker_options(url: str, data_dir: Path) -> dict[str, Any]:
    """The embedded broker is a directory; it may lose messages, they are only bells."""
    if not url.startswith("filesystem"):
        # A door rings once and goes on: without the last word it would wait 6 seconds for a Redis that is away.
        quick = {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 0}
        return quick if url.startswith("redis") else {}
    folders = {name: data_dir / "broker" / name for name in ("queue", "control", "processed")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(folders["queue"]),
        "data_folder_out": str(folders["queue"]),
        "control_folder": str(folders["control"]),
        "processed_folder": str(folders["processed"]),
        "store_processed": False,
        "polling_interval": 0.05,
    }


_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No e-mail address and no query string leaves in a log line, whoever wrote it."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _ADDRESS.sub("[address]", re.sub(r"\?[^\s\"']*", "?…", value))
    return event


def configure_logging(*, level: str, json: bool) -> None:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("django.server").setLevel("WARNING")
