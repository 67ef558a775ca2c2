import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("governance", "0001_initial"),
        ("portal", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "valid_months",
                    models.PositiveSmallIntegerField(
                        help_text="A consent ends after; empty: when withdrawn", null=True
                    ),
                ),
                (
                    "valid_source",
                    models.CharField(blank=True, help_text="Where that number comes from", max_length=200),
                ),
                (
                    "evidence_days",
                    models.PositiveSmallIntegerField(
                        default=180,
                        help_text="How long browser and shortened network address stay beside a decision",
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "purpose",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice",
                        to="governance.purpose",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_months", None),
                            models.Q(("valid_months__gt", 0), models.Q(("valid_source", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_validity_names_its_source",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("asked_at", models.DateTimeField()),
                ("handled_at", models.DateTimeField(null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.subject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("handled_at", None)), fields=["asked_at"], name="links_waiting"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("texts", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=80)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="consent.notice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("notice", "number"), name="versions_of_a_notice_are_numbered"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("law", models.CharField(max_length=60)),
                (
                    "choice",
                    models.CharField(
                        choices=[
                            ("given", "Given"),
                            ("refused", "Refused"),
                            ("pending", "Asked, not confirmed"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(help_text="When the person decided")),
                ("recorded_at", models.DateTimeField(help_text="When we learned of it")),
                ("valid_until", models.DateTimeField(null=True)),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("preference_page", "Preference page"),
                            ("service", "Told by a service"),
                            ("phone", "On the phone"),
                            ("paper", "On paper"),
                            ("in_person", "In person"),
                            ("clock", "Reached its last day"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "interface",
                    models.CharField(blank=True, help_text="Code of the page, app or form", max_length=60),
                ),
                (
                    "source",
                    models.CharField(blank=True, help_text="Code of the system that told us", max_length=60),
                ),
                ("actor", models.CharField(max_length=80)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="governance.purpose",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="portal.subject",
                    ),
                ),
                (
                    "notice_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="consent.noticeversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "recorded_at"], name="decision_history"),
                    models.Index(
                        condition=models.Q(("choice__in", ["expired", "withdrawn"])),
                        fields=["controller", "recorded_at"],
                        name="decision_stops",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("recorded_at__gte", models.F("decided_at"))),
                        name="a_decision_is_recorded_after_it_was_taken",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None),
                            ("valid_until__gt", models.F("decided_at")),
                            _connector="OR",
                        ),
                        name="a_decision_holds_until_after_it_was_taken",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("choice__in", ["given", "pending"]), _connector="OR"
                        ),
                        name="only_what_runs_has_a_last_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="evidence",
                        serialize=False,
                        to="consent.decision",
                    ),
                ),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                (
                    "network",
                    models.CharField(
                        blank=True, help_text="Network address without its last part", max_length=43
                    ),
                ),
                ("keep_until", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="CurrentDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("law", models.CharField(max_length=60)),
                (
                    "choice",
                    models.CharField(
                        choices=[
                            ("given", "Given"),
                            ("refused", "Refused"),
                            ("pending", "Asked, not confirmed"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="current_decisions",
                        to="governance.purpose",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="current_decisions",
                        to="portal.subject",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="current",
                        to="consent.decision",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["controller", "decided_at"], name="standing_list"),
                    models.Index(
                        condition=models.Q(("choice__in", ["given", "pending"])),
                        fields=["valid_until"],
                        name="standing_ends",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "purpose", "law"), name="one_standing_per_person_purpose_and_law"
                    )
                ],
            },
        ),
    ]
