"""A broken installation says so in one clear line; what is no installation's fault is told as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import nothing_of_that_name", id="a package it needs is not there"),
        pytest.param("from os import nothing_of_that_name", id="a package it needs is another one"),
        pytest.param("def (", id="half a file"),
        pytest.param("\x00\x00\x00", id="a file of zeros"),
        pytest.param("open(__file__ + '.data')", id="a file of it is not there"),
        pytest.param("raise EOFError('marshal data too short')", id="half a compiled file"),
    ],
)
def test_a_broken_package_is_one_line_with_the_way_out(source, tmp_path):
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "structlog.py").write_text(source)

    ran = run("check", PYTHONPATH=str(tmp_path / "packages"), PORTAL_DATA_DIR=str(tmp_path / "var"))

    assert ran.returncode == 1
    [line] = ran.stderr.splitlines()
    assert line.startswith("The installation is broken: ")
    assert line.endswith("Remove .venv and run `make demo`, which makes it anew.")


def test_a_data_directory_that_cannot_be_made_is_no_broken_installation(tmp_path):
    (tmp_path / "file").write_text("")

    ran = run("check", PORTAL_DATA_DIR=str(tmp_path / "file" / "var"))

    assert ran.returncode != 0
    assert "installation is broken" not in ran.stderr
    assert str(tmp_path / "file" / "var") in ran.stderr
