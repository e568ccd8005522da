# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town, running: real systems, real registers, real engine; one for all tests of the folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from allmende.config.demo import start
from allmende.hub import tools as hub_tools
from allmende.hub.services import equip
from allmende.kernel.sealing import Sealer
from tests.hub.live import KEY, Web, own_database, query_process


@contextmanager
def events_service(port_file: Path) -> Iterator[int]:
    """Run the events calendar as its own process; yield its port."""
    before = port_file.stat().st_ino if port_file.exists() else 0  # each start writes the file anew
    process = subprocess.Popen(
        [sys.executable, "-m", "allmende.config.demo.events", "--port-file", str(port_file)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        deadline = time.monotonic() + 20
        while not port_file.exists() or port_file.stat().st_ino == before:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the events service did not start")
            time.sleep(0.02)
        yield int(port_file.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@dataclass
class Demo:
    """The running practice town."""

    data: Path
    web: Web
    admin: str
    database: str
    events_port: int

    @property
    def personas(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads((self.data / "demo-tokens.json").read_text())
        return found

    def ensure(self) -> None:
        start.ensure(self.data, admin=self.admin, events_port=self.events_port, database=self.database)

    def ask(self, question: str, *, who: str = "", purpose: str = "", **more: Any) -> httpx.Response:
        """Ask as that persona ("": nobody)."""
        headers = {"Authorization": f"Bearer {self.personas[who]['token']}"} if who else {}
        body = {"sql": question, "purpose": purpose, **more}
        return httpx.post(f"http://127.0.0.1:{self.web.port}/api/query", json=body, headers=headers, timeout=60)

    def rows(self, question: str, *, who: str = "", purpose: str = "") -> list[list[Any]]:
        """Ask and return the rows; the answer must be one."""
        answer = self.ask(question, who=who, purpose=purpose)
        assert answer.status_code == 200, answer.text
        rows: list[list[Any]] = answer.json()["rows"]
        return rows


@pytest.fixture(scope="package")
def demo(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Demo]:
    """The practice town, brought up as a start of Allmende does it."""
    data = tmp_path_factory.mktemp("demo") / "data"
    (data / "run").mkdir(parents=True)
    database, sealer = f"auenstadt_verkehr_{os.getpid()}", Sealer(KEY)
    with (
        django_db_blocker.unblock(),
        own_database(f"allmende_demo_{os.getpid()}") as dsn,
        query_process(data / "run") as engine,
        events_service(data / "run" / "events.port") as port,
    ):
        tools = equip(engine=engine, data=data, seal=sealer.seal, unseal=sealer.unseal)
        try:
            start.ensure(data, admin=postgres_url, events_port=port, database=database)
            with Web(dsn, tools) as web:
                yield Demo(data, web, postgres_url, database, port)
        finally:
            hub_tools.use(None)
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
                admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(f"{database}_leser")))
