"""Attached files get a key of their own, and what a message said can be dropped while its SHA-256 stays."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0006_appointments_of_the_clock")]

    operations = [
        migrations.CreateModel(
            name="EvidenceKey",
            fields=[
                (
                    "confirmation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="evidence_key",
                        serialize=False,
                        to="portal.confirmation",
                    ),
                ),
                ("subject_id", models.UUIDField(db_index=True, null=True)),
                ("key", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="receipt",
            name="body_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="receipt",
            name="subject_id",
            field=models.UUIDField(db_index=True, help_text="Whom the message names", null=True),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="body",
            field=models.BinaryField(
                help_text="Sealed: it may hold personal data; none once dropped", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("body__isnull", False)), fields=["handled_at"], name="messages_still_held"
            ),
        ),
    ]
