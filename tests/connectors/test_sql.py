"""Erasure, restriction, correction and sweeps in a database, told on one company."""

from __future__ import annotations

import copy
import json
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from privacy_portal.connectors.base import Identifier, Refused, Unreachable
from privacy_portal.connectors.dataset import BadDataset
from privacy_portal.connectors.sql import SqlConnector
from tests.connectors import world
from tests.connectors.world import ANN, BOB, DATASETS, NOON, SQL_OPTIONS, order, read

CY = (Identifier("email", "cy@example.org"),)


def connector(url: str, *, secret: str = "", **options: object) -> SqlConnector:
    return SqlConnector({"url": url, **SQL_OPTIONS, **options}, secret=secret)


def by_name(outcome) -> dict:
    return {dataset.dataset: dataset for dataset in outcome.datasets}


def edited(dataset: int, **changes: object) -> list[dict]:
    datasets = copy.deepcopy(DATASETS)
    datasets[dataset].update(changes)
    return datasets


# -- erase ------------------------------------------------------------------------------------------------------------
def test_an_erase_deletes_masks_and_keeps_as_described(company):
    outcome = by_name(connector(company).erase(order("erase", ANN[:1])))

    assert outcome["phones"].erased == 1
    assert (outcome["invoices"].erased, outcome["invoices"].kept) == (1, 1)
    assert (outcome["accounts"].erased, outcome["accounts"].changed) == (0, 1)
    assert read(company, "SELECT name, note, total FROM invoices WHERE id IN (1, 2)") == [("***", None, 5)]
    assert read(company, "SELECT email, name FROM accounts WHERE id = 1") == [("erased-1", None)]
    assert world.broken_foreign_keys(company) == 0


def test_what_is_kept_says_why_and_until_when(company):
    (ground,) = by_name(connector(company).erase(order("erase")))["invoices"].grounds

    assert (ground.field, ground.rows, ground.until) == ("total", 1, "2031-05-05")
    assert ground.reason == "Tax records are kept seven years"
    assert ground.article == "GDPR Art. 17(3)(b), AO § 147"


def test_a_parent_that_kept_rows_need_says_so(company):
    (ground,) = by_name(connector(company).locate(order("locate")))["accounts"].grounds

    assert ground.field == "id"
    assert ground.reason == "rows of invoices that stay refer to it"


def test_once_the_statute_has_run_out_everything_goes(company):
    outcome = connector(company).erase(order("erase", now=NOON.replace(year=2032)))

    assert [(each.dataset, each.erased, each.kept) for each in outcome.datasets] == [
        ("accounts", 1, 0),
        ("phones", 1, 0),
        ("invoices", 2, 0),
    ]
    assert outcome.rows_left == 0


@pytest.mark.parametrize(("day", "kept"), [("2031-05-04", 1), ("2031-05-05", 0)])
def test_a_statute_holds_to_its_last_day(company, day, kept):
    moment = NOON.fromisoformat(f"{day}T12:00:00+00:00")

    assert by_name(connector(company).locate(order("locate", now=moment)))["invoices"].kept == kept


def test_a_kept_row_whose_start_is_unknown_is_kept(company):
    _run(company, "UPDATE invoices SET issued_on = NULL WHERE id = 2")

    (ground,) = by_name(connector(company).locate(order("locate")))["invoices"].grounds

    assert (ground.rows, ground.until) == (2, "")


def test_others_are_not_touched(company):
    before = [read(company, f"SELECT * FROM {table} WHERE id > 2 OR {mine}") for table, mine in _OTHERS]

    connector(company).erase(order("erase"))

    assert [
        read(company, f"SELECT * FROM {table} WHERE id > 2 OR {mine}") for table, mine in _OTHERS
    ] == before


_OTHERS = (("accounts", "id = 2"), ("phones", "account_id = 2"), ("invoices", "account_id = 2"))


