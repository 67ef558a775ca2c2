"""What a system says about its data: datasets, fields and what becomes of each when a person is erased."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from privacy_portal.connectors.base import Refused
from privacy_portal.connectors.span import Period
from privacy_portal.vocabulary import DataCategory, IdentifierKind

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")
_TABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_$]{0,62}\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}")


class BadDataset(Refused):
    """A description that cannot be used; the message names the dataset and the field."""

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__("bad_dataset")
        self.args = (f"{where}: {wrong}",)


class Strategy(StrEnum):
    DELETE = "delete"
    NULL = "null"
    MASK = "mask"
    PSEUDONYMISE = "pseudonymise"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    category: str = DataCategory.IDENTITY.value
    erase: Strategy = Strategy.DELETE
    reason: str = ""
    article: str = ""
    start: str = ""
    period: Period | None = None

    @property
    def is_personal(self) -> bool:
        return self.category != DataCategory.NONE


@dataclass(frozen=True, slots=True)
class Reference:
    """`field` holds the key of a row of the dataset `to`."""

    field: str
    to: str


@dataclass(frozen=True, slots=True)
class Retention:
    start: str
    period: Period


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table. `stop` and `resume`: what to set in which column when a purpose ends or comes back.

    `exact`: identifiers stand in the table in the portal's spelling (e-mail in lower case, phone in digits), so that
    a plain index finds them; otherwise letter case and phone punctuation are looked past.
    """

    name: str
    table: str
    key: str
    fields: tuple[Field, ...]
    identity: Mapping[str, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    retention: Retention | None = None
    restriction: str = ""
    stop: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    resume: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exact: bool = False

    def personal(self) -> tuple[Field, ...]:
        """The personal fields, identity columns nobody listed among them; the key is no field: it cannot be emptied."""
        listed = {each.name for each in self.fields}
        unlisted = {column for column in self.identity.values() if column not in listed}
        links = {reference.field for reference in self.references}
        implied = tuple(Field(column) for column in sorted(unlisted - links))
        return tuple(each for each in (*self.fields, *implied) if each.is_personal and each.name != self.key)

    def with_strategies(self, chosen: Mapping[str, Any]) -> Self:
        """The dataset as an approved plan wants it. Raises BadDataset on a field or strategy that is not there."""
        unknown = chosen.keys() - {each.name for each in self.fields}
        if unknown:
            raise BadDataset(f"plan for {self.name}", f"there is no field {', '.join(sorted(unknown))}")
        changed = tuple(
            replace(each, erase=_strategy(chosen[each.name], f"plan for {self.name}.{each.name}"))
            if each.name in chosen
            else each
            for each in self.fields
        )
        return replace(self, fields=changed)


def parse(options: Mapping[str, Any]) -> tuple[Dataset, ...]:
    """The datasets of a connection's options, parents before their children.

    `restriction: {dataset: column}` and `stop`/`resume: {purpose: {dataset: {column: value}}}` may also stand beside
    the datasets. Raises BadDataset.
    """
    given = options.get("datasets")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise BadDataset("datasets", "a list with at least one dataset is needed")
    datasets = [_dataset(each, options) for each in given]
    names = [dataset.name for dataset in datasets]
    if len(set(names)) != len(names):
        raise BadDataset("datasets", "two have the same name")
    tables = [dataset.table for dataset in datasets]
    if len(set(tables)) != len(tables):
        raise BadDataset("datasets", "two describe the same table")
    return tuple(_parents_first(datasets))


_KEYS = frozenset(
    (
        "name",
        "table",
        "key",
        "identity",
        "references",
        "fields",
        "retention",
        "restriction",
        "stop",
        "resume",
        "exact",
    )
)
_FIELD_KEYS = frozenset(
    ("name", "category", "level", "erase", "reason", "article", "statute", "start", "period")
)


def _dataset(given: Any, options: Mapping[str, Any]) -> Dataset:
    name = str(given.get("name", "")) if isinstance(given, Mapping) else ""
    if not name:
        raise BadDataset("datasets", "each needs a name")
    _check_keys(given, _KEYS, name)
    table = str(given.get("table") or name)
    if not _TABLE.fullmatch(table):
        raise BadDataset(name, f"'{table}' is not the name of a table")
    return Dataset(
        name=name,
        table=table,
        key=_column(given.get("key"), f"{name}.key"),
        fields=_fields(given.get("fields"), name),
        identity=_identity(given.get("identity") or {}, name),
        references=tuple(_reference(each, name) for each in given.get("references") or ()),
        retention=_retention(given.get("retention"), name),
        restriction=str(given.get("restriction") or (options.get("restriction") or {}).get(name, "")),
        stop=_settings(given, options, name, "stop"),
        resume=_settings(given, options, name, "resume"),
        exact=bool(given.get("exact", options.get("exact", False))),
    )


def _fields(given: Any, dataset: str) -> tuple[Field, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise BadDataset(dataset, "fields: a list with at least one field is needed")
    fields = tuple(_field(each, dataset) for each in given)
    names = [each.name for each in fields]
    for name in names:
        if names.count(name) > 1:
            raise BadDataset(f"{dataset}.{name}", "this field is listed twice")
    return fields


def _field(given: Any, dataset: str) -> Field:
    if not isinstance(given, Mapping):
        raise BadDataset(dataset, "a field is a mapping with at least `name` and `category`")
    name = _column(given.get("name"), f"{dataset}.fields")
    where = f"{dataset}.{name}"
    _check_keys(given, _FIELD_KEYS, where)
    if given.get("category") not in DataCategory.values:
        raise BadDataset(where, f"'{given.get('category')}' is not a category")
    made = Field(
        name=name,
        category=str(given["category"]),
        erase=_strategy(given.get("erase") or "delete", where),
        reason=str(given.get("reason") or ""),
        article=", ".join(str(given[part]) for part in ("article", "statute") if given.get(part)),
        start=_column(given["start"], where) if given.get("start") else "",
        period=_period(given["period"], where) if given.get("period") else None,
    )
    _check_ground(made, where)
    return made


def _check_ground(made: Field, where: str) -> None:
    if made.erase == Strategy.KEEP and made.is_personal and not made.reason:
        raise BadDataset(where, "what is kept needs a reason")
    if bool(made.start) != bool(made.period):
        raise BadDataset(where, "start and period go together")


def _identity(given: Any, dataset: str) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise BadDataset(dataset, "identity: a mapping from kind to column is needed")
    for kind in given:
        if kind not in IdentifierKind.values:
            raise BadDataset(dataset, f"identity: '{kind}' is not one of {', '.join(IdentifierKind.values)}")
    return {str(kind): _column(column, f"{dataset}.identity") for kind, column in given.items()}


def _reference(given: Any, dataset: str) -> Reference:
    if not isinstance(given, Mapping) or not given.get("to"):
        raise BadDataset(dataset, "references: each needs `field` and `to`")
    return Reference(field=_column(given.get("field"), f"{dataset}.references"), to=str(given["to"]))


def _retention(given: Any, dataset: str) -> Retention | None:
    if not given:
        return None
    if not isinstance(given, Mapping) or given.get("action", "delete") != "delete":
        raise BadDataset(dataset, "retention: start, period and the action delete are known here")
    where = f"{dataset}.retention"
    return Retention(start=_column(given.get("start"), where), period=_period(given.get("period"), where))


def _settings(
    given: Mapping[str, Any], options: Mapping[str, Any], dataset: str, word: str
) -> dict[str, dict[str, Any]]:
    """Purpose to columns and their values, from the dataset itself and from beside the datasets."""
    own = given.get(word) or {}
    beside = {
        purpose: sets[dataset] for purpose, sets in (options.get(word) or {}).items() if dataset in sets
    }
    merged = {**own, **beside}
    if not all(isinstance(columns, Mapping) and columns for columns in merged.values()):
        raise BadDataset(dataset, f"{word}: each purpose needs columns and their values")
    return {
        str(purpose): {_column(name, f"{dataset}.{word}"): value for name, value in columns.items()}
        for purpose, columns in merged.items()
    }


def _parents_first(datasets: Sequence[Dataset]) -> Iterable[Dataset]:
    by_name = {dataset.name: dataset for dataset in datasets}
    for dataset in datasets:
        for reference in dataset.references:
            if reference.to not in by_name:
                raise BadDataset(dataset.name, f"references: there is no dataset '{reference.to}'")
    done: dict[str, Dataset] = {}
    while len(done) < len(datasets):
        ready = [
            dataset
            for dataset in datasets
            if dataset.name not in done and all(reference.to in done for reference in dataset.references)
        ]
        if not ready:
            raise BadDataset(
                ", ".join(sorted(by_name.keys() - done.keys())), "these refer to each other in a circle"
            )
        done.update((dataset.name, dataset) for dataset in ready)
    return done.values()


def _strategy(given: Any, where: str) -> Strategy:
    try:
        return Strategy(given)
    except ValueError:
        raise BadDataset(where, f"erase: '{given}' is not one of {', '.join(Strategy)}") from None


def _period(given: Any, where: str) -> Period:
    try:
        return Period.parse(str(given))
    except ValueError:
        raise BadDataset(where, f"'{given}' is not a period such as P7Y") from None


def _column(given: Any, where: str) -> str:
    if not isinstance(given, str) or not _COLUMN.fullmatch(given):
        raise BadDataset(where, f"'{given or ''}' is not the name of a column")
    return given


def _check_keys(given: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(str(key) for key in given.keys() - known)
    if unknown:
        raise BadDataset(where, f"{', '.join(unknown)}: not known here; known are {', '.join(sorted(known))}")
