"""Makes and fills the stores of the demo company's systems. Each is a database of its own; none knows the product."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import date

import psycopg
import sqlalchemy as sa
from psycopg import sql

from privacy_portal.demo import lives, service_store
from privacy_portal.demo.people import Person
from privacy_portal.demo.places import HTTP_SERVICES, SQL_STORES, Places

_user, _payment = sa.MetaData(), sa.MetaData()
MOMENT = sa.DateTime(timezone=True)
ACCOUNTS = sa.Table(
    "accounts",
    _user,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("birth_date", sa.Date),
    sa.Column("country", sa.String(2)),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("last_login_at", MOMENT, index=True),
    sa.Column("marketing_opt_in", sa.Boolean, nullable=False),
    sa.Column("restricted_at", MOMENT),
)
ADDRESSES = sa.Table(
    "addresses",
    _user,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("line1", sa.String(200)),
    sa.Column("city", sa.String(100)),
    sa.Column("postcode", sa.String(20)),
    sa.Column("country", sa.String(2)),
)
PHONES = sa.Table(
    "phones",
    _user,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("number", sa.String(30), nullable=False, index=True),
)
ORDERS = sa.Table(
    "orders",
    _payment,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.String(20), index=True),
    sa.Column("email", sa.String(254), index=True),
    sa.Column("placed_at", MOMENT, nullable=False),
    sa.Column("total_cents", sa.Integer, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("shipping_name", sa.String(200)),
    sa.Column("shipping_address", sa.String(300)),
)
INVOICES = sa.Table(
    "invoices",
    _payment,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.String(20), index=True),
    sa.Column("number", sa.String(30), nullable=False, unique=True),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("total_cents", sa.Integer, nullable=False),
    sa.Column("name", sa.String(200)),
    sa.Column("address", sa.String(300)),
)
TABLES = {
    "user_service": (_user, (ACCOUNTS, ADDRESSES, PHONES)),
    "payment_service": (_payment, (ORDERS, INVOICES)),
}


def fill(places: Places, people: Sequence[Person], *, today: date, say: Callable[[str], None]) -> None:
    """Everything from nothing: what an interrupted filling left behind is dropped first."""
    rows = lives.rows_of(people, today=today)
    for name in SQL_STORES:
        say(f"filling {name}")
        _fill_database(places, name, rows)
    for name in HTTP_SERVICES:
        say(f"filling {name}")
        _fill_service(places, name, rows)
    say("filling letters_archive")
    for person in people:
        letter = lives.letter_of(person, today)
        if letter:
            (places.archive / f"{person.customer_id}.txt").write_text(letter)


def engine(places: Places, name: str) -> sa.Engine:
    return sa.create_engine(places.store_url(name), poolclass=sa.NullPool)


def make_databases(places: Places) -> None:
    """On a PostgreSQL server each store is a database; SQLite makes its file by itself."""
    _on_server(places, "CREATE DATABASE {}", only_missing=True)


def drop_databases(places: Places) -> None:
    _on_server(places, "DROP DATABASE IF EXISTS {} WITH (FORCE)")


def _on_server(places: Places, statement: str, *, only_missing: bool = False) -> None:
    if not places.sql_url:
        return
    url = "postgresql://" + places.sql_url.partition("://")[2]
    with psycopg.connect(url, autocommit=True) as connection:
        for name in SQL_STORES:
            database = f"{places.prefix}{name}"
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
            if not (there and only_missing):
                connection.execute(sql.SQL(statement).format(sql.Identifier(database)))


def _fill_database(places: Places, name: str, rows: lives.Rows) -> None:
    metadata, tables = TABLES[name]
    with engine(places, name).begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        for table in tables:
            connection.execute(sa.insert(table), rows[table.name])


def _fill_service(places: Places, name: str, rows: lives.Rows) -> None:
    """The service's own file, as if it had gathered this itself."""
    path = str(places.service_file(name))
    service_store.create(path, name)
    shape = service_store.SERVICES[name]
    connection: sqlite3.Connection = service_store.connect(path)
    connection.execute("BEGIN IMMEDIATE")
    for table in (shape.people, shape.details):
        marks = ", ".join(f":{column}" for column in table.columns)
        connection.execute(f"DELETE FROM {table.name}")  # noqa: S608 - names from service_store
        insert = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"  # noqa: S608
        connection.executemany(insert, rows[table.name])
    connection.execute("COMMIT")
    connection.close()
