"""What shows how a decision was expressed, and how little of it is kept."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from consent.states import Method


@dataclass(frozen=True, slots=True)
class Proof:
    """How the person said it. `notice_version` is the number they saw, in `language`; None says we cannot show it."""

    method: Method = Method.SERVICE
    notice_version: int | None = None
    language: str = ""
    interface: str = ""
    source: str = ""
    user_agent: str = field(default="", repr=False)
    address: str = field(default="", repr=False)

    def network(self) -> str:
        """The network address without the part that names one line: IPv4 /24, IPv6 /48; empty if it is none."""
        try:
            address = ipaddress.ip_address(self.address.strip())
        except ValueError:
            return ""
        prefix = 24 if address.version == 4 else 48
        return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


NO_PROOF = Proof()
