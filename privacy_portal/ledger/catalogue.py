"""THE CATALOGUE: every event there is, named by the snake case of its class. docs/events.md is drawn from it."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args, get_origin

from privacy_portal.ledger.events.consent import (
    ConsentExpired,
    ConsentGiven,
    ConsentPending,
    ConsentRefused,
    ConsentRenewed,
    ConsentWithdrawn,
    NoticePublished,
)
from privacy_portal.ledger.events.data import (
    DataAccessed,
    DataDeleted,
    DataExported,
    DataModified,
    MessageReceived,
    ParcelMade,
    SubjectForgotten,
    SubjectMerged,
)
from privacy_portal.ledger.events.governance import (
    AuthorityNotified,
    BreachAssessed,
    BreachClosed,
    BreachDetected,
    BreachReported,
    DeadlineWarned,
    DisposalClosed,
    DisposalPlanned,
    DisposalReleased,
    HoldLifted,
    HoldPlaced,
    PurposeRegistered,
    RetentionExpired,
    SystemRegistered,
)
from privacy_portal.ledger.events.house import (
    DeliveryRetried,
    LedgerVerified,
    RoleGranted,
    RoleRevoked,
    StaffSignedIn,
)
from privacy_portal.ledger.events.requests import (
    AnswerDownloaded,
    AnswerNotDelivered,
    IdentityConfirmed,
    IdentityRefused,
    PlanSetAside,
    RequestAccepted,
    RequestAnswered,
    RequestApproved,
    RequestAssigned,
    RequestCancelled,
    RequestDelayed,
    RequestExtended,
    RequestHeld,
    RequestLocated,
    RequestOpened,
    RequestRefused,
    RequestReleased,
)
from privacy_portal.ledger.events.tasks import (
    SystemPaused,
    SystemResumed,
    TaskCompleted,
    TaskFailed,
    TaskRetried,
    TaskSkipped,
    TaskWaitsForPerson,
)
from privacy_portal.ledger.facts import Fact, field_types

CHAPTERS: dict[str, tuple[type[Fact], ...]] = {
    "Consent": (
        ConsentGiven,
        ConsentRenewed,
        ConsentWithdrawn,
        ConsentExpired,
        ConsentRefused,
        ConsentPending,
        NoticePublished,
    ),
    "Personal data": (
        DataAccessed,
        DataModified,
        DataDeleted,
        DataExported,
        ParcelMade,
        SubjectMerged,
        SubjectForgotten,
        MessageReceived,
    ),
    "Requests": (
        RequestOpened,
        IdentityConfirmed,
        IdentityRefused,
        RequestLocated,
        RequestAccepted,
        RequestApproved,
        PlanSetAside,
        RequestAssigned,
        RequestRefused,
        RequestExtended,
        RequestDelayed,
        RequestHeld,
        RequestReleased,
        RequestAnswered,
        AnswerNotDelivered,
        RequestCancelled,
        AnswerDownloaded,
    ),
    "Tasks and systems": (
        TaskCompleted,
        TaskFailed,
        TaskWaitsForPerson,
        TaskSkipped,
        TaskRetried,
        SystemPaused,
        SystemResumed,
    ),
    "Register and retention": (
        SystemRegistered,
        PurposeRegistered,
        RetentionExpired,
        DisposalPlanned,
        DisposalReleased,
        DisposalClosed,
        HoldPlaced,
        HoldLifted,
    ),
    "Breaches and clocks": (
        BreachDetected,
        BreachReported,
        BreachAssessed,
        DeadlineWarned,
        AuthorityNotified,
        BreachClosed,
    ),
    "The house": (StaffSignedIn, RoleGranted, RoleRevoked, DeliveryRetried, LedgerVerified),
}
CATALOGUE: dict[str, type[Fact]] = {kind.type_name(): kind for kinds in CHAPTERS.values() for kind in kinds}

__all__ = [
    "CATALOGUE",
    "CHAPTERS",
    "AnswerDownloaded",
    "AnswerNotDelivered",
    "AuthorityNotified",
    "BreachAssessed",
    "BreachClosed",
    "BreachDetected",
    "BreachReported",
    "ConsentExpired",
    "ConsentGiven",
    "ConsentRenewed",
    "ConsentPending",
    "ConsentRefused",
    "ConsentWithdrawn",
    "DataAccessed",
    "DataDeleted",
    "DataExported",
    "DataModified",
    "DeadlineWarned",
    "DeliveryRetried",
    "DisposalClosed",
    "DisposalPlanned",
    "DisposalReleased",
    "HoldLifted",
    "HoldPlaced",
    "IdentityConfirmed",
    "IdentityRefused",
    "LedgerVerified",
    "MessageReceived",
    "NoticePublished",
    "ParcelMade",
    "PlanSetAside",
    "PurposeRegistered",
    "RequestAccepted",
    "RequestAnswered",
    "RequestApproved",
    "RequestAssigned",
    "RequestCancelled",
    "RequestDelayed",
    "RequestExtended",
    "RequestHeld",
    "RequestLocated",
    "RequestOpened",
    "RequestRefused",
    "RequestReleased",
    "RetentionExpired",
    "RoleGranted",
    "RoleRevoked",
    "StaffSignedIn",
    "SubjectForgotten",
    "SubjectMerged",
    "SystemPaused",
    "SystemRegistered",
    "SystemResumed",
    "TaskCompleted",
    "TaskFailed",
    "TaskRetried",
    "TaskSkipped",
    "TaskWaitsForPerson",
    "as_markdown",
]


def as_markdown() -> str:
    """The text of docs/events.md."""
    parts = [_PREFACE]
    for chapter, kinds in CHAPTERS.items():
        parts.append(f"\n## {chapter}\n")
        parts.extend(_section(kind) for kind in kinds)
    return "".join(parts)


_PREFACE = """\
# The events of the ledger

Drawn from `privacy_portal/ledger/catalogue.py`; a test keeps the two equal. Beside its payload every event has
`event_id`, `type`, `controller_id`, `subject_id` (a random id, no name), `actor` (kind:reference), `occurred_at`,
`correlation_id` (one story from its first event on) and `causation_id` (the event that led to it). A payload holds ids,
codes, whole numbers and moments only; `?` marks what may be null.
"""


def _section(kind: type[Fact]) -> str:
    said = re.sub(r"\s+", " ", (kind.__doc__ or "").strip())
    rows = "".join(f"- `{name}`: {_type_text(hint)}\n" for name, hint in field_types(kind).items())
    return f"\n### `{kind.type_name()}`\n\n{said}\n\n{rows}"


def _type_text(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        return str(hint.__metadata__[0])
    if get_origin(hint) is tuple:
        return f"list of {_type_text(get_args(hint)[0])}"
    options = [option for option in get_args(hint) if option is not type(None)]
    if options:
        return _type_text(options[0]) + "?"
    return _WORDS[hint.__name__]


_WORDS = {"UUID": "id", "int": "number", "bool": "true or false", "datetime": "moment", "date": "day"}