def test_a_second_erase_finds_the_same_state_and_changes_nothing(company):
    sql = connector(company)
    sql.erase(order("erase"))
    state = [
        read(company, f"SELECT * FROM {table} ORDER BY id") for table in ("accounts", "phones", "invoices")
    ]

    again = sql.erase(order("erase"))

    assert again.rows_left == 0
    assert sum(each.erased for each in again.datasets) == 0
    assert by_name(again)["invoices"].kept == 1
    assert [
        read(company, f"SELECT * FROM {table} ORDER BY id") for table in ("accounts", "phones", "invoices")
    ] == state


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier("email", "ann@example.org"),
        Identifier("email", "ANN@EXAMPLE.ORG"),
        Identifier("customer_id", "1"),
    ],
)
def test_a_person_is_found_however_the_identifier_is_spelled(company, identifier):
    assert by_name(connector(company).locate(order("locate", (identifier,))))["accounts"].found == 1


def test_a_phone_number_is_found_past_its_punctuation(company):
    outcome = by_name(connector(company).locate(order("locate", (Identifier("phone", "+4930123456"),))))

    assert outcome["phones"].found == 1
    assert outcome["accounts"].found == 0


def test_an_exact_dataset_is_asked_by_its_plain_index(company):
    exact = connector(company, exact=True)

    assert by_name(exact.locate(order("locate", BOB[:1])))["accounts"].found == 1
    assert by_name(exact.locate(order("locate", ANN[:1])))["accounts"].found == 0


def test_an_identifier_that_fits_no_column_finds_nobody(company):
    odd = tuple(Identifier("customer_id", value) for value in ("x", "", "1; DROP TABLE accounts", "9" * 40))

    assert by_name(connector(company).locate(order("locate", odd)))["accounts"].found == 0


def test_an_approved_plan_overrides_the_description(company):
    plan = {"invoices": {"total": "delete", "name": "delete"}}

    outcome = by_name(connector(company).erase(order("erase", instructions={"plan": plan})))

    assert outcome["invoices"].erased == 2
    assert outcome["accounts"].erased == 1


@pytest.mark.parametrize(
    ("plan", "code"), [({"cars": {}}, "no_such_dataset"), ({"phones": {"x": "null"}}, "bad_dataset")]
)
def test_a_plan_for_what_is_not_there_is_refused(company, plan, code):
    with pytest.raises(Refused) as refusal:
        connector(company).erase(order("erase", instructions={"plan": plan}))
    assert refusal.value.code == code


def test_rows_a_trigger_brings_back_are_counted_as_left(sqlite_company):
    _run(
        sqlite_company,
        "CREATE TRIGGER undead AFTER DELETE ON phones BEGIN"
        " INSERT INTO phones VALUES (OLD.id, OLD.account_id, OLD.number); END",
    )

    outcome = connector(sqlite_company).erase(order("erase"))

    assert outcome.rows_left == 1
    assert (by_name(outcome)["phones"].left, by_name(outcome)["phones"].erased) == (1, 0)


def test_rows_that_are_rewritten_are_counted_as_left(sqlite_company):
    _run(
        sqlite_company,
        "CREATE TRIGGER stubborn AFTER UPDATE OF name ON invoices BEGIN"
        " UPDATE invoices SET name = 'Ann' WHERE id = NEW.id; END",
    )

    outcome = connector(sqlite_company).erase(order("erase"))

    assert by_name(outcome)["invoices"].left == 1
    assert by_name(outcome)["invoices"].kept == 0


def test_all_of_an_erase_happens_or_nothing(sqlite_company):
    _run(
        sqlite_company,
        "CREATE TRIGGER forbidden BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'ann@example.org may not'); END",
    )

    with pytest.raises(Refused) as refusal:
        connector(sqlite_company).erase(order("erase"))

    assert "ann" not in repr(refusal.value)
    assert refusal.value.__cause__ is None
    assert len(read(sqlite_company, "SELECT * FROM phones")) == 3


