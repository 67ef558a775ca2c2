"""The demo's HTTP service with a store that claims what it does not do. Started by a test."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from privacy_portal.demo import service, service_store  # noqa: E402 - the path comes first


def claims_to_have_stopped(self, asked):
    return service_store._outcome([], actions=asked.instructions["actions"])


def claims_to_have_erased(self, asked):
    return service_store._outcome([{"dataset": "subscribers", "found": 1, "erased": 1}], rows_left=0)


service_store.Store.notify = claims_to_have_stopped
service_store.Store.erase = claims_to_have_erased
service.main(sys.argv[1:])
