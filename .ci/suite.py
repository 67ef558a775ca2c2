"""Runs the suite on the embedded default, then on PostgreSQL and Redis where they answer.

Each pass has a database of its own (`test_portal_suite…`) and a data directory of its own, so a running
demo is not touched. REQUIRE_SERVICES=1 turns servers that do not answer from a line of text into a failure.
Arguments are pytest's.
"""

import os
import subprocess
import sys

import psycopg
import redis

DATABASE_URL = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/9"
PYTEST = [sys.executable, "-m", "pytest", "-n", os.environ.get("TEST_PROCESSES", "2"), "--dist", "loadfile"]
SERVER_SETTINGS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "PORTAL_DATA_DIR", "TEST_PASS")
NOTHING_SELECTED = 5  # pytest's exit code


def main(arguments):
    embedded = {name: value for name, value in os.environ.items() if name not in SERVER_SETTINGS}
    servers = {**embedded, "DATABASE_URL": DATABASE_URL, "REDIS_URL": REDIS_URL}
    missing = missing_servers()

    print("== 1 of 2: embedded (SQLite, no servers)", flush=True)
    alone = embedded if missing else {**embedded, "TEST_PASS": "embedded"}
    # The browser's driver keeps an event loop in its process, and Django opens another connection beside one.
    outcomes = [run(["-m", "not browser", *arguments], alone), run(["-m", "browser", *arguments], alone)]
    if missing:
        print(f"== 2 of 2: NOT RUN on PostgreSQL and Redis: {'; '.join(missing)}", flush=True)
        outcomes.append(1 if os.environ.get("REQUIRE_SERVICES") == "1" else 0)
    else:
        print("== 2 of 2: PostgreSQL and Redis", flush=True)
        outcomes.append(run(["-m", "not browser", *arguments], {**servers, "TEST_PASS": "servers"}))
    return max(outcomes)


def run(arguments, environment):
    code = subprocess.run([*PYTEST, *arguments], check=False, env=environment).returncode
    # With a narrow selection (`make test ARGS=tests/law`) a pass may have nothing to do.
    return 0 if code == NOTHING_SELECTED and len(arguments) > 2 else code


def missing_servers():
    missing = []
    try:
        psycopg.connect(DATABASE_URL.replace("postgres://", "postgresql://", 1), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        missing.append(f"PostgreSQL does not answer ({str(error).splitlines()[0]})")
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        missing.append(f"Redis does not answer ({type(error).__name__})")
    return missing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
