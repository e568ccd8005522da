# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages as operators run them: ``allmende serve`` in a process of its own, on a database of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def own_database(server: str, name: str) -> Iterator[str]:
    """Make an empty database in the server; yield its address."""
    parts = urlsplit(server)
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def pages(folder: Path, *, server: str, port: int) -> Iterator[str]:
    """Serve the pages over a new, furnished town; yield their address."""
    address = f"http://127.0.0.1:{port}"
    with own_database(server, f"allmende_pages_{os.getpid()}") as database:
        environment = os.environ | {
            "ALLMENDE_DATA": str(folder / "data"),
            "ALLMENDE_DEMO": "0",
            "ALLMENDE_KEY_FILE": str(folder / "key"),
            "ALLMENDE_URL": address,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "allmende.config.settings",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PYTHONPATH": os.pathsep.join((str(REPOSITORY / "src"), str(REPOSITORY))),
        }
        serving = subprocess.Popen([sys.executable, "-m", "allmende.config", "serve"], env=environment, cwd=folder)
        try:
            _wait(serving, address)
            command = [sys.executable, "-m", "tests.browser.town", str(folder / "silos")]
            subprocess.run(command, env=environment, cwd=folder, check=True)
            yield address
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(30)


def _wait(serving: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"{address}/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if serving.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the server did not start")
        time.sleep(0.1)
