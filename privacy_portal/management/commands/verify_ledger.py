"""Check the ledger, or a bundle that was exported from it; or export one."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy_portal.errors import DomainError
from privacy_portal.ledger import bundle, keys
from privacy_portal.ledger.note import BadNote, Verifier
from privacy_portal.ledger.verify import Broken, Report, verify


class Command(BaseCommand):
    help = "Walk the whole ledger and name the first break; or check, or write, a bundle that proves itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--bundle", type=Path, metavar="FILE", help="check this bundle instead")
        what.add_argument("--export", type=Path, metavar="FILE", help="write a bundle instead")
        parser.add_argument("--key", action="append", help="with --bundle: trust this key instead of our own")
        parser.add_argument("--start", type=int, default=0, help="with --export: first position")
        parser.add_argument("--end", type=int, help="with --export: position after the last")
        parser.add_argument(
            "--earlier",
            type=int,
            nargs="*",
            default=[],
            metavar="SIZE",
            help="with --export: prove consistency with these earlier checkpoints",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["bundle"]:
            self._check_bundle(options["bundle"], options["key"])
        elif options["export"]:
            self._export(options)
        else:
            self._walk()

    def _walk(self) -> None:
        report = verify()
        self.stdout.write(_summary(report))
        if not report.holds:
            raise CommandError(f"The ledger does not hold. {report.trouble}")
        self.stdout.write(self.style.SUCCESS("The ledger holds."))

    def _check_bundle(self, path: Path, given: list[str] | None) -> None:
        try:
            trusted = tuple(map(Verifier.parse, given)) if given else keys.verifiers()
            head = bundle.verify_bundle(path.read_text(), trusted)
        except (OSError, UnicodeDecodeError, BadNote) as error:
            raise CommandError(str(error)) from None
        except Broken as broken:
            raise CommandError(f"The bundle is broken. First break: {broken.found}") from None
        self.stdout.write(
            self.style.SUCCESS(f"The bundle holds, under {head.origin} with {head.size} entries.")
        )

    def _export(self, options: dict[str, Any]) -> None:
        try:
            made = bundle.export_bundle(options["start"], options["end"], earlier=options["earlier"])
            options["export"].write_text(json.dumps(made, indent=1) + "\n")
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(made['entries'])} entries written to {options['export']}.")


def _summary(report: Report) -> str:
    line = f"{report.size} entries, {report.checkpoints} checkpoints, {report.unsealed} not sealed yet"
    if report.oldest_unsealed_at:
        line += f" (the oldest since {report.oldest_unsealed_at.isoformat()})"
    return line
