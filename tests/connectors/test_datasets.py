"""A description that cannot be used says where and why; a good one comes out parents first."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal.connectors.dataset import BadDataset, Strategy, parse
from privacy_portal.connectors.span import Period, day_of
from tests.connectors.world import DATASETS


def changed(path: tuple, value: object) -> dict:
    datasets = copy.deepcopy(DATASETS)
    inner = datasets
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return {"datasets": datasets}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        pytest.param((0, "name"), "", "datasets: each needs a name", id="no name"),
        pytest.param((0, "key"), None, "accounts.key: '' is not the name of a column", id="no key"),
        pytest.param((0, "key"), "id; DROP", "accounts.key: 'id; DROP' is not the name", id="not a column"),
        pytest.param((0, "table"), "a b", "accounts: 'a b' is not the name of a table", id="not a table"),
        pytest.param((0, "colour"), "red", "accounts: colour: not known here", id="unknown key"),
        pytest.param((0, "fields"), [], "accounts: fields: a list with at least one", id="no fields"),
        pytest.param((0, "fields", 0), "email", "accounts: a field is a mapping", id="field is text"),
        pytest.param(
            (0, "fields", 0, "category"), "shoe", "accounts.email: 'shoe' is not a category", id="category"
        ),
        pytest.param(
            (0, "fields", 0, "erase"), "burn", "accounts.email: erase: 'burn' is not one of", id="strategy"
        ),
        pytest.param(
            (0, "fields", 1, "name"), "email", "accounts.email: this field is listed twice", id="twice"
        ),
        pytest.param(
            (0, "fields", 0, "erase"), "keep", "accounts.email: what is kept needs a reason", id="no reason"
        ),
        pytest.param(
            (2, "fields", 2, "period"), "7 years", "invoices.total: '7 years' is not a period", id="period"
        ),
        pytest.param(
            (2, "fields", 2, "start"), "", "invoices.total: start and period go together", id="no start"
        ),
        pytest.param((0, "identity"), {"shoe": "id"}, "accounts: identity: 'shoe' is not one of", id="kind"),
        pytest.param((0, "identity"), ["id"], "accounts: identity: a mapping", id="identity list"),
        pytest.param(
            (1, "references", 0, "to"), "cars", "phones: references: there is no dataset 'cars'", id="parent"
        ),
        pytest.param((1, "references", 0), "cars", "phones: references: each needs", id="reference text"),
        pytest.param(
            (0, "retention", "action"), "burn", "accounts: retention: start, period and", id="action"
        ),
        pytest.param((1, "name"), "accounts", "datasets: two have the same name", id="same name"),
        pytest.param((1, "table"), "accounts", "datasets: two describe the same table", id="same table"),
        pytest.param((0, "stop"), {"news": {}}, "accounts: stop: each purpose needs columns", id="stop"),
        pytest.param(
            (0, "references"),
            [{"field": "id", "to": "phones"}],
            "accounts, invoices, phones: these refer",
            id="circle",
        ),
    ],
)
def test_a_wrong_description_names_the_place(path, value, said):
    with pytest.raises(BadDataset) as refusal:
        parse(changed(path, value))

    assert said in str(refusal.value)
    assert refusal.value.code == "bad_dataset"


@pytest.mark.parametrize("nothing", [{}, {"datasets": []}, {"datasets": "accounts"}, {"datasets": [None]}])
def test_a_system_without_datasets_cannot_be_asked(nothing):
    with pytest.raises(BadDataset):
        parse(nothing)


def test_parents_come_before_their_children():
    names = [dataset.name for dataset in parse({"datasets": list(reversed(DATASETS))})]

    assert names.index("accounts") < names.index("phones")
    assert names.index("accounts") < names.index("invoices")


def test_an_identity_column_nobody_listed_is_personal_all_the_same():
    (dataset,) = parse({"datasets": [{**DATASETS[0], "fields": [{"name": "name", "category": "identity"}]}]})

    assert {field.name for field in dataset.personal()} == {"name", "email"}


def test_what_stops_a_purpose_may_stand_beside_the_datasets():
    options = {
        "datasets": DATASETS,
        "stop": {"news": {"accounts": {"opted_in": False}}},
        "restriction": {"accounts": "r"},
    }

    accounts = next(dataset for dataset in parse(options) if dataset.name == "accounts")

    assert accounts.stop == {"news": {"opted_in": False}}
    assert accounts.restriction == "r"


def test_an_approved_plan_chooses_among_known_strategies_and_fields():
    (dataset,) = parse({"datasets": [DATASETS[0]]})

    assert dataset.with_strategies({"name": "mask"}).fields[1].erase == Strategy.MASK
    with pytest.raises(BadDataset, match="there is no field shoe"):
        dataset.with_strategies({"shoe": "mask"})
    with pytest.raises(BadDataset, match="'burn' is not one of"):
        dataset.with_strategies({"name": "burn"})


@pytest.mark.parametrize(
    ("written", "start", "over"),
    [
        ("P7Y", "2020-02-29", "2027-02-28"),
        ("P1M", "2026-01-31", "2026-02-28"),
        ("P18M", "2026-05-01", "2027-11-01"),
        ("P2W", "2026-12-25", "2027-01-08"),
        ("P30D", "2026-01-31", "2026-03-02"),
        ("P1Y6M10D", "2026-01-01", "2027-07-11"),
        ("PT1H", "2026-01-01", "2026-01-02"),
    ],
)
def test_a_period_ends_by_the_calendar(written, start, over):
    assert Period.parse(written).after(date.fromisoformat(start)).isoformat() == over


@given(st.text(max_size=12))
def test_what_is_no_period_is_an_error_and_nothing_else(text):
    try:
        Period.parse(text)
    except ValueError as error:
        assert str(error) == "not a period"


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(),
        st.none(),
        st.booleans(),
        st.binary(),
        st.dates(),
        st.datetimes(),
    )
)
def test_any_value_of_a_database_is_a_day_or_none(value):
    assert day_of(value) is None or isinstance(day_of(value), date)
