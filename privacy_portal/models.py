"""Gathers the ground floor's models so that Django finds them."""

from privacy_portal.api.models import IdempotentAnswer, ServiceClient
from privacy_portal.appointments.models import Appointment
from privacy_portal.fanout.models import (
    Confirmation,
    Connection,
    EvidenceKey,
    Parcel,
    SystemTask,
    TaskDependency,
    TaskStatusChange,
)
from privacy_portal.inbox.models import Receipt
from privacy_portal.ledger.models import Checkpoint, Delivery, Event, Leaf, PendingSeal, TreeNode
from privacy_portal.organisation.models import Controller
from privacy_portal.staff.models import Membership, User
from privacy_portal.subjects.models import Identifier, Subject

__all__ = [
    "Appointment",
    "Checkpoint",
    "Confirmation",
    "Connection",
    "Controller",
    "Delivery",
    "Event",
    "EvidenceKey",
    "IdempotentAnswer",
    "Identifier",
    "Leaf",
    "Membership",
    "Parcel",
    "PendingSeal",
    "Receipt",
    "ServiceClient",
    "Subject",
    "SystemTask",
    "TaskDependency",
    "TaskStatusChange",
    "TreeNode",
    "User",
]
