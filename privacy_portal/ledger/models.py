"""The rows of the ledger. Event, Leaf, TreeNode and Checkpoint are append-only by database triggers (`triggers.py`)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from privacy_portal.ledger import canonical, catalogue
from privacy_portal.ledger.facts import Fact, as_json

if TYPE_CHECKING:
    from privacy_portal.staff.reach import Reach


class EventQuerySet(models.QuerySet["Event"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def about(self, subject_id: uuid.UUID) -> Self:
        return self.filter(subject_id=subject_id)

    def of_story(self, correlation_id: uuid.UUID) -> Self:
        """Everything that followed from one first event, oldest first."""
        return self.filter(correlation_id=correlation_id).order_by("pk")


class Event(models.Model):
    """Something happened. `subject_id` is no foreign key: the line outlives the person's forgetting."""

    event_id = models.UUIDField(default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=40)
    payload = models.JSONField()
    controller = models.ForeignKey("portal.Controller", null=True, on_delete=models.PROTECT, related_name="+")
    subject_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    correlation_id = models.UUIDField()
    causation_id = models.UUIDField(null=True)

    objects = EventQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="an_event_is_recorded_once", fields=["event_id"]),
            models.CheckConstraint(
                name="an_event_is_not_its_own_cause", condition=~Q(causation_id=models.F("event_id"))
            ),
        ]
        indexes = [
            models.Index(name="event_controller", fields=["controller", "id"]),
            models.Index(name="event_subject", fields=["subject_id", "id"]),
            models.Index(name="event_story", fields=["correlation_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    def fact(self) -> Fact:
        """The payload as its catalogue entry. Raises KeyError on a type the catalogue does not have."""
        return catalogue.CATALOGUE[self.type].from_payload(self.payload)

    def leaf_bytes(self) -> bytes:
        """What is hashed into the tree: canonical JSON of every column that says what happened (docs/ledger.md)."""
        return canonical.dumps(
            {
                "actor": self.actor,
                "causation_id": as_json(self.causation_id),
                "controller_id": as_json(self.controller_id),
                "correlation_id": as_json(self.correlation_id),
                "event_id": as_json(self.event_id),
                "occurred_at": as_json(self.occurred_at),
                "payload": self.payload,
                "subject_id": as_json(self.subject_id),
                "type": self.type,
                "v": 1,
            }
        )


class PendingSeal(models.Model):
    """The queue of the sealer: gone once the event has its position."""

    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.PROTECT, related_name="pending_seal"
    )

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"unsealed {self.event_id}"


class Leaf(models.Model):
    """An event's place in the one order of the ledger, from 0 without gap."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="leaf")
    leaf_hash = models.BinaryField(max_length=32)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [models.CheckConstraint(name="positions_start_at_zero", condition=Q(position__gte=0))]

    def __str__(self) -> str:
        return f"leaf {self.position}"


class TreeNode(models.Model):
    """Root of a complete subtree of 2^level leaves, starting at index · 2^level. Level 0 is `Leaf`."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_tree_node_is_computed_once", fields=["level", "index"]),
            models.CheckConstraint(
                name="tree_nodes_stand_above_leaves", condition=Q(level__gte=1, index__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"node {self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed statement: the first `size` entries have this root (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [models.CheckConstraint(name="a_checkpoint_covers_an_entry", condition=Q(size__gte=1))]

    def __str__(self) -> str:
        return f"checkpoint {self.size}"


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", "Waits for its handler"
    DONE = "done", "Handled"
    DEAD = "dead", "Given up; a person must look"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(event__controller_id__in=reach.controller_ids)

    def due(self, now: datetime) -> Self:
        return self.filter(status=DeliveryStatus.WAITING, due_at__lte=now)

    def dead(self) -> Self:
        return self.filter(status=DeliveryStatus.DEAD)


class Delivery(models.Model):
    """One event for one handler. `attempts` counts failures; `last_error` is a code, never a message."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=120)
    status = models.CharField(max_length=8, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    last_error = models.CharField(max_length=80, blank=True)
    done_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="an_event_is_delivered_once_to_a_handler", fields=["event", "handler"]
            ),
            models.CheckConstraint(
                name="done_and_done_at_go_together",
                condition=Q(status="done", done_at__isnull=False) | (~Q(status="done") & Q(done_at=None)),
            ),
        ]
        indexes = [
            models.Index(name="deliveries_waiting", fields=["due_at", "id"], condition=Q(status="waiting")),
            models.Index(name="deliveries_dead", fields=["id"], condition=Q(status="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.handler} for event {self.event_id}"
