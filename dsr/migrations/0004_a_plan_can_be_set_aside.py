from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dsr", "0003_a_plan_freezes_its_systems")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="set_aside_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="plan",
            name="set_aside_for",
            field=models.JSONField(
                default=list,
                help_text="Codes of the systems that changed after the count, so that nothing was asked",
            ),
        ),
    ]
