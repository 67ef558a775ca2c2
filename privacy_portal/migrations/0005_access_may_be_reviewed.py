from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0004_a_task_can_be_held_back")]

    operations = [
        migrations.AddField(
            model_name="controller",
            name="access_review",
            field=models.BooleanField(
                default=False,
                help_text="Two people decide about every access request before the systems are asked",
            ),
        ),
    ]
