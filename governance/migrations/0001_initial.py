import uuid

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("portal", "0002_ground_floor"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalPurpose",
            fields=[
                ("id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("code", models.SlugField(max_length=60)),
                ("names", models.JSONField(help_text='By language: {"en": "Newsletter"}')),
                ("texts", models.JSONField(help_text="Plain words by language")),
                (
                    "legal_basis",
                    models.CharField(
                        choices=[
                            ("consent", "Consent, Art. 6(1)(a)"),
                            ("contract", "Contract, Art. 6(1)(b)"),
                            ("legal_obligation", "Legal obligation, Art. 6(1)(c)"),
                            ("vital_interests", "Vital interests, Art. 6(1)(d)"),
                            ("public_task", "Public task, Art. 6(1)(e)"),
                            ("legitimate_interests", "Legitimate interests, Art. 6(1)(f)"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "special_condition",
                    models.CharField(blank=True, help_text='Such as "Art. 9(2)(a)"', max_length=20),
                ),
                (
                    "interest",
                    models.CharField(
                        blank=True,
                        help_text="The legitimate interest, where that is the basis",
                        max_length=300,
                    ),
                ),
                ("categories", models.JSONField(default=list)),
                (
                    "cessation_hours",
                    models.PositiveSmallIntegerField(
                        default=72, help_text="Until a stop must have reached everyone"
                    ),
                ),
                ("is_live", models.BooleanField(default=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.controller",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical purpose",
                "verbose_name_plural": "historical purposes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRecipient",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("code", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        help_text="processor, joint controller, authority, group company …", max_length=40
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                (
                    "safeguard",
                    models.CharField(
                        blank=True, help_text='Such as "SCC module 2" (GDPR Arts 44–49)', max_length=120
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.controller",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical recipient",
                "verbose_name_plural": "historical recipients",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSystem",
            fields=[
                ("id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("code", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(help_text="Kind of connector, as in wiring.CONNECTORS", max_length=20),
                ),
                ("owner_name", models.CharField(blank=True, max_length=200)),
                ("owner_team", models.CharField(blank=True, max_length=200)),
                (
                    "country",
                    models.CharField(help_text="Where the data lies, ISO 3166-1 alpha-2", max_length=2),
                ),
                ("registered_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.connection",
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.controller",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical system",
                "verbose_name_plural": "historical systems",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Purpose",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.SlugField(max_length=60)),
                ("names", models.JSONField(help_text='By language: {"en": "Newsletter"}')),
                ("texts", models.JSONField(help_text="Plain words by language")),
                (
                    "legal_basis",
                    models.CharField(
                        choices=[
                            ("consent", "Consent, Art. 6(1)(a)"),
                            ("contract", "Contract, Art. 6(1)(b)"),
                            ("legal_obligation", "Legal obligation, Art. 6(1)(c)"),
                            ("vital_interests", "Vital interests, Art. 6(1)(d)"),
                            ("public_task", "Public task, Art. 6(1)(e)"),
                            ("legitimate_interests", "Legitimate interests, Art. 6(1)(f)"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "special_condition",
                    models.CharField(blank=True, help_text='Such as "Art. 9(2)(a)"', max_length=20),
                ),
                (
                    "interest",
                    models.CharField(
                        blank=True,
                        help_text="The legitimate interest, where that is the basis",
                        max_length=300,
                    ),
                ),
                ("categories", models.JSONField(default=list)),
                (
                    "cessation_hours",
                    models.PositiveSmallIntegerField(
                        default=72, help_text="Until a stop must have reached everyone"
                    ),
                ),
                ("is_live", models.BooleanField(default=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purposes",
                        to="portal.controller",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "code"), name="a_purpose_code_is_unique_per_controller"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cessation_hours__range", (1, 720))),
                        name="a_stop_is_due_within_30_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        help_text="processor, joint controller, authority, group company …", max_length=40
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                (
                    "safeguard",
                    models.CharField(
                        blank=True, help_text='Such as "SCC module 2" (GDPR Arts 44–49)', max_length=120
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recipients",
                        to="portal.controller",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "code"), name="a_recipient_code_is_unique_per_controller"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("night", models.DateField(help_text="Local day of the controller")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("counting", "Systems are counting"),
                            ("awaiting_release", "Unusual: waits for a person"),
                            ("disposing", "Disposing"),
                            ("completed", "Completed"),
                            ("completed_with_exceptions", "Completed with exceptions"),
                            ("partly_failed", "Partly failed"),
                            ("cancelled", "Cancelled by a person"),
                        ],
                        default="counting",
                        max_length=30,
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("planned_by", models.CharField(max_length=80)),
                ("correlation_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "brake",
                    models.CharField(
                        blank=True,
                        help_text="Why a person must look before anything is deleted",
                        max_length=300,
                    ),
                ),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by", models.CharField(blank=True, max_length=80)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closing_reason", models.CharField(blank=True, max_length=300)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sweeps",
                        to="portal.controller",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "night"), name="a_controller_is_swept_once_a_night"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("released_at", None), ("released_by", "")),
                            models.Q(
                                ("released_at__isnull", False), models.Q(("released_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="a_sweep_is_released_by_somebody_at_some_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "awaiting_release"), _negated=True),
                            models.Q(("brake", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="what_waits_for_release_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="System",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(help_text="Kind of connector, as in wiring.CONNECTORS", max_length=20),
                ),
                ("owner_name", models.CharField(blank=True, max_length=200)),
                ("owner_team", models.CharField(blank=True, max_length=200)),
                (
                    "country",
                    models.CharField(help_text="Where the data lies, ISO 3166-1 alpha-2", max_length=2),
                ),
                ("registered_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("after", models.ManyToManyField(blank=True, related_name="before", to="governance.system")),
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="system",
                        to="portal.connection",
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="systems",
                        to="portal.controller",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "code"), name="a_system_code_is_unique_per_controller"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Dataset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=60)),
                (
                    "options",
                    models.JSONField(blank=True, default=dict, help_text="table, key, identity, references"),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="datasets",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("system", "name"), name="a_dataset_name_is_unique_per_system"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Breach",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Reported; to be assessed"),
                            ("to_notify", "The authority must be told"),
                            ("notified", "The authority was told"),
                            ("not_notified", "Not notified, with reasons"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("staff", "Staff form"), ("api", "API"), ("webhook", "Signed webhook")],
                        max_length=10,
                    ),
                ),
                ("sender", models.CharField(help_text="Who reported: an actor, never a name", max_length=80)),
                (
                    "reference",
                    models.CharField(blank=True, help_text="The sender's own number for it", max_length=120),
                ),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField()),
                ("categories", models.JSONField(default=list)),
                ("people_affected", models.PositiveIntegerField(blank=True, null=True)),
                ("occurred_at", models.DateTimeField(blank=True, null=True)),
                ("detected_at", models.DateTimeField()),
                ("aware_at", models.DateTimeField()),
                ("reported_at", models.DateTimeField()),
                (
                    "risk",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unlikely", "A risk is unlikely"),
                            ("risk", "A risk"),
                            ("high", "A high risk"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reasons", models.TextField(blank=True, help_text="Of the judgement, and of not notifying")),
                ("measures", models.TextField(blank=True, help_text="Taken or proposed, Art. 33(3)(d)")),
                ("assessed_at", models.DateTimeField(null=True)),
                ("assessed_by", models.CharField(blank=True, max_length=80)),
                ("closed_at", models.DateTimeField(null=True)),
                ("correlation_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaches",
                        to="portal.controller",
                    ),
                ),
                (
                    "systems",
                    models.ManyToManyField(blank=True, related_name="breaches", to="governance.system"),
                ),
            ],
            options={
                "verbose_name_plural": "breaches",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("occurred_at", None),
                            ("detected_at__gte", models.F("occurred_at")),
                            _connector="OR",
                        ),
                        name="a_breach_is_detected_after_it_occurred",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("aware_at__gte", models.F("detected_at"))),
                        name="awareness_follows_detection",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reported_at__gte", models.F("aware_at"))),
                        name="a_report_follows_awareness",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "not_notified"), _negated=True),
                            models.Q(
                                models.Q(("reasons", ""), _negated=True),
                                models.Q(("risk", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="not_notifying_is_a_reasoned_judgement",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("controller", "sender", "reference"),
                        name="a_sender_reports_a_breach_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalProcessingActivity",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("does", models.CharField(max_length=300)),
                ("actions", models.JSONField(blank=True, default=dict)),
                (
                    "within_hours",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="If shorter than the purpose's", null=True
                    ),
                ),
                (
                    "retention",
                    models.CharField(
                        blank=True, help_text="Envisaged time limits in words, Art. 30(1)(f)", max_length=300
                    ),
                ),
                (
                    "transfers",
                    models.JSONField(
                        blank=True, default=list, help_text='[{"country": "US", "safeguard": "SCC module 2"}]'
                    ),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.purpose",
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical processing activity",
                "verbose_name_plural": "historical processing activities",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="ProcessingActivity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("does", models.CharField(max_length=300)),
                ("actions", models.JSONField(blank=True, default=dict)),
                (
                    "within_hours",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="If shorter than the purpose's", null=True
                    ),
                ),
                (
                    "retention",
                    models.CharField(
                        blank=True, help_text="Envisaged time limits in words, Art. 30(1)(f)", max_length=300
                    ),
                ),
                (
                    "transfers",
                    models.JSONField(
                        blank=True, default=list, help_text='[{"country": "US", "safeguard": "SCC module 2"}]'
                    ),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="governance.purpose",
                    ),
                ),
                (
                    "recipients",
                    models.ManyToManyField(blank=True, related_name="activities", to="governance.recipient"),
                ),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "processing activities",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("purpose", "system"), name="a_system_works_for_a_purpose_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalSystem_after",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="governance.historicalsystem",
                    ),
                ),
                (
                    "from_system",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.system",
                    ),
                ),
                (
                    "to_system",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalSystem_after",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalFlow",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("categories", models.JSONField(default=list)),
                (
                    "via",
                    models.CharField(
                        blank=True, help_text="Such as nightly export, API, message bus", max_length=120
                    ),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.controller",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.purpose",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.recipient",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.system",
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical flow",
                "verbose_name_plural": "historical flows",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDataset",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("name", models.SlugField(max_length=60)),
                (
                    "options",
                    models.JSONField(blank=True, default=dict, help_text="table, key, identity, references"),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical dataset",
                "verbose_name_plural": "historical datasets",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Flow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("categories", models.JSONField(default=list)),
                (
                    "via",
                    models.CharField(
                        blank=True, help_text="Such as nightly export, API, message bus", max_length=120
                    ),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows",
                        to="portal.controller",
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows",
                        to="governance.purpose",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows_in",
                        to="governance.recipient",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows_out",
                        to="governance.system",
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows_in",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recipient", None), ("system__isnull", False)),
                            models.Q(("recipient__isnull", False), ("system", None)),
                            _connector="OR",
                        ),
                        name="a_flow_ends_at_a_system_or_at_a_recipient",
                    ),
                    models.UniqueConstraint(
                        fields=("source", "system", "recipient", "purpose"),
                        name="a_flow_is_stated_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BreachClock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("law", models.CharField(max_length=60)),
                ("clock", models.CharField(max_length=30)),
                ("due_at", models.DateTimeField()),
                ("source", models.CharField(max_length=120)),
                ("steps", models.JSONField(default=list)),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "breach",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="governance.breach",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("stopped_at", None)), fields=["due_at"], name="breach_clock_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("breach", "law", "clock"), name="a_clock_of_a_breach_runs_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DataElement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("none", "No personal data"),
                            ("identity", "Identity"),
                            ("contact", "Contact"),
                            ("location", "Location"),
                            ("financial", "Financial"),
                            ("transaction", "Transactions"),
                            ("behaviour", "Behaviour"),
                            ("device", "Device and network"),
                            ("preference", "Preferences"),
                            ("communication", "Communication"),
                            ("professional", "Professional life"),
                            ("credential", "Credentials"),
                            ("health", "Health (Art. 9)"),
                            ("genetic", "Genetic data (Art. 9)"),
                            ("biometric", "Biometric data (Art. 9)"),
                            ("origin", "Racial or ethnic origin (Art. 9)"),
                            ("belief", "Religious or philosophical belief (Art. 9)"),
                            ("politics", "Political opinion (Art. 9)"),
                            ("union", "Trade union membership (Art. 9)"),
                            ("sex_life", "Sex life or orientation (Art. 9)"),
                            ("criminal", "Criminal convictions (Art. 10)"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("public", "Public"),
                            ("internal", "Internal"),
                            ("confidential", "Confidential"),
                            ("secret", "Strictly confidential"),
                        ],
                        default="internal",
                        max_length=12,
                    ),
                ),
                (
                    "erase",
                    models.CharField(
                        choices=[
                            ("delete", "Delete"),
                            ("null", "Empty the field"),
                            ("mask", "Mask"),
                            ("pseudonymise", "Pseudonymise (does not count as erased)"),
                            ("keep", "Keep, with the ground"),
                        ],
                        default="delete",
                        max_length=12,
                    ),
                ),
                ("keep_reason", models.CharField(blank=True, max_length=300)),
                (
                    "keep_article",
                    models.CharField(blank=True, help_text='Such as "GDPR Art. 17(3)(b)"', max_length=80),
                ),
                (
                    "keep_statute",
                    models.CharField(blank=True, help_text='Such as "AO § 147"', max_length=120),
                ),
                (
                    "keep_start",
                    models.CharField(
                        blank=True, help_text="The date field the period counts from", max_length=80
                    ),
                ),
                (
                    "keep_period",
                    models.CharField(blank=True, help_text="ISO 8601, such as P7Y", max_length=20),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="elements",
                        to="governance.dataset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("dataset", "name"), name="an_element_name_is_unique_per_dataset"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("erase", "keep"), _negated=True),
                            models.Q(
                                models.Q(("keep_reason", ""), _negated=True),
                                models.Q(("keep_article", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="what_is_kept_names_its_ground",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("keep_period", ""), ("keep_start", "")),
                            models.Q(
                                models.Q(("keep_start", ""), _negated=True),
                                models.Q(("keep_period", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="start_and_period_of_keeping_go_together",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalDataElement",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("name", models.CharField(max_length=80)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("none", "No personal data"),
                            ("identity", "Identity"),
                            ("contact", "Contact"),
                            ("location", "Location"),
                            ("financial", "Financial"),
                            ("transaction", "Transactions"),
                            ("behaviour", "Behaviour"),
                            ("device", "Device and network"),
                            ("preference", "Preferences"),
                            ("communication", "Communication"),
                            ("professional", "Professional life"),
                            ("credential", "Credentials"),
                            ("health", "Health (Art. 9)"),
                            ("genetic", "Genetic data (Art. 9)"),
                            ("biometric", "Biometric data (Art. 9)"),
                            ("origin", "Racial or ethnic origin (Art. 9)"),
                            ("belief", "Religious or philosophical belief (Art. 9)"),
                            ("politics", "Political opinion (Art. 9)"),
                            ("union", "Trade union membership (Art. 9)"),
                            ("sex_life", "Sex life or orientation (Art. 9)"),
                            ("criminal", "Criminal convictions (Art. 10)"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("public", "Public"),
                            ("internal", "Internal"),
                            ("confidential", "Confidential"),
                            ("secret", "Strictly confidential"),
                        ],
                        default="internal",
                        max_length=12,
                    ),
                ),
                (
                    "erase",
                    models.CharField(
                        choices=[
                            ("delete", "Delete"),
                            ("null", "Empty the field"),
                            ("mask", "Mask"),
                            ("pseudonymise", "Pseudonymise (does not count as erased)"),
                            ("keep", "Keep, with the ground"),
                        ],
                        default="delete",
                        max_length=12,
                    ),
                ),
                ("keep_reason", models.CharField(blank=True, max_length=300)),
                (
                    "keep_article",
                    models.CharField(blank=True, help_text='Such as "GDPR Art. 17(3)(b)"', max_length=80),
                ),
                (
                    "keep_statute",
                    models.CharField(blank=True, help_text='Such as "AO § 147"', max_length=120),
                ),
                (
                    "keep_start",
                    models.CharField(
                        blank=True, help_text="The date field the period counts from", max_length=80
                    ),
                ),
                (
                    "keep_period",
                    models.CharField(blank=True, help_text="ISO 8601, such as P7Y", max_length=20),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.dataset",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical data element",
                "verbose_name_plural": "historical data elements",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalHold",
            fields=[
                ("id", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("litigation", "Legal claims, Art. 17(3)(e)"),
                            ("authority", "Order of an authority, Art. 17(3)(b)"),
                            ("audit", "Audit or investigation, Art. 17(3)(b)"),
                            ("restriction", "Kept at the person's wish, Art. 18(1)(c)"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(help_text="Without personal data")),
                ("review_on", models.DateField()),
                ("placed_at", models.DateTimeField()),
                ("placed_by", models.CharField(max_length=80)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=80)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.controller",
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.dataset",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="portal.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical hold",
                "verbose_name_plural": "historical holds",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRetentionRule",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "start",
                    models.CharField(
                        help_text="The date field of the row from which the period counts", max_length=80
                    ),
                ),
                ("period", models.CharField(help_text="ISO 8601, such as P3Y", max_length=20)),
                ("action", models.CharField(choices=[("delete", "Delete")], default="delete", max_length=12)),
                (
                    "source",
                    models.CharField(help_text="Statute or policy that sets the period", max_length=300),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.dataset",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical retention rule",
                "verbose_name_plural": "historical retention rules",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("litigation", "Legal claims, Art. 17(3)(e)"),
                            ("authority", "Order of an authority, Art. 17(3)(b)"),
                            ("audit", "Audit or investigation, Art. 17(3)(b)"),
                            ("restriction", "Kept at the person's wish, Art. 18(1)(c)"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(help_text="Without personal data")),
                ("review_on", models.DateField()),
                ("placed_at", models.DateTimeField()),
                ("placed_by", models.CharField(max_length=80)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=80)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="portal.controller",
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="governance.dataset",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="portal.subject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_at", None)), fields=["subject"], name="hold_subject"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subject__isnull", False), ("dataset__isnull", False), _connector="OR"
                        ),
                        name="a_hold_names_a_person_or_a_dataset",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="a_hold_gives_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_by", "")),
                            models.Q(
                                ("lifted_at__isnull", False), models.Q(("lifted_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="a_hold_is_lifted_by_somebody_at_some_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("first", "First notification"),
                            ("further", "Further information"),
                            ("final", "Final report"),
                        ],
                        max_length=10,
                    ),
                ),
                ("notified_at", models.DateTimeField()),
                ("authority", models.CharField(max_length=200)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("delay_reason", models.TextField(blank=True, help_text="Needed after 72 hours, Art. 33(1)")),
                ("on_time", models.BooleanField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=80)),
                (
                    "breach",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="governance.breach",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("phase", "first")),
                        fields=("breach",),
                        name="there_is_one_first_notification",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("phase", "first"), _negated=True),
                            ("on_time", True),
                            models.Q(("delay_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_late_first_notification_gives_its_reasons",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalProcessingActivity_recipients",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="governance.historicalprocessingactivity",
                    ),
                ),
                (
                    "processingactivity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.processingactivity",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalProcessingActivity_recipients",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "start",
                    models.CharField(
                        help_text="The date field of the row from which the period counts", max_length=80
                    ),
                ),
                ("period", models.CharField(help_text="ISO 8601, such as P3Y", max_length=20)),
                ("action", models.CharField(choices=[("delete", "Delete")], default="delete", max_length=12)),
                (
                    "source",
                    models.CharField(help_text="Statute or policy that sets the period", max_length=300),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retention_rule",
                        to="governance.dataset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="a_rule_names_its_source"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Disposal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("dataset", models.CharField(max_length=60)),
                ("start", models.CharField(max_length=80)),
                ("period", models.CharField(max_length=20)),
                ("before", models.DateTimeField(help_text="Rows that started earlier are past their period")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("counting", "The system is counting"),
                            ("counted", "Counted"),
                            ("not_counted", "The system could not count"),
                            ("held", "A hold covers the whole dataset"),
                            ("disposing", "Disposing"),
                            ("completed", "Completed"),
                            ("completed_with_exceptions", "Completed; held rows stay"),
                            ("failed", "Failed; rows are left"),
                            ("skipped", "Skipped by a person"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="counting",
                        max_length=30,
                    ),
                ),
                (
                    "past",
                    models.PositiveBigIntegerField(
                        help_text="Rows past their period, those that stay included", null=True
                    ),
                ),
                ("expected", models.PositiveBigIntegerField(help_text="Rows that will go", null=True)),
                (
                    "held",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Rows that stay: on hold, or kept by a statute"
                    ),
                ),
                ("erased", models.PositiveBigIntegerField(default=0)),
                (
                    "rows_left",
                    models.PositiveBigIntegerField(help_text="Counted by asking the system again", null=True),
                ),
                (
                    "gone",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Erased, with what went along in other datasets"
                    ),
                ),
                (
                    "task_id",
                    models.UUIDField(
                        help_text="The task last asked; an answer to another one is stale", null=True
                    ),
                ),
                (
                    "past_task_id",
                    models.UUIDField(
                        help_text="Counts as if nobody were on hold, where somebody is", null=True
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="governance.retentionrule",
                    ),
                ),
                (
                    "sweep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="governance.sweep",
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="governance.system",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["task_id"], name="disposal_task")],
                "constraints": [
                    models.UniqueConstraint(fields=("sweep", "rule"), name="a_rule_is_applied_once_a_sweep"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ["completed", "completed_with_exceptions"]), _negated=True
                            ),
                            ("rows_left", 0),
                            _connector="OR",
                        ),
                        name="a_completed_disposal_leaves_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "disposing"), _negated=True),
                            ("expected__isnull", False),
                            _connector="OR",
                        ),
                        name="rows_are_counted_before_they_are_disposed_of",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeadlineAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hours_before", models.PositiveSmallIntegerField(help_text="0: the deadline has passed")),
                ("fell_due_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("sent", "Mail asked for"),
                            ("joined", "Told in the mail of a later alert"),
                            (
                                "no_address",
                                "Nobody to tell: the controller has no officer's address or no mail system",
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("task_id", models.UUIDField(help_text="The mail that told it", null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "clock",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="governance.breachclock",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clock", "hours_before"), name="a_threshold_is_alerted_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "sent"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="an_alert_without_its_own_mail_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisposalEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "what",
                    models.CharField(
                        help_text="counted, not_counted, released, disposed, failed, closed …", max_length=20
                    ),
                ),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("rows_left", models.PositiveBigIntegerField(null=True)),
                ("held", models.PositiveBigIntegerField(default=0)),
                ("task_id", models.UUIDField(null=True)),
                (
                    "evidence",
                    models.CharField(blank=True, help_text="SHA-256 of the system's answer", max_length=64),
                ),
                ("code", models.CharField(blank=True, max_length=80)),
                (
                    "disposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="governance.disposal",
                    ),
                ),
            ],
        ),
    ]