def test_a_table_nobody_described_keeps_its_parent(company):
    _run(company, "CREATE TABLE badges (id INTEGER PRIMARY KEY, holder INTEGER REFERENCES accounts (id))")
    _run(company, "INSERT INTO badges VALUES (1, 3)")

    outcome = by_name(connector(company).erase(order("erase", CY)))

    assert (outcome["accounts"].erased, outcome["accounts"].changed) == (0, 1)
    assert outcome["accounts"].grounds[0].reason == "rows of badges that stay refer to it"
    assert read(company, "SELECT holder FROM badges") == [(3,)]
    assert connector(company).erase(order("erase", (Identifier("customer_id", "3"),))).rows_left == 0


def test_kept_rows_let_go_of_a_parent_where_they_may(company):
    _run(
        company,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), total INTEGER)",
    )
    _run(company, "INSERT INTO orders VALUES (1, 3, 9)")
    orders = {
        "name": "orders",
        "key": "id",
        "references": [{"field": "account_id", "to": "accounts"}],
        "fields": [{"name": "total", "category": "financial", "erase": "keep", "reason": "Tax"}],
    }

    outcome = by_name(connector(company, datasets=[*DATASETS, orders]).erase(order("erase", CY)))

    assert outcome["accounts"].erased == 1
    assert outcome["orders"].kept == 1
    assert read(company, "SELECT account_id, total FROM orders") == [(None, 9)]


def test_references_are_followed_over_several_levels(company):
    _run(
        company,
        "CREATE TABLE lines (id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoices (id), item TEXT)",
    )
    _run(company, "INSERT INTO lines VALUES (1, 1, 'shoe'), (2, 2, 'hat'), (3, 3, 'bag')")
    lines = {
        "name": "lines",
        "key": "id",
        "references": [{"field": "invoice_id", "to": "invoices"}],
        "fields": [{"name": "item", "category": "transaction", "erase": "null"}],
    }

    outcome = by_name(connector(company, datasets=[*DATASETS, lines]).erase(order("erase")))

    assert outcome["lines"].changed == 2
    assert read(company, "SELECT item FROM lines ORDER BY id") == [(None,), (None,), ("bag",)]
    assert outcome["invoices"].erased == 0
    assert "rows of lines that stay refer to it" in [ground.reason for ground in outcome["invoices"].grounds]


def test_a_person_with_more_rows_than_a_batch_is_erased_and_exported_whole(company):
    rows = ", ".join(f"({number}, 3, '{number}')" for number in range(10, 2510))
    _run(company, f"INSERT INTO phones VALUES {rows}")
    sql = connector(company)

    exported = [record for record in sql.export(order("export", CY)).records if record.dataset == "phones"]
    outcome = by_name(sql.erase(order("erase", CY)))

    assert len(exported) == 2501
    assert (outcome["phones"].erased, outcome["phones"].left) == (2501, 0)


def test_rows_that_refer_to_each_other_go_together(company):
    _run(
        company,
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, answers INTEGER REFERENCES notes (id), email TEXT)",
    )
    _run(
        company,
        "INSERT INTO notes VALUES (1, NULL, 'ann@example.org'), (2, 1, 'ann@example.org'), (3, 2, 'bob@example.org')",
    )
    notes = [
        {
            "name": "notes",
            "key": "id",
            "identity": {"email": "email"},
            "fields": [{"name": "email", "category": "contact"}],
        }
    ]

    outcome = connector(company, datasets=notes, restriction={}, stop={}).erase(order("erase"))

    # Bob's note answers the second, which answers the first: both stay, emptied.
    assert (outcome.datasets[0].changed, outcome.rows_left) == (2, 0)
    assert read(company, "SELECT email FROM notes ORDER BY id") == [(None,), (None,), ("bob@example.org",)]


# -- pseudonyms -------------------------------------------------------------------------------------------------------
PSEUDONYMS = edited(
    0, fields=[{"name": "name", "category": "identity", "erase": "pseudonymise"}, *DATASETS[0]["fields"][2:]]
)
KEY = json.dumps({"pseudonym_key": "k" * 32})


