"""Databases to store in: SQLite in a file, and PostgreSQL where it is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskcore.stores.database import TABLES, Database


def _postgres_bin() -> Path | None:
    found = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found).parent if found else installed[-1].parent if installed else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of these tests; it refuses to run as root, so root hands it to its own user."""
    binaries = _postgres_bin()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; the same tests run on SQLite.")
    root = os.geteuid() == 0
    owner = ["runuser", "-u", "postgres", "--"] if root else []
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        if root:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        data, log = f"{folder}/data", f"{folder}/log"
        init = ["-D", data, "-A", "trust", "-U", "postgres", "-N"]
        subprocess.run([*owner, str(binaries / "initdb"), *init], check=True, capture_output=True, cwd="/")
        control = [*owner, str(binaries / "pg_ctl"), "-D", data, "-l", log, "-w"]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd="/")
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    url = f"sqlite:///{tmp_path / 'risk.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    opened = Database(url)
    TABLES.drop_all(opened.engine())
    TABLES.create_all(opened.engine())
    yield opened
    opened.close()
