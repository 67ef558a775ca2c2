"""The names people write for a law, a right or a clock, and the one name the table uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from privacy_portal.errors import Invalid
from privacy_portal.law.shapes import CLOCKS
from privacy_portal.law.wording import quoted

_LAWS: Final[dict[str, str]] = {
    "GDPR": "eu gdpr, dsgvo, rgpd, avg, general data protection regulation, reg 2016 679, regulation eu 2016 679",
    "UK GDPR": "gb gdpr, gdpr uk, ukgdpr",
    "UK DPA 2018": "dpa 2018, dpa, data protection act 2018, uk dpa",
    "UK PECR": "pecr",
    "CCPA": "cpra, ccpa cpra, us ca, ca ccpa, california consumer privacy act",
    "CA Civ Code 1798.82": "ca civ 1798 82, cal civ code 1798 82, civ code 1798 82, ca sb 446, sb 446, ca breach",
    "CA Delete Act (data brokers)": "ca delete act, delete act, california delete act, drop, ca drop",
    "VA VCDPA": "vcdpa, us va, virginia", "CO CPA": "cpa, us co, colorado",
    "CT CTDPA": "ctdpa, us ct, connecticut", "UT UCPA": "ucpa, us ut, utah", "TX TDPSA": "tdpsa, us tx, texas",
    "OR OCPA": "ocpa, us or, oregon", "FL FDBR": "fdbr, us fl, florida",
    "MT MTCDPA": "mtcdpa, mcdpa mt, us mt, montana", "DE DPDPA": "dpdpa, us de, delaware",
    "IA ICDPA": "us ia, iowa", "NE NDPA": "ndpa, us ne, nebraska",
    "NH": "nh nhpa, nhpa, us nh, nh rsa 507 h, rsa 507 h, nh sb 255, new hampshire",
    "NJ NJDPA": "njdpa, us nj, new jersey", "TN TIPA": "tipa, us tn, tennessee",
    "MN MCDPA": "mcdpa, us mn, minnesota", "MD MODPA": "modpa, us md, maryland",
    "IN ICDPA": "us in, indiana", "KY KCDPA": "kcdpa, us ky, kentucky",
    "RI RIDTPPA": "ridtppa, us ri, rhode island", "OK OCDPA": "ocdpa, us ok, oklahoma",
    "LA LDPA": "ldpa, us la, louisiana", "AL APDPA": "apdpa, us al, alabama",
    "VT VDPOSA": "vdposa, us vt, vermont",
    "LGPD": "br lgpd, lgpd br, brazil", "CH FADP": "fadp, nfadp, revfadp, dsg, revdsg, ndsg, ch dsg, switzerland",
    "PIPEDA (CA)": "pipeda, ca pipeda, canada", "NIS2": "nis 2, dir 2022 2555, eu nis2",
    "DORA": "eu dora, reg 2022 2554", "CNIL": "fr cnil", "EU telecom": "telecom, reg 611 2013, eprivacy telecom",
}  # fmt: skip

_RIGHTS: Final[dict[str, str]] = {
    "access": "know, right to know, subject access, sar, dsar, confirmation, confirmation access, copy, disclosure",
    "rectification": "correct, correction, rectify",
    "erasure": "delete, deletion, erase, right to be forgotten, delete correct, drop deletion list",
    "restriction": "restrict, restriction of processing",
    "portability": "port, data portability, export",
    "objection": "object, right to object",
    "human_review": "adm, admt, admt opt out, automated decision, automated decision making",
    "opt_out": "optout, opt outs, do not sell, sale, sharing, opt out of sale, opt out of sale sharing, gpc",
    "limit": "limit use, limit sensitive, limit use of sensitive pi",
    "information": "inform, art 14",
    "admt_access": "",
    "early_warning": "", "notification": "incident notification", "final_report": "final",
    "initial": "initial notification", "classification": "initial after classification",
    "intermediate": "intermediate report", "small_agent": "small agents", "complement": "complements",
}  # fmt: skip


def law(name: str) -> str:
    """The table's name of a law. Raises Invalid with the nearest known name."""
    return _look_up("law", name, _LAW_NAMES, _LAWS)


def right(name: str) -> str:
    return _look_up("right", name, _RIGHT_NAMES, _RIGHTS)


def clock(name: str) -> str:
    return _look_up("clock", name, _CLOCK_NAMES, CLOCKS)


def _look_up(field: str, written: str, names: dict[str, str], known: Iterable[str]) -> str:
    plain = _plain(written)
    if plain in names:
        return names[plain]
    near = [names[match] for match in get_close_matches(plain[:60], names, n=2, cutoff=0.75)]
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
    raise Invalid(field, f"{quoted(written)} is not known; {hint}Known: {', '.join(known)}")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _index(aliases: dict[str, str]) -> dict[str, str]:
    others = {_plain(alias): name for name, line in aliases.items() for alias in line.split(",") if alias}
    return others | {_plain(name): name for name in aliases}


_LAW_NAMES: Final = _index(_LAWS)
_RIGHT_NAMES: Final = _index(_RIGHTS)
_CLOCK_NAMES: Final = _index(dict.fromkeys(CLOCKS, ""))
