"""The demo company: served until Ctrl-C, or (`--once`) gone through and checked step by step."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from privacy_portal.demo import once, supervisor


class Command(BaseCommand):
    help = "Start the demo company with everything it needs, or do the main job once and check it at the systems."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the web server, on 127.0.0.1")
        parser.add_argument(
            "--once", action="store_true", help="no server: do the main job, check it, end; 0 if all hold"
        )
        parser.add_argument(
            "--json", action="store_true", help="with --once: the result as one JSON object on stdout"
        )
        parser.add_argument(
            "--data-dir", type=Path, help="with --once: run in this empty directory and keep it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The demo does not run with PORTAL_PRODUCTION: its people and passwords are made up."
            )
        if options["once"]:
            once.replace_this_process(as_json=options["json"], data_dir=options["data_dir"])
        if options["json"] or options["data_dir"]:
            raise CommandError("--json and --data-dir go with --once.")
        supervisor.replace_this_process(port=options["port"])
