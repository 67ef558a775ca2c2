from django.db import migrations

from privacy_portal.ledger import triggers


class Migration(migrations.Migration):
    dependencies = [("dsr", "0001_initial")]

    operations = [triggers.protect("dsr_download")]
