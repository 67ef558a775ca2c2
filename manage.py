#!/usr/bin/env python
"""The command line of the product."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except ModuleNotFoundError as error:
        sys.exit(
            f"The installation is broken: {error}. Remove .venv and run `make demo`, which makes it anew."
        )