def test_a_pseudonym_is_stable_and_does_not_count_as_erased(company):
    sql = connector(company, datasets=PSEUDONYMS, secret=KEY)

    first = by_name(sql.erase(order("erase")))["accounts"]
    token = read(company, "SELECT name FROM accounts WHERE id = 1")
    second = sql.erase(order("erase", (Identifier("customer_id", "1"),)))

    assert (first.erased, first.changed, first.pseudonymised) == (0, 1, 1)
    assert token[0][0].startswith("ps_")
    assert second.rows_left == 0
    assert read(company, "SELECT name FROM accounts WHERE id = 1") == token


def test_a_name_that_looks_like_a_pseudonym_is_pseudonymised_all_the_same(company):
    _run(company, "UPDATE accounts SET name = 'ps_0123456789abcdef0123456789abcdef0123' WHERE id = 1")

    connector(company, datasets=PSEUDONYMS, secret=KEY).erase(order("erase"))

    assert "0123456789abcdef" not in read(company, "SELECT name FROM accounts WHERE id = 1")[0][0]


def test_without_a_key_nothing_is_pseudonymised(company):
    with pytest.raises(Refused, match="cannot_pseudonymise"):
        connector(company, datasets=PSEUDONYMS).erase(order("erase"))
    assert read(company, "SELECT name FROM accounts WHERE id = 1") == [("Ann",)]


# -- what else is asked -----------------------------------------------------------------------------------------------
def test_an_export_holds_the_described_columns_and_no_others(company):
    records = list(connector(company).export(order("export")).records)

    accounts = next(record for record in records if record.dataset == "accounts")
    assert set(accounts.values) == {"id", "email", "name", "last_login_at"}
    assert [record.dataset for record in records] == ["accounts", "phones", "invoices", "invoices"]


def test_an_export_is_read_while_it_is_iterated(company):
    outcome = connector(company).export(order("export"))
    _run(company, "UPDATE accounts SET name = 'Anna' WHERE id = 1")

    assert next(iter(outcome.records)).values["name"] == "Anna"


def test_a_correction_changes_the_named_fields_of_the_person(company):
    said = {"dataset": "accounts", "fields": ["name", "last_login_at"]}
    values = {"name": "Anna", "last_login_at": "2026-01-02 03:04:05", "email": "not named"}

    outcome = connector(company).rectify(order("rectify", instructions=said, values=values))

    assert outcome.rows_left == 0
    assert read(company, "SELECT name FROM accounts ORDER BY id") == [("Anna",), ("Bob",), ("Cy",)]


def test_an_address_can_be_corrected_although_it_is_how_the_person_was_found(company):
    said = {"dataset": "accounts", "fields": ["email"]}

    outcome = connector(company).rectify(
        order("rectify", ANN[:1], instructions=said, values={"email": "a@new.example"})
    )

    assert (outcome.rows_left, outcome.datasets[0].changed) == (0, 1)


@pytest.mark.parametrize("fields", [["id"], ["marketing_opt_in"], ["nothing"], [], ["last_login_at"]])
def test_a_correction_that_does_not_fit_is_refused(company, fields):
    values = {"id": "7", "marketing_opt_in": "true", "nothing": "x", "last_login_at": "never"}
    if company.startswith("sqlite") and fields == ["last_login_at"]:
        pytest.skip("SQLite keeps moments as text")

    with pytest.raises(Refused, match="invalid_request"):
        connector(company).rectify(
            order("rectify", instructions={"dataset": "accounts", "fields": fields}, values=values)
        )


def test_a_restriction_keeps_its_first_moment_and_can_be_lifted(company):
    sql = connector(company)
    first = sql.restrict(order("restrict"))
    since = read(company, "SELECT restricted_at FROM accounts WHERE id = 1")

    sql.restrict(order("restrict", now=NOON + timedelta(days=3)))

    assert first.rows_left == 0
    assert since != [(None,)]
    assert read(company, "SELECT restricted_at FROM accounts WHERE id = 1") == since
    sql.restrict(order("restrict", instructions={"lift": True}))
    assert read(company, "SELECT restricted_at FROM accounts WHERE id = 1") == [(None,)]


def test_a_system_without_a_place_for_it_cannot_restrict(company):
    with pytest.raises(Refused, match="cannot_restrict"):
        connector(company, restriction={}).restrict(order("restrict"))


