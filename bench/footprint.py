"""What the product takes before it does anything: memory when idle, disk, and steps to the first request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from bench import meters

ROOT = Path(__file__).resolve().parent.parent
OUR_PARTS = ("privacy_portal", "consent", "dsr", "governance", "templates", "manage.py")
STEPS = ("make demo", "POST /api/v1/requests (or the form at /request)")


def install_size() -> float:
    """MiB of the runtime lock's distributions as installed, and of our own files. Development tools do not count."""
    installed = sum(meters.size_of(_files(name)) for name in _names("requirements.txt"))
    return installed + meters.size_of(path for part in OUR_PARTS for path in _under(ROOT / part))


def development_modules() -> list[str]:
    """Top-level modules of what only the development lock brings."""
    extra = set(_names("requirements-dev.txt")) - set(_names("requirements.txt"))
    by_module = metadata.packages_distributions()
    normal = {module: {_normal(name) for name in names} for module, names in by_module.items()}
    return sorted(module for module, names in normal.items() if names <= extra)


def _names(lock: str) -> Iterator[str]:
    for line in (ROOT / lock).read_text().splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?==", line):
            yield _normal(found[1])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _files(name: str) -> Iterator[Path]:
    """None where the lock names what this platform does not need."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return
    for file in distribution.files or ():
        yield Path(str(distribution.locate_file(file)))


def _under(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from path.rglob("*")
