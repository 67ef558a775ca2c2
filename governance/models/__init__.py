"""The rows of governance."""

from governance.models.breaches import Breach, BreachClock, DeadlineAlert, Notification
from governance.models.register import (
    DataElement,
    Dataset,
    Flow,
    ProcessingActivity,
    Purpose,
    Recipient,
    System,
)
from governance.models.retention import Disposal, DisposalEntry, Hold, RetentionRule, Sweep

__all__ = [
    "Breach",
    "BreachClock",
    "DataElement",
    "Dataset",
    "DeadlineAlert",
    "Disposal",
    "DisposalEntry",
    "Flow",
    "Hold",
    "Notification",
    "ProcessingActivity",
    "Purpose",
    "Recipient",
    "RetentionRule",
    "Sweep",
    "System",
]
