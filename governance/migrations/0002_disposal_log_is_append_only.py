from django.db import migrations

from privacy_portal.ledger import triggers


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]

    operations = [triggers.protect("governance_disposalentry")]
