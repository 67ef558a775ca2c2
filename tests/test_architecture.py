"""Guards the house: sizes, rooms, directions of imports, and the promises every model keeps (style rule 52)."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.db import models

from privacy_portal import wiring

ROOT = Path(__file__).resolve().parent.parent
APPS = ("governance", "consent", "dsr")
PACKAGES = ("privacy_portal", *APPS)
ROOMS_OF_ALL = set("apps states errors models queries actions tasks admin api web migrations".split())
ROOMS = ROOMS_OF_ALL | set("handlers connector letters management templatetags".split())
TOP_LEVEL = set(
    "manage.py pyproject.toml README.md LICENSE Makefile compose.yaml Dockerfile .dockerignore .gitignore .ci "
    "requirements.in requirements.txt requirements-dev.in requirements-dev.txt "
    "privacy_portal governance consent dsr templates tests docs bench".split()
)
NAMES_THAT_SAY_NOTHING = set("utils util helpers helper services manager managers common misc".split())


# -- what is read ---------------------------------------------------------------------------------------------------
@cache
def modules() -> dict[Path, str]:
    """Every module of the product; migrations are written by Django."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT): path.read_text() for path in paths if "migrations" not in path.parts}


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(text) for path, text in modules().items()}


@cache
def functions() -> dict[str, int]:
    """`path:line name` → number of lines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        f"{path}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    }


def our_models() -> list[type[models.Model]]:
    labels = {"portal", *APPS}
    return [model for model in apps.get_models() if model._meta.app_label in labels]


def hand_written_models() -> list[type[models.Model]]:
    """Without the shadow tables that django-simple-history makes."""
    shadows = ("history_object", "m2m_history_id")
    return [model for model in our_models() if not any(hasattr(model, name) for name in shadows)]


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def tracked_texts() -> dict[str, str]:
    """Every text file that git tracks or would track; what other people wrote stands under vendor/ and vectors/."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    texts = {}
    for name in filter(None, listed):
        path = ROOT / name
        if not path.is_file() or {"vendor", "vectors"} & set(path.parts):
            continue
        try:
            texts[name] = path.read_text()
        except UnicodeDecodeError:
            continue
    return texts


# -- sizes ----------------------------------------------------------------------------------------------------------
def test_no_module_is_longer_than_300_lines():
    long = {str(path): text.count("\n") for path, text in modules().items() if text.count("\n") > 300}

    assert not long


def test_half_of_the_modules_fit_in_80_lines():
    lengths = [text.count("\n") for text in modules().values() if text.strip()]

    assert statistics.median(lengths) <= 80


def test_no_function_is_longer_than_50_lines():
    long = {name: length for name, length in functions().items() if length > 50}

    assert not long


def test_nine_functions_in_ten_fit_in_25_lines():
    lengths = sorted(functions().values())

    assert lengths[int(len(lengths) * 0.9)] <= 25


def test_half_of_the_functions_fit_in_eight_lines():
    assert statistics.median(functions().values()) <= 8


# -- rooms and names ------------------------------------------------------------------------------------------------
def test_the_top_level_holds_what_the_house_lists():
    present = {name.split("/")[0] for name in tracked_texts()}

    assert present <= TOP_LEVEL


@pytest.mark.parametrize("app", APPS)
def test_apps_have_the_same_rooms(app):
    present = {
        path.stem for path in (ROOT / app).iterdir() if not path.name.startswith("__") and _is_python(path)
    }

    assert present <= ROOMS, "a new room must be argued for"
    assert present >= ROOMS_OF_ALL


@pytest.mark.parametrize("app", APPS)
def test_the_docstring_of_an_app_says_what_it_owns_records_and_hears(app):
    docstring = ast.get_docstring(trees()[Path(app) / "__init__.py"]) or ""

    assert all(word in docstring.lower() for word in ("owns", "records", "hears"))


def _is_python(path: Path) -> bool:
    return path.suffix == ".py" or any(path.glob("**/*.py"))


def test_files_are_named_after_the_work_never_after_a_pattern():
    assert not [str(path) for path in modules() if path.stem in NAMES_THAT_SAY_NOTHING]


def test_modules_have_a_docstring():
    """An apps.py is a name and a label; an empty file has nothing to say."""
    spoken = {
        path: tree for path, tree in trees().items() if path.name != "apps.py" and modules()[path].strip()
    }

    assert not [str(path) for path, tree in spoken.items() if not ast.get_docstring(tree)]


# -- directions -----------------------------------------------------------------------------------------------------
def test_imports_go_the_way_the_house_allows():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_core_knows_nothing_of_http():
    """import-linter sees Django only as a whole; this sees `django.http` and its kin."""
    rooms = {"actions", "queries", "models", "states", "law"}
    web = ("django.http", "django.shortcuts", "django.views", "django.urls", "urllib.request")
    found = [
        f"{path}:{line} {name}"
        for path, tree in trees().items()
        if rooms & {*path.parts[1:-1], path.stem}
        for line, name in imports(tree)
        if name.startswith(web)
    ]

    assert not found


def test_no_part_listens_to_django_signals():
    found = [
        f"{path}:{line} {name}"
        for path, tree in trees().items()
        for line, name in imports(tree)
        if name.startswith(("django.db.models.signals", "django.dispatch", "django.core.signals"))
    ]

    assert not found


def test_every_string_on_the_switchboard_names_something_that_exists():
    from django.utils.module_loading import import_string

    handlers = {handler for listed in wiring.HANDLERS.values() for handler in listed}

    for name in sorted({*handlers, *wiring.CONNECTORS.values(), *wiring.TILES}):
        assert callable(import_string(name))


