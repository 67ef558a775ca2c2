from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_append_only")]

    operations = [
        migrations.AddField(
            model_name="systemtask",
            name="held_by",
            field=models.UUIDField(null=True, help_text="The legal hold while which nothing is asked"),
        ),
    ]
