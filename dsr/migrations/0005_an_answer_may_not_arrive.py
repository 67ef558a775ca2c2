from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dsr", "0004_a_plan_can_be_set_aside")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="undelivered_at",
            field=models.DateTimeField(
                null=True, help_text="Its mail came to nothing, and nobody has seen to it since"
            ),
        ),
    ]