def test_rows_no_restriction_reaches_are_left(company):
    alone = edited(1, references=[], identity={"phone": "number"})

    outcome = connector(company, datasets=alone).restrict(
        order("restrict", (*ANN, Identifier("phone", "+4930123456")))
    )

    assert outcome.rows_left == 1


def test_a_purpose_is_stopped_and_taken_up_again(company):
    sql = connector(company)
    said = {"purpose": "newsletter", "actions": ["stop_processing"]}
    opted_in = "SELECT marketing_opt_in FROM accounts ORDER BY id"

    stopped = sql.notify(order("notify", instructions={**said, "type": "consent.withdrawn"}))
    assert stopped.actions == ("stop_processing",)
    assert [bool(row[0]) for row in read(company, opted_in)] == [False, True, True]

    said["actions"] = ["resume_processing"]
    assert sql.notify(order("notify", instructions={**said, "type": "consent.given"})).actions == (
        "resume_processing",
    )
    assert [bool(row[0]) for row in read(company, opted_in)] == [True, True, True]


def test_a_purpose_nobody_described_is_refused(company):
    with pytest.raises(Refused, match="no_such_purpose"):
        connector(company).notify(
            order("notify", instructions={"type": "consent.withdrawn", "purpose": "other"})
        )


# -- sweeps -----------------------------------------------------------------------------------------------------------
def expire(url: str, held: tuple = (), *, options: dict | None = None, **said: object):
    instructions = {"dataset": "accounts", "before": "2022-01-01T00:00:00+00:00", **said}
    return connector(url, **(options or {})).expire(order("expire", held, instructions=instructions))


def test_a_sweep_takes_what_is_past_its_period_and_what_hangs_on_it(company):
    outcome = expire(company)

    assert outcome.rows_left == 0
    assert read(company, "SELECT id, name FROM accounts ORDER BY id") == [(1, None), (2, "Bob")]
    assert read(company, "SELECT id FROM phones") == [(2,)]
    assert world.broken_foreign_keys(company) == 0


def test_a_sweep_goes_batch_by_batch_and_says_what_is_still_due(company):
    left = [expire(company, limit=1).rows_left for _ in range(3)]

    assert left == [2, 0, 0]


def test_rows_a_statute_keeps_do_not_hold_up_a_sweep(company):
    _run(company, "UPDATE invoices SET issued_on = '2024-05-05'")
    options = {"datasets": edited(2, retention={"start": "issued_on", "period": "P1Y"})}
    said = {"dataset": "invoices", "before": "2025-11-21T00:00:00+00:00", "limit": 1}

    first = expire(company, options=options, **said)
    left = [expire(company, options=options, **said).rows_left for _ in range(3)]

    assert by_name(first)["invoices"].kept == 1
    assert left[-1] == 0
    assert read(company, "SELECT name, total FROM invoices") == [("***", 5)] * 3


def test_rows_with_a_period_of_their_own_stay_when_their_parent_expires(company):
    options = {"datasets": edited(1, retention={"start": "id", "period": "P99Y"})}

    outcome = by_name(expire(company, options=options))

    assert (outcome["phones"].kept, outcome["phones"].erased) == (2, 0)
    assert (outcome["accounts"].changed, outcome["accounts"].erased) == (2, 0)
    assert len(read(company, "SELECT * FROM phones")) == 3


def test_a_hold_on_a_row_below_keeps_the_row_above(company):
    outcome = expire(company, (Identifier("phone", "+4930777"),))

    assert outcome.rows_left == 0
    assert read(company, "SELECT name FROM accounts WHERE id = 3") == [("Cy",)]


