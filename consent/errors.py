"""What may go wrong with a consent, by name."""

from __future__ import annotations

from privacy_portal.errors import Conflict, DomainError, NotFound


class UnknownSubject(NotFound):
    """Nobody with this id or identifier is known to this controller."""


class UnknownPurpose(NotFound):
    """No purpose with this code is in this controller's register."""


class NotByConsent(Conflict):
    """This purpose does not rest on consent, so there is nothing to give or to refuse."""


class PurposeNotLive(Conflict):
    """This purpose is no longer in use, so nobody can be asked for it."""


class OlderThanOnRecord(Conflict):
    """A later decision of this person is on record; an older one does not replace it."""


class SameText(Conflict):
    """The text is the one already published; nobody needs to be told again."""


class LinkNotValid(DomainError):
    """This link is not complete or was changed on its way. Ask for a new one."""

    status = 404


class LinkExpired(DomainError):
    """This link has expired. Ask for a new one."""

    status = 410
