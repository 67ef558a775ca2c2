#!/usr/bin/env python
"""The command line of the product."""

import os
import sys


def _is_of_a_package(error: OSError) -> bool:
    """A file of an installed package; what goes wrong with our own data is told as it is."""
    here = os.path.dirname(os.path.abspath(__file__))
    packages = [os.path.join(path, "") for path in sys.path if path not in ("", here)]
    return str(error.filename).startswith(tuple(packages))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except (ImportError, SyntaxError, EOFError, OSError) as error:
        # EOFError is what a half-written .pyc raises.
        if isinstance(error, OSError) and not _is_of_a_package(error):
            raise
        words = " ".join(str(error).split())
        sys.exit(
            f"The installation is broken: {words}. Remove .venv and run `make demo`, which makes it anew."
        )
