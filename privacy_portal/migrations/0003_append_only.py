"""What may be cited is never changed: the ledger's rows, the history of tasks and what people confirmed are append-only."""

from django.db import migrations

from privacy_portal.ledger import triggers


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_ground_floor")]
    operations = [
        triggers.protect(
            "portal_event",
            "portal_leaf",
            "portal_treenode",
            "portal_checkpoint",
            "portal_taskstatuschange",
            "portal_confirmation",
        )
    ]
