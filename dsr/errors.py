"""What may go wrong with a request."""

from privacy_portal.errors import Conflict, DomainError, Forbidden


class WrongCode(DomainError):
    """The code is not right, or it is no longer valid. Check the newest mail, or ask for a new code."""

    status = 422


class SecondPersonNeeded(Forbidden):
    """Who accepted the plan cannot approve it; a second person must."""


class PlanChanged(Conflict):
    """The plan is not the one you looked at. Read the new one, then decide."""


class AlreadyExtended(Conflict):
    """The period can be extended once (GDPR Art. 12(3))."""


class LinkExpired(DomainError):
    """This link is no longer valid. Ask for a new one."""

    status = 410


class OnHold(Conflict):
    """A legal hold forbids erasing this person's data; lift the hold first, or refuse with the ground."""
