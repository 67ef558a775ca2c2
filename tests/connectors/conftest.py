"""Fixtures of the connector tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from privacy_portal.connectors import http
from tests.connectors import world


@pytest.fixture
def sqlite_company(tmp_path: Path) -> str:
    return world.fill(f"sqlite:///{tmp_path / 'company.db'}")


@pytest.fixture(scope="session")
def _own_postgres(postgres_url: str) -> Iterator[str]:
    name = f"connectors_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield (
            sa.make_url(postgres_url)
            .set(drivername="postgresql+psycopg", database=name)
            .render_as_string(False)
        )
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_database(_own_postgres: str) -> str:
    """An empty database."""
    engine = sa.create_engine(_own_postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
    return _own_postgres


@pytest.fixture
def postgres_company(postgres_database: str) -> str:
    return world.fill(postgres_database)


@pytest.fixture(params=["sqlite", "postgres"])
def company(request: pytest.FixtureRequest) -> str:
    """The company's database on both kinds of server."""
    return request.getfixturevalue(f"{request.param}_company")


@pytest.fixture(scope="session")
def _service_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[world.ServiceProcess]:
    process = world.ServiceProcess(tmp_path_factory.mktemp("service") / "service.db").start()
    yield process
    process.kill()


@pytest.fixture(scope="session")
def _later_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[world.ServiceProcess]:
    process = world.ServiceProcess(tmp_path_factory.mktemp("later") / "later.db", later=True).start()
    yield process
    process.kill()


@pytest.fixture
def service(_service_process: world.ServiceProcess) -> world.ServiceProcess:
    """The real service, answering at once, with its people put back."""
    return _service_process.fill()


@pytest.fixture
def later_service(_later_process: world.ServiceProcess) -> world.ServiceProcess:
    """The real service, answering 202 and calling back."""
    return _later_process.fill()


@pytest.fixture(scope="session", autouse=True)
def _connections_closed() -> Iterator[None]:
    yield
    for transport in http._transports.values():
        transport.close()


@pytest.fixture
def raw_server() -> Iterator:
    servers = []

    def serve(answer: bytes | list[bytes], *, pause: float = 0.0) -> world.RawServer:
        servers.append(world.RawServer(answer, pause=pause))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()
