"""Seal what waits, now, instead of at the next tick."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from privacy_portal.ledger.seal import seal


class Command(BaseCommand):
    help = "Give waiting events their place in the ledger and sign a checkpoint."

    def handle(self, *args: Any, **options: Any) -> None:
        checkpoint = seal(now=timezone.now())
        if checkpoint is None:
            self.stdout.write("Nothing to seal.")
        else:
            self.stdout.write(checkpoint.note, ending="")
