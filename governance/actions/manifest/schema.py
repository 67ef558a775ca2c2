"""The shape of a manifest, version 1, as documented in docs/manifest.md."""

from __future__ import annotations

import zoneinfo
from typing import Any

from governance.actions.manifest.reading import Path, Reading
from governance.actions.manifest.shapes import Keys, flag, listed, one_of, period, table, text, whole
from governance.states import Disposition, ErasureStrategy, Level
from privacy_portal.errors import Invalid
from privacy_portal.law.calendars import Calendar
from privacy_portal.vocabulary import DataCategory, IdentifierKind, LegalBasis
from privacy_portal.wiring import CONNECTORS

CODE = text(most=60, pattern=r"[a-z][a-z0-9_-]*", meant="a code of small letters, digits, - and _")
NAME = text(most=200)
LINE = text(most=300)
PROSE = text(most=4000)
COLUMN = text(most=80, pattern=r"[A-Za-z_][A-Za-z0-9_.$-]*", meant="the name of a field or column")
COUNTRY = text(most=2, pattern=r"[A-Z]{2}", meant='an ISO 3166-1 code in capitals, such as "IE"')
MAIL = text(most=254, pattern=r"[^@\s]+@[^@\s]+", meant="an e-mail address")
URL = text(most=200, pattern=r"https?://\S+", meant="a web address")
LANGUAGE = text(most=5, pattern=r"[a-z]{2}(-[A-Z]{2})?", meant='an ISO 639-1 code, such as "en"')
CATEGORY = one_of(DataCategory.values)
CHANGES = ("withdrawn", "expired", "given")


def time_zone(value: Any, path: Path, reading: Reading) -> str:
    try:
        zoneinfo.ZoneInfo(str(value))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        reading.wrong(path, f"'{value}' is no time zone", "Write an IANA name, such as Europe/Dublin.")
    return str(value)


def calendar(value: Any, path: Path, reading: Reading) -> str:
    try:
        Calendar.of(str(value))
    except Invalid as error:
        reading.wrong(path, f"'{value}' is no calendar of public holidays", error.fix)
    return str(value)


def anything(value: Any, path: Path, reading: Reading) -> Any:
    """Options only the connector can judge."""
    return value


FIELD = Keys(
    required={"name": COLUMN, "category": CATEGORY},
    optional={
        "level": (one_of(Level.values), Level.INTERNAL.value),
        "erase": (one_of(ErasureStrategy.values), ErasureStrategy.DELETE.value),
        "reason": (LINE, ""),
        "article": (text(most=80), ""),
        "statute": (text(most=120), ""),
        "start": (COLUMN, ""),
        "period": (period, ""),
    },
)
RETENTION = Keys(
    required={"start": COLUMN, "period": period, "source": LINE},
    optional={"action": (one_of(Disposition.values), Disposition.DELETE.value)},
)
DATASET = Keys(
    required={"name": CODE, "fields": listed(FIELD, least=1)},
    optional={
        "table": (COLUMN, ""),
        "key": (COLUMN, ""),
        "identity": (table(one_of(IdentifierKind.values), COLUMN), {}),
        "references": (listed(Keys(required={"field": COLUMN, "to": CODE})), []),
        "retention": (RETENTION, None),
    },
)
CONNECTION = Keys(
    required={},
    optional={
        "url": (text(most=500), ""),
        "secret": (text(most=200), ""),
        "timeout_seconds": (whole(1, 600), 30),
        "max_attempts": (whole(1, 50), 8),
        "answer_within_hours": (whole(1, 720), 72),
        "options": (table(text(most=60), anything), {}),
    },
)
TRANSFER = Keys(required={"country": COUNTRY, "safeguard": text(most=120)})
ACTIVITY = Keys(
    required={"purpose": CODE, "does": LINE},
    optional={
        "actions": (table(one_of(CHANGES), listed(CODE, least=1)), {}),
        "within_hours": (whole(1, 720), None),
        "recipients": (listed(CODE), []),
        "retention": (LINE, ""),
        "transfers": (listed(TRANSFER), []),
    },
)
SYSTEM = Keys(
    required={"code": CODE, "name": NAME, "kind": one_of(CONNECTORS), "country": COUNTRY},
    optional={
        "owner": (Keys(required={"team": NAME}, optional={"name": (NAME, "")}), {}),
        "group": (text(most=40, pattern=r"[a-z0-9_-]+", meant="an executor group"), "default"),
        "after": (listed(CODE), []),
        "connection": (CONNECTION, {}),
        "datasets": (listed(DATASET), []),
        "activities": (listed(ACTIVITY), []),
    },
)
PURPOSE = Keys(
    required={
        "code": CODE,
        "name": table(LANGUAGE, NAME),
        "text": table(LANGUAGE, PROSE),
        "legal_basis": one_of(LegalBasis.values),
        "categories": listed(CATEGORY, least=1),
    },
    optional={
        "special_condition": (
            text(most=20, pattern=r"Art\. 9\(2\)\([a-j]\)", meant="such as Art. 9(2)(a)"),
            "",
        ),
        "interest": (LINE, ""),
        "stop_within_hours": (whole(1, 720), 72),
        "live": (flag, True),
    },
)
RECIPIENT = Keys(
    required={"code": CODE, "name": NAME, "kind": text(most=40), "country": COUNTRY},
    optional={"safeguard": (text(most=120), "")},
)
FLOW = Keys(
    required={"from": CODE, "categories": listed(CATEGORY, least=1)},
    optional={
        "to": (CODE, ""),
        "to_recipient": (CODE, ""),
        "purpose": (CODE, ""),
        "via": (text(most=120), ""),
    },
)
CONTROLLER = Keys(
    required={"code": CODE, "name": NAME, "country": COUNTRY, "mail_from": MAIL},
    optional={
        "calendar": (calendar, ""),
        "time_zone": (time_zone, "UTC"),
        "languages": (listed(LANGUAGE, least=1), ["en"]),
        "address": (PROSE, ""),
        "officer": (Keys(required={"name": NAME, "email": MAIL}), {}),
        "authority": (Keys(required={"name": NAME}, optional={"url": (URL, "")}), {}),
        "access_review": (flag, False),
        "recipients": (listed(RECIPIENT), []),
        "purposes": (listed(PURPOSE), []),
        "systems": (listed(SYSTEM), []),
        "flows": (listed(FLOW), []),
    },
)
MANIFEST = Keys(required={"manifest": whole(1, 1), "controllers": listed(CONTROLLER, least=1)})
