"""Where the demo company's systems are: files under the data directory, or databases on a PostgreSQL server."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from privacy_portal import environment

HTTP_SERVICES = ("analytics_service", "marketing_service")
SQL_STORES = ("user_service", "payment_service")


@dataclass(frozen=True, slots=True)
class Places:
    """`sql_url` names a PostgreSQL server for the two databases, called `prefix` + name; empty: SQLite files."""

    data_dir: Path
    sql_url: str = ""
    prefix: str = "demo_"

    @classmethod
    def here(cls) -> Places:
        """As the environment says."""
        data_dir = Path(environment.env("PORTAL_DATA_DIR", "var")).resolve()
        return cls(data_dir, environment.env("DEMO_SQL_URL", ""), environment.env("DEMO_SQL_PREFIX", "demo_"))

    @property
    def folder(self) -> Path:
        return self.data_dir / "demo"

    @property
    def archive(self) -> Path:
        return self.folder / "letters_archive"

    @property
    def outbox(self) -> Path:
        return self.data_dir / "outbox"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def service_file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def store_url(self, name: str) -> str:
        """For SQLAlchemy."""
        if not self.sql_url:
            return f"sqlite:///{self.folder / name}.sqlite3"
        server, _, _name = self.sql_url.partition("://")[2].partition("/")
        return f"postgresql+psycopg://{server}/{self.prefix}{name}"

    def secret(self, name: str) -> str:
        """A Standard Webhooks secret of this installation, the same at every start."""
        return f"whsec_{base64.b64encode(self._derived(name)).decode()}"

    def client_secret(self) -> str:
        return self._derived("service-client").hex()

    def environment(self, ports: dict[str, int]) -> dict[str, str]:
        """What the manifest's references and the outbound guard need to know, given where the services listen."""
        return {
            "PORTAL_DATA_DIR": str(self.data_dir),
            "PORTAL_OUTBOUND_ALLOW": ",".join(f"127.0.0.1:{port}" for port in ports.values()),
            **{f"{name.upper()}_URL": self.store_url(name) for name in SQL_STORES},
            **{f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()},
            **{f"{name.upper()}_SECRET": self.secret(name) for name in ports},
        }

    def make(self) -> None:
        for folder in (self.folder, self.archive, self.log("any").parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _derived(self, name: str) -> bytes:
        key = environment.secret("DEMO_KEY", self.data_dir, production=False)
        return hmac.new(key.encode(), name.encode(), hashlib.sha256).digest()


def service_url(name: str) -> str:
    """Where an HTTP service listens, as the environment says it to the manifest."""
    return environment.env(f"{name.upper()}_URL")


def service_port(name: str) -> int:
    return int(service_url(name).rpartition(":")[2])
