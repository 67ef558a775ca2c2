"""Makes the demo ready in our own database, in a process of its own, started by the supervisor:

    python -m privacy_portal.demo.prepare
"""

from __future__ import annotations

import os
import signal
import sys

import django
from django.core.management import CommandError


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    django.setup()
    from privacy_portal.demo import opening  # models can be imported only now

    try:
        opening.make_ready()
    except CommandError as error:
        print(f"The demo company could not be loaded: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
