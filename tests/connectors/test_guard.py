"""The guard lets out only to the open internet, whatever form an inner address takes."""

from __future__ import annotations

import ipaddress
import socket

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from privacy_portal.connectors import guard
from privacy_portal.connectors.base import Refused, Unreachable
from privacy_portal.connectors.guard import GuardedTransport, is_public, resolve


class Recorder(httpx2.BaseTransport):
    """Stands where the network would be and notes what it was asked."""

    def __init__(self, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        self.asked: list[httpx2.Request] = []
        self._answer = status, body, headers

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        status, body, headers = self._answer
        return httpx2.Response(status, content=body, headers=headers)


def send(
    url: str, *, allow: frozenset[str] = frozenset(), inner: httpx2.BaseTransport | None = None, **extensions
):
    request = httpx2.Request("POST", url, content=b"{}", extensions=extensions)
    return GuardedTransport(allow=allow, inner=inner or Recorder()).handle_request(request)


INNER = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", INNER)
def test_an_address_that_is_not_of_the_open_internet_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "193.0.14.129", "2606:4700::1111", "2a00:1450::1"])
def test_an_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_slips_through_inside_an_ipv6_one(inner):
    number = int(inner)
    for form in (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address(number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x20010000 << 96) | number),
    ):
        assert not is_public(str(form))


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address):
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_loopback:
        assert not is_public(str(address))


@given(st.text())
def test_text_that_is_no_address_is_not_public(text):
    assert is_public(text) in (True, False)
    if not any(mark in text for mark in ".:"):
        assert not is_public(text)


def spelled(address: ipaddress.IPv4Address) -> st.SearchStrategy[str]:
    number, parts = int(address), address.packed
    return st.sampled_from(
        [
            str(number),
            hex(number),
            f"0{number:o}",
            ".".join(map(hex, parts)),
            ".".join(f"0{part:o}" for part in parts),
            f"{parts[0]}.{number & 0xFFFFFF}",
            f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
            f"[::ffff:{address}]",
            f"[64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}]",
        ]
    )


private = st.one_of(
    st.ip_addresses(network="127.0.0.0/8"),
    st.ip_addresses(network="10.0.0.0/8"),
    st.ip_addresses(network="169.254.0.0/16"),
    st.ip_addresses(network="100.64.0.0/10"),
)


@given(private.flatmap(spelled))
@example("2130706433")
@example("0x7f000001")
@example("017700000001")
@example("127.1")
@example("localhost")
def test_no_spelling_of_an_inner_address_is_connected_to(host):
    inner = Recorder()

    with pytest.raises((Refused, Unreachable, httpx2.InvalidURL)):
        send(f"https://{host}/requests", inner=inner)

    assert inner.asked == []


def test_a_name_with_one_inner_address_is_refused_as_a_whole(monkeypatch):
    answers = [(0, 0, 0, "", ("8.8.8.8", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)

    with pytest.raises(Refused, match="address_refused"):
        send("https://rebound.example/requests")


def test_the_checked_address_is_the_one_connected_to_and_the_name_stays(monkeypatch):
    looked_up = []

    def look_up(host, *_args, **_more):
        looked_up.append(host)
        return [(0, 0, 0, "", ("193.0.14.129", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    inner = Recorder()

    send("https://vendor.example/requests", inner=inner)

    asked = inner.asked[0]
    assert looked_up == ["vendor.example"]
    assert asked.url.host == "193.0.14.129"
    assert asked.headers["host"] == "vendor.example"
    assert asked.extensions["sni_hostname"] == "vendor.example"


def test_the_next_address_is_tried_where_one_does_not_answer(monkeypatch):
    answers = [(0, 0, 0, "", ("2606:4700::1111", 443)), (0, 0, 0, "", ("193.0.14.129", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)

    class OnlyOldProtocol(Recorder):
        def handle_request(self, request):
            if ":" in request.url.host:
                raise httpx2.ConnectError("no route")
            return super().handle_request(request)

    assert send("https://vendor.example/", inner=OnlyOldProtocol()).status_code == 200


def test_a_name_that_does_not_resolve_is_tried_again_later(monkeypatch):
    def fail(*_args, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(Unreachable, match="name_not_resolved"):
        send("https://nowhere.example/")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://8.8.8.8/", "not_https"),
        ("https://user:secret@8.8.8.8/", "password_in_url"),
        ("ftp://8.8.8.8/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
    ],
)
def test_other_ways_out_are_refused(url, code):
    with pytest.raises(Refused, match=code):
        send(url)


def test_a_port_that_is_none_is_refused():
    with pytest.raises(Refused, match="bad_url"):
        send("https://8.8.8.8:99999999/")


def test_an_entry_of_the_list_is_one_host_and_one_port():
    allow = frozenset({"127.0.0.1:8801", "[::1]:8802"})

    assert send("http://127.0.0.1:8801/requests", allow=allow).status_code == 200
    assert send("http://[::1]:8802/requests", allow=allow).status_code == 200
    for other in (
        "http://127.0.0.1:8802/",
        "http://127.0.0.2:8801/",
        "http://2130706433:8801/",
        "http://[::1]:8801/",
    ):
        with pytest.raises(Refused):
            send(other, allow=allow)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status):
    inner = Recorder(status, location="http://169.254.169.254/")

    with pytest.raises(Refused, match="redirect"):
        send("http://127.0.0.1:1/", allow=frozenset({"127.0.0.1:1"}), inner=inner)

    assert len(inner.asked) == 1


def test_an_answer_that_says_it_is_too_large_is_not_read():
    inner = Recorder(body=b"x" * 100)

    with pytest.raises(Refused, match="answer_too_large"):
        send("http://127.0.0.1:1/", allow=frozenset({"127.0.0.1:1"}), inner=inner, max_bytes=99)


def test_a_compressed_answer_is_refused_because_it_could_be_any_size():
    inner = Recorder(body=b"", **{"content-encoding": "br"})

    with pytest.raises(Refused, match="answer_compressed"):
        send("http://127.0.0.1:1/", allow=frozenset({"127.0.0.1:1"}), inner=inner)


def test_the_environment_can_set_no_proxy(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")

    transport = GuardedTransport()

    assert type(transport._inner._pool).__name__ == "ConnectionPool"


def test_addresses_come_out_once_each():
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert guard.bracketed("::1") == "[::1]"
