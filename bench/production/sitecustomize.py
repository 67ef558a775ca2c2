"""Lets a process see what the runtime lock names and nothing else, as in production.

Development tools in the same .venv change what libraries load: structlog takes rich where it finds it, DRF pygments.
"""

import os
import sys
from importlib.abc import MetaPathFinder


class _Without(MetaPathFinder):
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


sys.meta_path.insert(0, _Without(frozenset(os.environ.get("BENCH_WITHOUT", "").split(","))))