def test_a_row_without_a_value_to_hold_by_is_swept_all_the_same(company):
    _run(company, "INSERT INTO accounts VALUES (4, 'd@example.org', NULL, NULL, '2018-01-01 00:00:00', NULL)")
    options = {"datasets": edited(0, identity={"customer_id": "id", "email": "name"})}

    expire(company, (Identifier("email", "cy"),), options=options)

    assert read(company, "SELECT id FROM accounts WHERE id > 2") == [(3,)]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"dataset": "cars"}, "no_such_dataset"),
        ({"dataset": "phones"}, "no_such_dataset"),
        ({"before": "long ago"}, "invalid_request"),
        ({"limit": "many"}, "invalid_request"),
    ],
)
def test_a_sweep_that_cannot_be_understood_is_refused(company, said, code):
    with pytest.raises(Refused, match=code):
        expire(company, **said)


# -- a database that fails --------------------------------------------------------------------------------------------
def test_a_database_that_is_down_is_unreachable():
    with pytest.raises(Unreachable):
        connector("postgresql://nobody@127.0.0.1:9/none").erase(order("erase"))


def test_a_missing_file_is_unreachable_and_not_made(tmp_path: Path):
    path = tmp_path / "missing.db"

    with pytest.raises(Unreachable):
        connector(f"sqlite:///{path}").locate(order("locate"))
    assert not path.exists()


def test_a_locked_database_is_tried_again_later(sqlite_company, monkeypatch):
    monkeypatch.setattr("privacy_portal.connectors.relational.engine._CONNECT_SECONDS", 0.1)
    holder = sqlite3.connect(sqlite_company.removeprefix("sqlite:///"))
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(Unreachable, match="busy"):
        connector(sqlite_company).erase(order("erase"))
    holder.rollback()
    holder.close()


def test_a_statement_is_given_up_after_the_time_of_the_order(postgres_company):
    engine = sa.create_engine(postgres_company)
    with engine.begin() as holder:
        holder.exec_driver_sql("LOCK TABLE phones IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unreachable) as failure:
            connector(postgres_company).erase(order("erase", timeout_seconds=0.4))
    engine.dispose()

    assert failure.value.code in ("busy", "timeout")
    assert connector(postgres_company).erase(order("erase")).rows_left == 0


@pytest.mark.parametrize(
    ("datasets", "said"),
    [
        (edited(0, table="cars"), "accounts: there is no table 'cars'"),
        (edited(0, key="number"), "accounts.number: key: there is no such column"),
        (
            edited(1, fields=[{"name": "colour", "category": "identity"}]),
            "phones.colour: fields: there is no such column",
        ),
    ],
)
def test_a_description_that_does_not_fit_the_database_says_where(company, datasets, said):
    with pytest.raises(BadDataset) as refusal:
        connector(company, datasets=datasets, restriction={}, stop={}).locate(order("locate"))
    assert said in str(refusal.value)


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_is_none_is_refused_at_once(url):
    with pytest.raises(Refused, match="bad_database_url"):
        connector(url)


def test_a_driver_that_is_not_installed_is_refused_at_once():
    with pytest.raises(Refused, match="no_database_driver"):
        connector("oracle+oracledb://somebody@127.0.0.1/x")


def test_the_secret_may_be_a_password_or_the_whole_url(company):
    assert connector("postgresql://x@127.0.0.1/none", secret=company).locate(order("locate")).datasets
    assert connector(company, secret=json.dumps({"url": company})).locate(order("locate")).datasets


def test_reads_cannot_write(company):
    from privacy_portal.connectors.relational import engine

    with (
        pytest.raises((Refused, Unreachable)),
        engine.reading(engine.engine_for(sa.make_url(company)), 5) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM phones")
    assert len(read(company, "SELECT * FROM phones")) == 3


def test_two_erasures_at_once_end_in_one_state(company):
    sql = connector(company)
    outcomes, failures = [], []

    def erase(identifiers):
        try:
            outcomes.append(sql.erase(order("erase", identifiers)))
        except (Unreachable, Refused) as failure:
            failures.append(failure.code)

    threads = [threading.Thread(target=erase, args=(who,)) for who in (ANN, ANN, BOB, CY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for who in (ANN, BOB, CY):
        assert sql.erase(order("erase", who)).rows_left == 0
    assert world.broken_foreign_keys(company) == 0
    assert set(failures) <= {"busy", "conflict", "changed_meanwhile"}


def _run(url: str, statement: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
