from django.db import migrations

from privacy_portal.ledger import triggers


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]

    operations = [triggers.protect("consent_decision", "consent_noticeversion")]
