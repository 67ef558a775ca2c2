"""How many statements the hot paths may cost: a number that may fall, and rises only on purpose. Nothing is timed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from privacy_portal.ledger.catalogue import ConsentGiven
from privacy_portal.ledger.models import Event, PendingSeal
from privacy_portal.ledger.record import record
from privacy_portal.vocabulary import Actor

BY = Actor.system("measuring")


def _statements(queries: CaptureQueriesContext) -> list[str]:
    """Without savepoints, which cost next to nothing."""
    return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
