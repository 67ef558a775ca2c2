"""The reference service, with a pause before and after the effect, so that a kill can hit between the two."""

from __future__ import annotations

import os
import sys
import time

from privacy_portal.demo import service

PAUSE_SECONDS = float(os.environ["SLOW_SERVICE_SECONDS"]) / 2


class SlowHandler(service.Handler):
    def do_POST(self) -> None:
        time.sleep(PAUSE_SECONDS)
        super().do_POST()

    def _json(self, status: int, body: dict) -> None:
        time.sleep(PAUSE_SECONDS)
        super()._json(status, body)


if __name__ == "__main__":
    service.Handler = SlowHandler
    service.main(sys.argv[1:])
