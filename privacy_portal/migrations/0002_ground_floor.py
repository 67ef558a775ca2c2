import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # Other people's tables first: each of their changes would otherwise be weighed against every model of ours,
    # which took 20 seconds of the first start.
    dependencies = [
        ("portal", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
                ("note", models.TextField()),
                ("signed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("size__gte", 1)), name="a_checkpoint_covers_an_entry"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TreeNode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("level", "index"), name="a_tree_node_is_computed_once"),
                    models.CheckConstraint(
                        condition=models.Q(("index__gte", 0), ("level__gte", 1)),
                        name="tree_nodes_stand_above_leaves",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("type", models.CharField(max_length=40)),
                ("payload", models.JSONField()),
                ("subject_id", models.UUIDField(null=True)),
                ("actor", models.CharField(max_length=80)),
                ("occurred_at", models.DateTimeField()),
                ("correlation_id", models.UUIDField()),
                ("causation_id", models.UUIDField(null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.controller",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["controller", "id"], name="event_controller"),
                    models.Index(fields=["subject_id", "id"], name="event_subject"),
                    models.Index(fields=["correlation_id", "id"], name="event_story"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("event_id",), name="an_event_is_recorded_once"),
                    models.CheckConstraint(
                        condition=models.Q(("causation_id", models.F("event_id")), _negated=True),
                        name="an_event_is_not_its_own_cause",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.SlugField(max_length=60)),
                ("kind", models.CharField(max_length=20)),
                ("options", models.JSONField(default=dict)),
                ("secret", models.BinaryField(default=bytes)),
                (
                    "group",
                    models.SlugField(
                        default="default",
                        help_text="Executor group: Celery queue fanout.<group>",
                        max_length=40,
                    ),
                ),
                ("timeout_seconds", models.PositiveIntegerField(default=30)),
                ("max_attempts", models.PositiveSmallIntegerField(default=8)),
                (
                    "answer_within_hours",
                    models.PositiveSmallIntegerField(default=72, help_text="For answers that come later"),
                ),
                ("paused_at", models.DateTimeField(null=True)),
                ("paused_by", models.CharField(blank=True, max_length=80)),
                ("retired_at", models.DateTimeField(null=True)),
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
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="connections",
                        to="portal.controller",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "code"), name="a_connection_code_is_unique_per_controller"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("forgotten_at", models.DateTimeField(null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="portal.subject",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("forgotten_at", None),
                            models.Q(("forgotten_at__isnull", False), ("key", None)),
                            _connector="OR",
                        ),
                        name="a_forgotten_subject_has_no_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PendingSeal",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="pending_seal",
                        serialize=False,
                        to="portal.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("handler", models.CharField(max_length=120)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for its handler"),
                            ("done", "Handled"),
                            ("dead", "Given up; a person must look"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("last_error", models.CharField(blank=True, max_length=80)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="portal.event",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["due_at", "id"],
                        name="deliveries_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("status", "dead")), fields=["id"], name="deliveries_dead"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "handler"), name="an_event_is_delivered_once_to_a_handler"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", False), ("status", "done")),
                            models.Q(models.Q(("status", "done"), _negated=True), ("done_at", None)),
                            _connector="OR",
                        ),
                        name="done_and_done_at_go_together",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf_hash", models.BinaryField(max_length=32)),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="leaf", to="portal.event"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 0)), name="positions_start_at_zero"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("message_id", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("task_result", "Answer to a task"),
                            ("change", "A service says that data changed"),
                            ("breach", "A breach was seen"),
                        ],
                        max_length=20,
                    ),
                ),
                ("body", models.BinaryField(help_text="Sealed: it may hold personal data")),
                ("received_at", models.DateTimeField()),
                ("handled_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=80)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="portal.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "message_id"), name="a_message_is_received_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "E-mail address"),
                            ("phone", "Phone number"),
                            ("customer_id", "Customer number"),
                            ("device_id", "Device id"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.BinaryField()),
                ("index", models.BinaryField(max_length=32)),
                ("added_at", models.DateTimeField()),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="portal.subject",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "kind", "index"), name="an_identifier_names_one_subject"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SystemTask",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("locate", "Locate"),
                            ("export", "Export"),
                            ("erase", "Erase"),
                            ("rectify", "Rectify"),
                            ("restrict", "Restrict"),
                            ("expire", "Expire"),
                            ("notify", "Notify"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "cause_kind",
                    models.CharField(
                        choices=[
                            ("request", "Subject request"),
                            ("location", "Dry run of a subject request"),
                            ("withdrawal", "Consent change"),
                            ("sweep", "Retention sweep"),
                            ("breach", "Breach"),
                            ("message", "Mail to a person"),
                        ],
                        max_length=12,
                    ),
                ),
                ("cause_id", models.UUIDField()),
                ("subject_id", models.UUIDField(null=True)),
                ("instructions", models.JSONField(default=dict)),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, help_text="Idempotency key, the same over retries", unique=True
                    ),
                ),
                ("group", models.SlugField(max_length=40)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("blocked", "Waits for another system"),
                            ("waiting", "Ready to be asked"),
                            ("running", "Being asked"),
                            ("accepted", "Taken; the system will answer"),
                            ("waiting_on_person", "Waits for a person"),
                            ("completed", "Completed"),
                            ("failed", "Failed; a person must look"),
                            ("skipped", "Skipped with a reason"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=20,
                    ),
                ),
                ("blockers", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(help_text="Legal due date; the queue is in this order")),
                ("run_after", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("token", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("correlation_id", models.UUIDField()),
                ("outcome", models.JSONField(default=dict)),
                ("error_code", models.CharField(blank=True, max_length=80)),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="portal.connection",
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["status", "group", "due_at", "run_after"], name="task_queue"),
                    models.Index(fields=["cause_kind", "cause_id"], name="task_cause"),
                    models.Index(fields=["subject_id"], name="task_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("status", "running")),
                            models.Q(models.Q(("status", "running"), _negated=True), ("lease_until", None)),
                            _connector="OR",
                        ),
                        name="only_a_running_task_holds_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("blockers__gt", 0), ("status", "blocked")),
                            models.Q(("status", "blocked"), _negated=True),
                            _connector="OR",
                        ),
                        name="a_blocked_task_has_blockers",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("subject_id", models.UUIDField(null=True)),
                (
                    "cause_kind",
                    models.CharField(
                        choices=[
                            ("request", "Subject request"),
                            ("location", "Dry run of a subject request"),
                            ("withdrawal", "Consent change"),
                            ("sweep", "Retention sweep"),
                            ("breach", "Breach"),
                            ("message", "Mail to a person"),
                        ],
                        max_length=12,
                    ),
                ),
                ("cause_id", models.UUIDField()),
                ("name", models.CharField(help_text="Such as package.zip; never personal", max_length=80)),
                ("path", models.CharField(max_length=120)),
                ("key", models.BinaryField(null=True)),
                ("size", models.PositiveBigIntegerField()),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(help_text="Of the plain content", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("destroyed_at", models.DateTimeField(null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
                (
                    "task",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcel",
                        to="portal.systemtask",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["cause_kind", "cause_id"], name="parcel_cause")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("destroyed_at", None),
                            models.Q(("destroyed_at__isnull", False), ("key", None)),
                            _connector="OR",
                        ),
                        name="a_destroyed_parcel_has_no_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[("completed", "Done by hand"), ("skipped", "Skipped")], max_length=12
                    ),
                ),
                ("reason", models.TextField(help_text="Without personal data")),
                ("rows_left", models.PositiveIntegerField(default=0)),
                ("evidence", models.FileField(blank=True, upload_to="evidence/")),
                ("evidence_sha256", models.CharField(blank=True, max_length=64)),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="portal.systemtask",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="a_confirmation_gives_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskDependency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "needs",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="unblocks",
                        to="portal.systemtask",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="needs",
                        to="portal.systemtask",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("task", "needs"), name="a_dependency_is_stated_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskStatusChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("blocked", "Waits for another system"),
                            ("waiting", "Ready to be asked"),
                            ("running", "Being asked"),
                            ("accepted", "Taken; the system will answer"),
                            ("waiting_on_person", "Waits for a person"),
                            ("completed", "Completed"),
                            ("failed", "Failed; a person must look"),
                            ("skipped", "Skipped with a reason"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("attempt", models.PositiveSmallIntegerField()),
                ("code", models.CharField(blank=True, max_length=80)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="portal.systemtask",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ServiceClient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60)),
                ("scopes", models.JSONField(default=list)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="service",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.controller"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "code"), name="a_service_code_is_unique_per_controller"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                (
                    "fingerprint",
                    models.CharField(help_text="SHA-256 of method, path and body", max_length=64),
                ),
                ("started_at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("body", models.BinaryField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="portal.serviceclient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "key"), name="a_key_is_used_once_per_service"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("body", None), ("status", None)),
                            models.Q(("body__isnull", False), ("status__isnull", False)),
                            _connector="OR",
                        ),
                        name="status_and_body_come_together",
                    ),
                ],
            },
        ),
    ]
