"""What may go wrong, by name. The docstring is the message; each error knows its HTTP status."""

from __future__ import annotations

import re


class DomainError(Exception):
    """The request could not be carried out."""

    status = 400

    def __init__(self, detail: str = "", **fields: object) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip().split("\n")[0]
        self.fields = fields
        super().__init__(self.detail)

    @property
    def code(self) -> str:
        """Stable name of the error: `IllegalMove` → `illegal-move`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class NotFound(DomainError):
    """There is no such thing, or it is not yours to see."""

    status = 404


class Forbidden(DomainError):
    """You may not do this."""

    status = 403


class Conflict(DomainError):
    """This contradicts what is already recorded."""

    status = 409


class IllegalMove(Conflict):
    """This step is not possible from the present state."""


class Invalid(DomainError):
    """A field does not hold what it must."""

    status = 422

    def __init__(self, field: str, fix: str, **fields: object) -> None:
        super().__init__(f"{field}: {fix}", **fields)
        self.field = field
        self.fix = fix


class Unavailable(DomainError):
    """Something this needs is away for the moment; try again."""

    status = 503