def test_every_clock_has_a_sentence_and_a_job():
    from privacy_portal.celery import app

    app.loader.import_default_modules()

    for name, entry in wiring.SCHEDULE.items():
        assert re.match(r"[A-Z].{15,}\.$", entry.because), f"{name}: say why this pace, in a sentence"
        assert entry.job in app.tasks, f"{name}: there is no job {entry.job}"


def test_every_handler_hears_an_event_of_the_catalogue():
    from privacy_portal.ledger.catalogue import CATALOGUE

    heard = {key.split(":")[0] for key in wiring.HANDLERS}

    assert heard <= set(CATALOGUE)


# -- promises of models ---------------------------------------------------------------------------------------------
def test_every_model_names_its_personal_fields():
    silent = [model.__qualname__ for model in hand_written_models() if "PERSONAL_FIELDS" not in vars(model)]

    assert not silent


def test_personal_fields_are_fields():
    for model in hand_written_models():
        fields = {field.name for field in model._meta.get_fields()}
        assert set(getattr(model, "PERSONAL_FIELDS", ())) <= fields, model.__qualname__


def test_no_model_has_an_order_of_its_own():
    assert not [model.__qualname__ for model in hand_written_models() if model._meta.ordering]


def test_no_model_overrides_save_or_delete():
    overriding = [
        model.__qualname__ for model in hand_written_models() if {"save", "delete"} & set(vars(model))
    ]

    assert not overriding


def test_every_model_says_what_a_row_is():
    silent = [model.__qualname__ for model in hand_written_models() if model.__str__ is models.Model.__str__]

    assert not silent


def test_names_of_constraints_are_promises():
    """`answer_comes_after_receipt`, not `check_1` or a generated name."""
    for model in hand_written_models():
        for constraint in model._meta.constraints:
            assert constraint.name.count("_") >= 2, f"{model.__qualname__}: {constraint.name}"


# -- habits ---------------------------------------------------------------------------------------------------------
def test_any_exception_is_caught_in_three_loops_only():
    """The delivery loop, the task loop, and the loop of a clock's job; all keep the cause."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_anything(node) and not _passes_it_on(node)
    ]

    assert len(found) <= 3, found
    assert {Path(place.split(":")[0]).parts[1] for place in found} <= {"ledger", "fanout", "appointments"}


def _catches_anything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(name is None or getattr(name, "id", "") in ("Exception", "BaseException") for name in caught)


def _passes_it_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("app", APPS)
def test_actions_take_names_only_and_end_on_by_and_now(app):
    wrong = []
    for path, tree in trees().items():
        if path.parts[:2] != (app, "actions"):
            continue
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or not _is_atomic(node):
                continue
            names = [argument.arg for argument in node.args.kwonlyargs]
            if node.args.args or names[-1:] != ["now"]:
                wrong.append(f"{path}:{node.lineno} {node.name}")

    assert not wrong


def _is_atomic(function: ast.FunctionDef) -> bool:
    return any("atomic" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_templates_have_no_inline_script_style_or_handler():
    """The Content-Security-Policy refuses them; only the package a person opens from disk carries its own style."""
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son(click|change|submit|load|input|keyup)=", re.I
    )
    pages = [
        path
        for path in (ROOT / "templates").rglob("*.html")
        if "mail" not in path.parts and path.name != "package.html"
    ]

    assert not [
        f"{path.relative_to(ROOT)}: {hit[0]}" for path in pages if (hit := inline.search(path.read_text()))
    ]


def test_tracked_files_name_no_registry_and_no_path_of_a_machine():
    """They would bind the project to one person's network. The bars keep this file from naming them."""
    hosts = ["py|pi.org", "python|hosted", "npm|js.", "deb.deb|ian", "js|delivr", "un|pkg.com", "cdn|js"]
    paths = ["/wo|rk/", "/ro|ot/", "/ho|me/", "/fa|rm/", "/opt/wh|eels", "/opt/py|pi"]
    needles = [needle.replace("|", "") for needle in hosts + paths]
    found = [
        f"{name}: {needle}" for name, text in tracked_texts().items() for needle in needles if needle in text
    ]

    assert not found


def test_nothing_is_marked_as_unfinished():
    marks = re.compile(
        r"NotImplementedError|\bTODO\b(?! #\d)|\bFIX[M]E\b|\bX[X]X\b|in production,|lorem ipsum", re.I
    )
    found = [
        f"{path}:{text.count(chr(10), 0, hit.start()) + 1} {hit[0]}"
        for path, text in modules().items()
        for hit in marks.finditer(text)
    ]

    assert not found


def test_vendored_files_are_those_on_the_list():
    """static/portal/vendor/SHA256SUMS, in the format of sha256sum."""
    import hashlib

    vendor = ROOT / "privacy_portal" / "static" / "portal" / "vendor"
    listed = dict(
        reversed(line.split(maxsplit=1)) for line in (vendor / "SHA256SUMS").read_text().splitlines()
    )
    present = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }

    assert present == {name.strip("*"): digest for name, digest in listed.items()}


def test_own_commands_are_described():
    for name, app in get_commands().items():
        if app in ("privacy_portal", *APPS):
            path = ROOT / app / "management" / "commands" / f"{name}.py"
            assert re.search(r"^\s+help = ", path.read_text(), re.MULTILINE), f"{name} has no help text"


def test_the_settings_hold_no_secret_of_their_own():
    """What a laptop makes for itself lies in the data directory, never in the repository."""
    source = (ROOT / "privacy_portal" / "settings.py").read_text()

    assert settings.SECRET_KEY not in source
    assert not re.search(r"SECRET_KEY = [\"']", source)
