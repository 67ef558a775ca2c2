"""Makes .venv and brings it to a lock file; does nothing when that is already so. Usage: install.py LOCK…

Runs on whatever `python3` is, before anything is installed: standard library only, and no syntax that an
old Python 3 could not read, so that it is this file that says what is missing.
"""

import os
import re
import shutil
import subprocess
import sys

VENV = ".venv"
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
OLDEST = (3, 11)


class Stop(Exception):
    """The installation cannot go on; the message is for the person at the keyboard."""


def main(locks):
    try:
        if all(is_installed(lock) for lock in locks):
            return
        make_environment()
        install(locks[-1])
    except Stop as stop:
        sys.exit(f"privacy-portal is not installed: {stop}")
    for lock in locks:
        shutil.copyfile(lock, stamp(lock))


def stamp(lock):
    return os.path.join(VENV, "installed-" + lock)


def is_installed(lock):
    """The stamp is a copy of the lock, so a changed lock is noticed whatever the clocks of the files say."""
    try:
        with open(lock, "rb") as wanted, open(stamp(lock), "rb") as present:
            return wanted.read() == present.read() and works(PYTHON)
    except OSError:
        return False


def works(python):
    """Is it new enough, and can it install?"""
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.run([python, "-c", probe], check=False, **quiet).returncode == 0
    except OSError:
        return False


def make_environment():
    if works(PYTHON):
        return
    if sys.version_info < OLDEST:
        here = ".".join(str(part) for part in sys.version_info[:3])
        raise Stop(f"it needs Python 3.11 or newer, this is {here}; try `make demo PYTHON=python3.11`.")
    say("making .venv")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if made.returncode != 0:
        raise Stop("`python3 -m venv` failed; on Debian and Ubuntu, install the package python3-venv.")


def install(lock):
    """pip, with one line that moves; everything it said is kept for the case that it fails."""
    with open(lock) as file:
        wanted = len(re.findall(r"^[a-z0-9].*==", file.read(), re.MULTILINE))
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check", "-r", lock]
    said, seen = [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout:
            said.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                say(f"fetching {seen} of {wanted} packages ({lock})", moving=True)
            elif line.startswith("Installing collected"):
                say(f"unpacking {seen} packages, about half a minute", moving=True)
    say("", moving=True)
    if pip.returncode != 0:
        raise Stop(reason("".join(said), lock))
    say(f"{seen} packages installed from {lock}")


def reason(output, lock):
    log = os.path.join(VENV, "install.log")
    with open(log, "w") as file:
        file.write(output)
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    last = errors[-1][len("ERROR: ") :] if errors else "pip stopped"
    if "No matching distribution" in last or "Could not find a version" in last:
        last += " (is a package index within reach?)"
    elif "HASHES" in output or "hash" in last:
        last = f"a package is not the one the lock {lock} was made from"
    return f"{last}; pip's output is in {log}."


def say(text, moving=False):
    """A moving line on a terminal; in a log only the lines that stay."""
    if moving and sys.stdout.isatty():
        print("\r\033[K" + text, end="", flush=True)
    elif not moving:
        print(text, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nstopped; run it again, it goes on from here.")
