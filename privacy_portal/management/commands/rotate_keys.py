"""Put everything under the newest master key, so that an older one can be destroyed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy_portal import rotation
from privacy_portal.crypto import Undecipherable


class Command(BaseCommand):
    help = (
        "Append a key to PORTAL_MASTER_KEYS, restart everything, then run this: what stands under an older key is "
        "put under the newest. Keep each older key's place in the list; its bytes may be replaced afterwards."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for sealed in rotation.SEALED:
            name = f"{sealed.model._meta.db_table}.{sealed.column}"
            try:
                changed = rotation.rotate(sealed)
            except Undecipherable as error:
                raise CommandError(
                    f"{name}: a row cannot be opened with any key of PORTAL_MASTER_KEYS ({error})."
                ) from error
            self.stdout.write(f"{name}: {changed} put under the newest key")
        self.stdout.write(self.style.SUCCESS("Nothing stands under an older key."))
