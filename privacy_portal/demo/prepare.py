"""Makes the demo ready in our own database, in a process of its own, started by the supervisor:

python -m privacy_portal.demo.prepare
"""

from __future__ import annotations

import os
import signal
import sys

import django
import psycopg
from django.core.management import CommandError
from django.db import DatabaseError
from sqlalchemy.exc import SQLAlchemyError


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    django.setup()
    from privacy_portal.demo import opening  # models can be imported only now

    try:
        opening.make_ready()
    except CommandError as error:
        return _said(f"the demo company could not be loaded: {error}")
    except (DatabaseError, psycopg.Error, SQLAlchemyError) as error:
        return _said(f"a database is not there or not as it should be: {str(error).splitlines()[0]}")
    return 0


def _said(reason: str) -> int:
    print(f"The demo cannot run: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
