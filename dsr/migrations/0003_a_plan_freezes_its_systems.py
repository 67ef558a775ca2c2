from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dsr", "0002_downloads_are_append_only")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="systems",
            field=models.JSONField(
                default=dict,
                help_text="{code: hash of what the register said about it}: who takes part, and how",
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="hash",
            field=models.CharField(
                help_text="SHA-256 over the lines and systems; a run may not exceed it", max_length=64
            ),
        ),
    ]
