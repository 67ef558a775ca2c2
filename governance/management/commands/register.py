"""Loads a company's manifest into the register (docs/manifest.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.actions.manifest.load import load_manifest
from governance.actions.manifest.sync import Changes
from governance.errors import ManifestRefused
from privacy_portal.vocabulary import Actor


class Command(BaseCommand):
    help = "Load a YAML manifest of controllers, systems and purposes. A second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--prune", action="store_true", help="Retire what the file no longer names")

    def handle(self, *args: Any, file: Path, prune: bool, **options: Any) -> None:
        try:
            changes = load_manifest(
                text=_text_of(file),
                environ=os.environ,
                prune=prune,
                by=Actor.system("register"),
                now=timezone.now(),
            )
        except ManifestRefused as refused:
            for problem in refused.problems:
                self.stderr.write(f"{file}:{problem.line}: {problem}")
            raise CommandError(refused.detail) from None
        if options["verbosity"]:
            self._tell(changes)

    def _tell(self, changes: Changes) -> None:
        for verb, labels in (
            ("added", changes.created),
            ("changed", changes.updated),
            ("retired", changes.retired),
        ):
            for label in labels:
                self.stdout.write(f"{verb} {label}")
        for label in changes.not_in_file:
            self.stdout.write(f"not in the file, left as it is (--prune retires it): {label}")
        if changes.any:
            numbers = f"{len(changes.created)} added, {len(changes.updated)} changed, {len(changes.retired)} retired"
            self.stdout.write(f"The register is in step: {numbers}, {changes.unchanged} as before.")
        else:
            self.stdout.write(f"Nothing changed: {changes.unchanged} entries are as the file says.")


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CommandError(f"{file}:{line}: this is not UTF-8 text. Save the file as UTF-8.") from None
    except OSError as error:
        raise CommandError(f"{file}: cannot be read ({error.strerror}).") from None
