"""What tests commit is gone afterwards, append-only tables included, and the protection of those tables is not."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from privacy_portal.ledger import triggers
from privacy_portal.ledger.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_that_commits_a_ledger_line_leaves_none_behind(turn, noon):
    assert not Event.objects.exists()

    Event.objects.create(
        type="tried", payload={}, actor="system:test", occurred_at=noon, correlation_id=uuid4()
    )

    assert triggers.unprotected(connection, [Event._meta.db_table]) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()
