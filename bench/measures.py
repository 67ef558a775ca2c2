"""The parts of a run, each as rows of the report.

The peer's figures are quoted: the strongest open product on such a machine, measured at another time. Only the limit
is measured in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from bench import consents as consenting
from bench import footprint, requests
from bench.house import House
from bench.meters import Memory
from bench.report import Row
from privacy_portal.demo.people import Person

PEER = {"access": (3.5, 0.26), "erasure": (1.3, 0.58)}
PEER_WRITES, PEER_READS, PEER_STEPS = 56.0, 305.0, 19
_MIB = 1024 * 1024
PEER_MEMORY, PEER_INSTALL = 1.17 * 1024, 800e6 / _MIB
TIMES_BETTER = 5
MOST_MEMORY = 400e6 / _MIB
_SETTLES_SECONDS = 3.0


class Sizes(Protocol):
    @property
    def requests(self) -> int: ...
    @property
    def rounds(self) -> int: ...
    @property
    def seconds(self) -> float: ...


def idle(house: House, _token: str, _people: Sequence[Person], _sizes: Sizes) -> list[Row]:
    """Just started and ready: before any load, so the least these processes take."""
    time.sleep(_SETTLES_SECONDS)
    parts = house.memory("web", "worker", "beat")
    total = sum(parts.values(), Memory(0.0, 0.0))
    words = ", ".join(f"{name} {memory.resident:.0f}" for name, memory in parts.items())
    return [
        Row(
            f"idle memory, resident ({words})", total.resident, "MiB", PEER_MEMORY, "peer", MOST_MEMORY, True
        ),
        Row(
            "idle memory, shared pages once",
            total.proportional,
            "MiB",
            PEER_MEMORY,
            "peer",
            MOST_MEMORY,
            True,
        ),
        Row("install size", footprint.install_size(), "MiB", PEER_INSTALL, "peer", None, True),
        Row("steps to the first request", len(footprint.STEPS), "", PEER_STEPS, "peer", 2, True),
    ]


def access(house: House, token: str, people: Sequence[Person], sizes: Sizes) -> list[Row]:
    return _requests("access", requests.run(house, token, "access", people[: sizes.requests]))


def erasure(house: House, token: str, people: Sequence[Person], sizes: Sizes) -> list[Row]:
    """Other people than those of the access requests: they are gone afterwards."""
    return _requests(
        "erasure", requests.run(house, token, "erasure", people[sizes.requests : 2 * sizes.requests])
    )


def consents(house: House, token: str, people: Sequence[Person], sizes: Sizes) -> list[Row]:
    rounds = {"rounds": sizes.rounds, "seconds": sizes.seconds}
    read = consenting.reads(house, token, **rounds)  # type: ignore[arg-type]
    write = consenting.writes(house, token, people, **rounds)  # type: ignore[arg-type]
    return [*_pair("consent decision", read, PEER_READS), *_pair("consent write", write, PEER_WRITES)]


def _requests(name: str, run: requests.Run) -> list[Row]:
    rate, cpu = PEER[name]
    return [
        Row(f"{name} requests a second", run.rate, "/s", rate, "peer", rate * TIMES_BETTER),
        Row(f"{name}: worker CPU a request", run.worker_cpu, "s", cpu, "peer", cpu / TIMES_BETTER, True),
        Row(f"{name}: web CPU a request", run.web_cpu, "s", less_is_better=True),
        Row(f"{name}: CPU of two people's decisions", run.staff_cpu, "s", less_is_better=True),
    ]


def _pair(name: str, pair: consenting.Pair, peer: float) -> list[Row]:
    ours, limit = pair.ours, pair.limit
    return [
        Row(f"{name}s a second", ours.rate, "/s", peer, "peer", peer * TIMES_BETTER),
        Row(f"{name}s a second, beside the limit", ours.rate, "/s", limit.rate, "limit"),
        Row(f"{name}: p50", ours.p50, "ms", limit.p50, "limit", less_is_better=True),
        Row(f"{name}: p95", ours.p95, "ms", limit.p95, "limit", less_is_better=True),
        Row(f"{name}: server CPU", ours.cpu, "µs", limit.cpu, "limit", less_is_better=True),
    ]
