import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("portal", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubjectRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "reference",
                    models.CharField(
                        help_text="What people quote, such as R-7K4M-2XQP", max_length=20, unique=True
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[
                            ("access", "See my data"),
                            ("rectification", "Correct my data"),
                            ("erasure", "Erase my data"),
                            ("restriction", "Pause the use of my data"),
                            ("portability", "Take my data with me"),
                            ("objection", "Object to the use of my data"),
                            ("human_review", "Have a human look at a decision"),
                            ("opt_out", "Do not sell or share my data"),
                            ("limit", "Limit the use of my sensitive data"),
                        ],
                        max_length=20,
                    ),
                ),
                ("law", models.CharField(max_length=40)),
                (
                    "channel",
                    models.CharField(
                        choices=[("form", "Public form"), ("api", "API"), ("staff", "Entered by staff")],
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(default="en", max_length=8)),
                ("country", models.CharField(blank=True, max_length=8)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "Received, identity not yet confirmed"),
                            ("locating", "Looking where data is (dry run)"),
                            ("planned", "Plan ready, waits for a decision"),
                            ("accepted", "Accepted, waits for a second person"),
                            ("fulfilling", "Systems are being asked"),
                            ("completed", "Completed"),
                            ("completed_with_exceptions", "Completed, some data is kept on a legal ground"),
                            ("partly_failed", "Partly failed, data is left"),
                            ("refused", "Refused"),
                            ("cancelled", "Cancelled by the person"),
                            ("expired", "Closed, identity was never confirmed"),
                        ],
                        default="received",
                        max_length=30,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(null=True)),
                ("due_on", models.DateField()),
                ("due_at", models.DateTimeField(help_text="Earliest moment the answer is late")),
                (
                    "deadline",
                    models.JSONField(
                        default=dict, help_text="The due date with its explanation, frozen on receipt"
                    ),
                ),
                ("extended_at", models.DateTimeField(null=True)),
                ("extension_reason", models.TextField(blank=True)),
                ("delay_told_at", models.DateTimeField(null=True)),
                ("refusal_reason", models.CharField(blank=True, max_length=60)),
                ("refusal_text", models.TextField(blank=True)),
                ("tasks_total", models.PositiveIntegerField(default=0)),
                ("tasks_done", models.PositiveIntegerField(default=0)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.subject"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["controller", "status", "due_at"], name="request_queue"),
                    models.Index(fields=["subject"], name="request_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                (
                                    "status__in",
                                    [
                                        "cancelled",
                                        "completed",
                                        "completed_with_exceptions",
                                        "expired",
                                        "partly_failed",
                                        "refused",
                                    ],
                                ),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "status__in",
                                        [
                                            "cancelled",
                                            "completed",
                                            "completed_with_exceptions",
                                            "expired",
                                            "partly_failed",
                                            "refused",
                                        ],
                                    ),
                                    _negated=True,
                                ),
                                ("closed_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="a_closed_request_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tasks_done__lte", models.F("tasks_total"))),
                        name="done_never_exceeds_total",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "refused"), _negated=True),
                            models.Q(("refusal_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_refusal_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "hash",
                    models.CharField(
                        help_text="SHA-256 over the lines; a run may not exceed it", max_length=64
                    ),
                ),
                ("accepted_by", models.CharField(blank=True, max_length=80)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("approved_by", models.CharField(blank=True, max_length=80)),
                ("approved_at", models.DateTimeField(null=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plans",
                        to="dsr.subjectrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("request", "version"), name="a_plan_version_is_made_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", ""),
                            ("accepted_by", ""),
                            models.Q(("approved_by", models.F("accepted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="a_second_person_approves",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "letter",
                    models.JSONField(
                        default=dict, help_text="Codes and numbers the letter is made from; no personal data"
                    ),
                ),
                (
                    "parcel",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.parcel",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="dsr.subjectrequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("method", models.CharField(default="email_code", max_length=20)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="dsr.subjectrequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Download",
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
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="downloads", to="dsr.answer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("system", models.CharField(max_length=60)),
                ("dataset", models.CharField(blank=True, max_length=80)),
                ("found", models.PositiveIntegerField(null=True)),
                ("erase", models.PositiveIntegerField(null=True)),
                ("change", models.PositiveIntegerField(null=True)),
                ("keep", models.PositiveIntegerField(null=True)),
                (
                    "grounds",
                    models.JSONField(default=list, help_text="[{field, rows, reason, article, until}]"),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True, help_text="Why the system could not be counted", max_length=80
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.connection"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="dsr.plan"
                    ),
                ),
            ],
        ),
    ]
