"""`manage.py deadlines`: when something is due under a law, and why, step by step. Needs no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy_portal.errors import DomainError
from privacy_portal.law import rows
from privacy_portal.law.shapes import CLOCKS, Deadline


class Command(BaseCommand):
    """Prints the dates of one clock, or answers JSON rows from standard input."""

    help = "When something is due under a law, and why. Example: --law GDPR --clock request --right access " \
        "--start 2026-01-31 --calendar IE"  # fmt: skip
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--law", help="as in the rule table: GDPR, UK GDPR, CCPA, VA VCDPA, LGPD …")
        parser.add_argument("--clock", help=", ".join(CLOCKS))
        parser.add_argument("--right", help="access, erasure, opt_out …")
        parser.add_argument("--start", help="YYYY-MM-DD or YYYY-MM-DDTHH:MM, with or without an offset")
        parser.add_argument("--calendar", help="whose public holidays count: IE, DE-BE, GB-ENG, US-CA, BR …")
        parser.add_argument("--tz", help="zone of a start without an offset, such as Europe/Berlin")
        parser.add_argument("--now", help="also say where the clock stands at this moment")
        parser.add_argument(
            "--jsonl", action="store_true", help="read one JSON object a line, write one a line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["jsonl"]:
            for line in _lines():
                self.stdout.write(json.dumps(rows.answer(line)))
            return
        missing = [name for name in ("law", "clock", "start") if options[name] is None]
        if missing:
            raise CommandError(
                f"{missing[0]}: is missing; give --{missing[0]}, or --jsonl and rows on standard input"
            )
        try:
            self._print(rows.ask(options))
        except DomainError as problem:
            raise CommandError(problem.detail) from problem

    def _print(self, deadline: Deadline) -> None:
        figures = deadline.answer()
        figures.pop("steps")
        for name, value in figures.items():
            self.stdout.write(f"{name:<20} {value}")
        self.stdout.write("")
        self.stdout.write(deadline.explain())


def _lines() -> Iterator[str]:
    """Rows from standard input; bytes that are not UTF-8 become a bad row, not a crash. Blank lines are none."""
    source = getattr(sys.stdin, "buffer", sys.stdin)
    for line in source:
        text = line.decode("utf-8", errors="replace") if isinstance(line, bytes) else line
        if text.strip():
            yield text.removeprefix("\ufeff")
