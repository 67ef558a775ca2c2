"""A job goes through many things; what is wrong with one is not the fault of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)
Item = TypeVar("Item")
Result = TypeVar("Result")


class PartlyFailed(RuntimeError):
    """Some parts of a job failed, the others are done. Each failure is in the log."""


def each(items: Iterable[Item], work: Callable[[Item], Result]) -> list[Result]:
    """Do the work for every item, whatever becomes of the others. Raises PartlyFailed at the end."""
    results, failed = [], []
    for item in items:
        try:
            results.append(work(item))
        except Exception as error:
            log.exception("part_of_job_failed", item=str(item), error=type(error).__name__)
            failed.append(type(error).__name__)
    if failed:
        raise PartlyFailed(
            f"{len(failed)} of {len(failed) + len(results)} failed: {', '.join(sorted(set(failed)))}"
        )
    return results
