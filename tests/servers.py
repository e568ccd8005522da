# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""PostgreSQL servers that are not ours, as an operator names one in ``DATABASE_URL``: other versions, over TCP."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from allmende.config import child
from allmende.config.postgres import client_environment
from tests.config.serving import free_port

#: Folders with the programs of PostgreSQL servers, divided by ``:``, beside those of Debian's packages.
VARIABLE = "ALLMENDE_TEST_POSTGRES"
READY_WITHIN = 60.0


def found() -> dict[str, Path]:
    """Return the servers of this machine: the major version and the folder of its programs."""
    folders = [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    servers: dict[str, Path] = {}
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            said = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True)
            servers.setdefault(said.stdout.split()[2].partition(".")[0], folder)
    return servers


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Run a server of its own; give the URL of a role that may create databases and roles, but is no superuser."""
    folder = Path(tempfile.mkdtemp(prefix="allmende-pg-"))
    cluster, password, port = folder / "data", secrets.token_urlsafe(16), free_port()
    (folder / "password").write_text(password)
    making: list[str | Path] = [programs / "initdb", "-D", cluster, "-U", "postgres"]
    making += ["--pwfile", folder / "password"]
    making += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    environment = client_environment(os.environ)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
    settings |= {"full_page_writes": "off", "synchronous_commit": "off"}
    running: list[str | Path] = [
        programs / "postgres",
        "-D",
        cluster,
        *(f"--{name}={value}" for name, value in settings.items()),
    ]
    with (folder / "log").open("wb") as log:
        made = child.spawn(making, not_root=True, environment=environment, stdout=log, stderr=log)
        assert made.wait(60) == 0, (folder / "log").read_text()
        process = child.spawn(
            running, death_signal=signal.SIGINT, not_root=True, environment=environment, stdout=log, stderr=log
        )
        try:
            base = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
            deadline = time.monotonic() + READY_WITHIN
            while True:
                try:
                    connection = psycopg.connect(base, autocommit=True)
                    break
                except psycopg.OperationalError:
                    assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                    time.sleep(0.05)
            with connection:
                made_role = sql.SQL("create role allmende login createdb createrole password {}")
                connection.execute(made_role.format(sql.Literal(password)))
                connection.execute("create database allmende owner allmende")
            yield f"postgresql://allmende:{password}@127.0.0.1:{port}/allmende"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            shutil.rmtree(folder)
