"""What must hold inside one dataset and among the datasets of one system."""

from __future__ import annotations

from typing import Any

from governance.actions.manifest.order import circle
from governance.actions.manifest.reading import Reading
from governance.models.periods import Period
from governance.states import ErasureStrategy


def check_datasets(system: dict[str, Any], reading: Reading) -> None:
    names = [dataset["name"] for dataset in system["datasets"]]
    for dataset in system["datasets"]:
        _check_reach(dataset, system["kind"], names, reading)
        _check_columns(dataset, reading)
        for field in dataset["fields"]:
            _check_keeping(field, reading)
        _check_period(dataset, reading)
    around = circle(
        {d["name"]: [reference["to"] for reference in d["references"]] for d in system["datasets"]}
    )
    if around:
        path = (*system["_path"], "datasets")
        reading.wrong(
            path,
            f"these datasets refer to each other in a circle: {', '.join(around)}",
            "Drop one reference.",
        )


def _check_reach(dataset: dict[str, Any], kind: str, names: list[str], reading: Reading) -> None:
    path = dataset["_path"]
    for reference in dataset["references"]:
        if reference["to"] not in names:
            where = (*reference["_path"], "to")
            reading.wrong(
                where, f"there is no dataset '{reference['to']}' here", f"Known: {', '.join(names)}."
            )
    if kind != "sql":
        return
    for name in ("table", "key"):
        if not dataset[name]:
            reading.wrong(path, f"a dataset of a sql system needs '{name}'", f"Add `{name}: …`.")
    if not dataset["identity"] and not dataset["references"]:
        reading.wrong(path, "nobody's rows can be found in it", "Add `identity` or `references`.")


def _check_columns(dataset: dict[str, Any], reading: Reading) -> None:
    """A misspelt column would be noticed only in the night of the sweep."""
    fields = {field["name"] for field in dataset["fields"]}
    used = [((*dataset["_path"], "identity", kind), column) for kind, column in dataset["identity"].items()]
    if dataset["retention"]:
        used.append(((*dataset["retention"]["_path"], "start"), dataset["retention"]["start"]))
    used += [((*field["_path"], "start"), field["start"]) for field in dataset["fields"] if field["start"]]
    for path, column in used:
        if column and column not in fields:
            reading.wrong(
                path, f"'{column}' is not among the fields", "List it under `fields` (category: none if so)."
            )


def _check_keeping(field: dict[str, Any], reading: Reading) -> None:
    path = field["_path"]
    grounds = [name for name in ("reason", "article", "statute", "start", "period") if field[name]]
    if field["erase"] != ErasureStrategy.KEEP:
        if grounds:
            reading.wrong(
                path, f"{', '.join(grounds)} belong to a kept field", "Write `erase: keep` or drop them."
            )
        return
    for name in ("reason", "article"):
        if not field[name]:
            reading.wrong(path, f"a kept field needs '{name}'", f"Add `{name}: …`: why the law lets it stay.")
    if bool(field["start"]) != bool(field["period"]):
        reading.wrong(path, "start and period go together", "Give both or neither.")


def _check_period(dataset: dict[str, Any], reading: Reading) -> None:
    """What a statute keeps for seven years must not be swept after three."""
    retention = dataset["retention"]
    if not retention:
        return
    for field in dataset["fields"]:
        if field["period"] and _length(retention["period"]) < _length(field["period"]):
            where = (*retention["_path"], "period")
            wrong = f"{retention['period']} is shorter than the {field['period']} for which '{field['name']}' is kept"
            reading.wrong(where, wrong, f"Write at least {field['period']}.")


def _length(period: str) -> float:
    try:
        parsed = Period.parse(period)
    except ValueError:
        return 0
    return parsed.months * 30.4375 + parsed.days + parsed.hours / 24
