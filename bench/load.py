"""A light load generator over keep-alive connections, run as a process of its own: JSON job in, JSON result out.

One thread, one selector: with few connections it costs some 30 µs a request and leaves the cores to what is measured.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path

Asked = tuple[str, str, str]
"""Method, path with query, body."""


@dataclass(frozen=True, slots=True)
class Result:
    seconds: float
    statuses: dict[str, int]
    latencies: list[float] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def percentile(self, part: float) -> float:
        """In milliseconds."""
        return 1000 * self.latencies[min(int(self.count * part), self.count - 1)]

    def check(self, *good: str) -> Result:
        """Raises RuntimeError if anything but these statuses came back."""
        if bad := self.statuses.keys() - set(good):
            raise RuntimeError(f"answers with status {', '.join(sorted(bad))}: {self.statuses}")
        return self


def run(
    port: int, asked: Sequence[Asked], *, token: str, connections: int, seconds: float | None = None
) -> Result:
    """Ask each once, or, with `seconds`, in a circle for that long."""
    job = {"port": port, "asked": asked, "token": token, "connections": connections, "seconds": seconds}
    command = [sys.executable, "-m", "bench.load"]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        command, input=json.dumps(job).encode(), stdout=subprocess.PIPE, check=True, cwd=root
    )
    return Result(**json.loads(done.stdout))


class _Line:
    """One connection and the answer that is coming in."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._held = b""

    def send(self, request: bytes) -> None:
        self._held = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> str:
        """The status once the answer is complete; empty before."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed a connection that was to be kept")
        self._held += piece
        head, found, body = self._held.partition(b"\r\n\r\n")
        if not found or not _is_whole(head.lower(), body):
            return ""
        return head[9:12].decode()


def _is_whole(head: bytes, body: bytes) -> bool:
    _before, found, rest = head.partition(b"content-length:")
    if found:
        return len(body) >= int(rest.partition(b"\r\n")[0])
    return b"chunked" in head and body.endswith(b"0\r\n\r\n")


def _raw(asked: Asked, token: str) -> bytes:
    method, path, body = asked
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n"
    return f"{head}\r\n{body}".encode()


def _generate(job: dict) -> Result:
    raw = [_raw(tuple(asked), job["token"]) for asked in job["asked"]]
    requests = iter(cycle(raw) if job["seconds"] else raw)
    lines = [_Line(job["port"]) for _ in range(job["connections"])]
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    selector = selectors.DefaultSelector()
    start = time.perf_counter()
    until = start + (job["seconds"] or 3600)
    for line in lines:
        if (request := next(requests, None)) is not None:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send(request)
    while selector.get_map():
        for key, _events in selector.select(timeout=30):
            line = key.data
            if status := line.answer():
                now = time.perf_counter()
                statuses[status] += 1
                latencies.append(now - line.sent_at)
                request = next(requests, None) if now < until else None
                if request is None:
                    selector.unregister(line.socket)
                else:
                    line.send(request)
    return Result(time.perf_counter() - start, dict(statuses), sorted(latencies))


if __name__ == "__main__":
    json.dump(asdict(_generate(json.load(sys.stdin))), sys.stdout)
