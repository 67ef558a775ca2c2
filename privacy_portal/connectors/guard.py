"""Outbound HTTP that cannot be turned inward: only global addresses, no redirects, no proxies, capped answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx2

from privacy_portal.connectors.base import Refused, Unreachable

MOST_BYTES = 1 << 20
"""Cap on an answer whose request sets no `max_bytes` extension."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_GLOBAL_AFTER_ALL = (
    IPv4Network("192.0.0.0/24"),  # IETF assignments
    IPv4Network("192.88.99.0/24"),  # the retired 6to4 relays
    IPv4Network("224.0.0.0/4"),  # multicast
    # Inside 2000::/3, but each can carry or hide an IPv4 address or leads nowhere; `is_global` lets some pass.
    IPv6Network("2001::/23"),  # IETF assignments, Teredo among them
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3fff::/20"),  # documentation
)


class GuardedTransport(httpx2.BaseTransport):
    """Resolves a name once, checks what it found and connects to exactly that; TLS name and Host stay as given.

    `allow` holds `host:port` entries that may be reached whatever their address, and over plain HTTP.
    Raises Refused for a destination that may not be asked, Unreachable for a name that does not resolve.
    """

    def __init__(
        self, *, allow: frozenset[str] = frozenset(), inner: httpx2.BaseTransport | None = None
    ) -> None:
        self._allow = frozenset(entry.lower() for entry in allow)
        self._inner = inner or httpx2.HTTPTransport(trust_env=False, retries=0)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        given = request.url
        addresses = self._addresses(given)
        request.extensions = {**request.extensions, "sni_hostname": given.host}
        response = self._first_that_answers(request, addresses)
        if response.is_redirect or 300 <= response.status_code < 400:
            response.close()
            raise Refused("redirect")
        return _capped(response, request)

    def close(self) -> None:
        self._inner.close()

    def _addresses(self, url: httpx2.URL) -> list[str]:
        if url.scheme not in ("http", "https") or not url.host:
            raise Refused("bad_url")
        if url.userinfo:
            raise Refused("password_in_url")
        port = url.port or (443 if url.scheme == "https" else 80)
        if f"{bracketed(url.host)}:{port}" in self._allow:
            return resolve(url.host, port)
        if url.scheme != "https":
            raise Refused("not_https")
        addresses = resolve(url.host, port)
        if not all(is_public(address) for address in addresses):
            raise Refused("address_refused")
        return addresses

    def _first_that_answers(self, request: httpx2.Request, addresses: list[str]) -> httpx2.Response:
        given = request.url
        for number, address in enumerate(addresses, start=1):
            if address != given.host:
                request.url = given.copy_with(host=address)
            try:
                return self._inner.handle_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise Unreachable("name_not_resolved")


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, once. Decimal, hexadecimal and octal forms come out as what they mean."""
    if not 0 < port < 65536:
        raise Refused("bad_url")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable("name_not_resolved") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether an address belongs to the open internet, all translated and tunnelled forms refused.

    IPv4-mapped, IPv4-compatible, NAT64 (64:ff9b::/96), link-local, unique-local and site-local addresses lie outside
    2000::/3, the only range IPv6 hands out to hosts.
    """
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (address.scope_id or address not in _GLOBAL_UNICAST):
        return False
    return address.is_global and not any(address in network for network in _NOT_GLOBAL_AFTER_ALL)


def bracketed(host: str) -> str:
    """A host as it stands before a port: `[::1]`, `example.org`."""
    return f"[{host.lower()}]" if ":" in host else host.lower()


def _capped(response: httpx2.Response, request: httpx2.Request) -> httpx2.Response:
    most = int(request.extensions.get("max_bytes", MOST_BYTES))
    until = request.extensions.get("until")
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        response.close()
        raise Refused("answer_too_large")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        response.close()
        raise Refused("answer_compressed")
    assert isinstance(response.stream, httpx2.SyncByteStream)
    return httpx2.Response(
        status_code=response.status_code,
        headers=response.headers,
        stream=_CappedStream(response.stream, most, until),
        extensions=response.extensions,
    )


class _CappedStream(httpx2.SyncByteStream):
    """Counts what passes and watches the clock: a slow drip of bytes must not hold a worker."""

    def __init__(self, stream: httpx2.SyncByteStream, most: int, until: float | None) -> None:
        self._stream = stream
        self._most = most
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        passed = 0
        for chunk in self._stream:
            passed += len(chunk)
            if passed > self._most:
                raise Refused("answer_too_large")
            if self._until is not None and time.monotonic() > self._until:
                raise Unreachable("timeout")
            yield chunk

    def close(self) -> None:
        self._stream.close()
