"""What an event may hold: ids, codes, numbers, moments. Never a name, an address or free text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from types import NoneType
from typing import Annotated, Any, Self, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

T = TypeVar("T", bound=date)

Code = Annotated[str, "code"]
"""A word from a list of words, or an id: no space, no @, no run of digits that could be a phone or card number."""
LawName = Annotated[str, "law"]
"""A law as the rule table names it ("GDPR", "UK GDPR"): it starts with an abbreviation in capitals."""
Digest = Annotated[str, "digest"]
"""A SHA-256 in lower-case hexadecimal."""
Codes = tuple[Code, ...]

_PATTERNS = {
    "code": re.compile(
        r"(?!.*\d{7})[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|"
    ),
    "law": re.compile(r"(?=.{2,60}\Z)[A-Z][A-Z0-9]+(?: [A-Za-z0-9.()&-]+){0,5}"),
    "digest": re.compile(r"[0-9a-f]{64}"),
}
_LARGEST_INTEGER = 2**53 - 1
"""RFC 8785 numbers are IEEE doubles: a larger integer would not survive another reader."""


class NotForTheLedger(ValueError):
    """A value that is not an id, a short code, a whole number, a truth value or a moment. It is never quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One kind of event. Values are checked and brought to their type, so a stored payload can be read back."""

    def __post_init__(self) -> None:
        for name, bring in _readers(type(self)):
            try:
                object.__setattr__(self, name, bring(getattr(self, name)))
            except NotForTheLedger as error:
                raise NotForTheLedger(f"{type(self).__name__}.{name}: {error}") from None

    @classmethod
    def type_name(cls) -> str:
        """`ConsentWithdrawn` → `consent_withdrawn`."""
        return _snake_case(cls.__name__)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        return cls(**payload)

    def payload(self) -> dict[str, Any]:
        """As stored and hashed; every field is there, None as null."""
        return {name: as_json(getattr(self, name)) for name in field_names(type(self))}


# Worked out once a kind.
_types: dict[type[Fact], dict[str, Any]] = {}
_checks: dict[type[Fact], tuple[tuple[str, Callable[[Any], Any]], ...]] = {}


def as_json(value: Any) -> Any:
    """Ids as text, moments as RFC 3339 in UTC with microseconds, days as ISO 8601."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return str(value)


def field_names(kind: type[Fact]) -> tuple[str, ...]:
    return tuple(field_types(kind))


def field_types(kind: type[Fact]) -> dict[str, Any]:
    """Declared types by field, in order."""
    if kind not in _types:
        hints = get_type_hints(kind, include_extras=True)
        _types[kind] = {field.name: hints[field.name] for field in fields(kind)}
    return _types[kind]


@cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _readers(kind: type[Fact]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    if kind not in _checks:
        _checks[kind] = tuple((name, _reader(hint)) for name, hint in field_types(kind).items())
    return _checks[kind]


def _reader(hint: Any) -> Callable[[Any], Any]:
    """How to check a value of this declared type. Raises TypeError on a type no event may have."""
    if get_origin(hint) is Annotated:
        pattern = _PATTERNS[hint.__metadata__[0]]
        return lambda value: _text(value, pattern)
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda value: _several(value, item)
    options = [option for option in get_args(hint) if option is not NoneType]
    if len(options) == 1:
        inner = _reader(options[0])
        return lambda value: None if value is None else inner(value)
    if hint not in _SCALARS:
        raise TypeError(f"An event may not hold {hint}.")
    return _SCALARS[hint]


def _text(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NotForTheLedger("not a short code")
    return str.__str__(value)


def _several(value: Any, item: Callable[[Any], Any]) -> tuple[Any, ...]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise NotForTheLedger("not a list")
    return tuple(item(each) for each in value)


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise NotForTheLedger("not a UUID") from None


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_INTEGER:
        raise NotForTheLedger("not a whole number up to 2^53 - 1")
    return int(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotForTheLedger("not true or false")
    return value


def _moment(value: Any) -> datetime:
    moment = _parsed(value, datetime)
    if moment.tzinfo is None:
        raise NotForTheLedger("a moment without a time zone")
    return moment


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        raise NotForTheLedger("a moment where a day belongs")
    return _parsed(value, date)


def _parsed(value: Any, kind: type[T]) -> T:
    try:
        return value if isinstance(value, kind) else kind.fromisoformat(value)
    except (ValueError, TypeError):
        raise NotForTheLedger("not a date or moment in ISO 8601") from None


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    UUID: _uuid,
    bool: _truth,
    int: _whole_number,
    datetime: _moment,
    date: _day,
}
