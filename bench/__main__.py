"""`python -m bench [--quick] [--json FILE] [--only PART …]`. Exit code 0 says it ran, not that every goal is met."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import django

from bench import report
from bench.report import Row
from bench.surroundings import NoServer, Surroundings, surroundings

PARTS = ("idle", "consents", "access", "erasure")


@dataclass(frozen=True, slots=True)
class Sizes:
    people: int
    requests: int
    rounds: int
    seconds: float


FULL = Sizes(people=1000, requests=200, rounds=5, seconds=3.0)
QUICK = Sizes(people=120, requests=30, rounds=2, seconds=1.0)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    machine = report.machine()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # whoever stops it: everything is taken away again
    try:
        with surroundings() as around:
            os.environ.update(around.environment)
            django.setup()
            rows = _measure(around, QUICK if options.quick else FULL, options.only or PARTS)
    except NoServer as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"\n{machine}\n\n{report.table(rows)}\n")
    if options.json:
        content = {"machine": machine, "quick": options.quick, "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="The figures of docs/performance.md."
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the work; for a look, not for the record"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure only these parts")
    return parser


def _measure(around: Surroundings, sizes: Sizes, parts: Sequence[str]) -> list[Row]:
    # Imported here: these read the settings, which read the environment just made.
    from bench import company, measures
    from bench.house import house

    people = company.load(around, sizes.people, now=datetime.now(UTC), say=_say)
    rows: list[Row] = []
    _say("starting web, worker, beat")
    with house(around) as running:
        token = company.access_token(running.port, around.places.client_secret())
        for part in PARTS:
            if part in parts:
                _say(f"measuring {part}")
                measure: Callable[..., list[Row]] = getattr(measures, part)
                rows += measure(running, token, people, sizes)
    return rows


def _say(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
