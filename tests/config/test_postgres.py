# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The embedded PostgreSQL: safe by default, alone on its folder, back after any death."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from allmende.config import child
from allmende.config.postgres import SUPERUSER, AlreadyRunning, Postgres, PostgresError, runtime_folder

CHILD = """
import signal, sys, time
from pathlib import Path
from allmende.config.postgres import Postgres
server = Postgres(Path(sys.argv[1]))
server.start()
print(server.url(), flush=True)
time.sleep(600)
"""


def processes_in(cluster: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == cluster:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def eventually(condition: Callable[[], bool], *, seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def supervised(data: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(data)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as said:
        return process, said.readline().strip()


def test_it_is_closed_to_strangers_and_speaks_german(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as server, psycopg.connect(server.url()) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), current_setting('server_encoding'),"
            " (select datlocprovider from pg_database where datname = current_database()), lower('ÄÖÜ'),"
            " to_tsvector('german', 'Übersicht') @@ to_tsquery('german', 'übersicht'),"
            " (select rolsuper from pg_roles where rolname = current_user)"
        ).fetchone()
        assert row == ("", "UTF8", "b", "äöü", True, False)
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "pg" / "passwords.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "pg").stat().st_mode) == 0o700
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://{SUPERUSER}:guess@/postgres?host={server.sockets}")


def test_data_outlive_a_stop(tmp_path: Path) -> None:
    server = Postgres(tmp_path, durable=False)
    with server, psycopg.connect(server.url()) as connection:
        connection.execute("create table kept as select 7 as n")
    assert processes_in(server.cluster) == []
    with Postgres(tmp_path, durable=False) as again, psycopg.connect(again.url()) as connection:
        assert connection.execute("select n from kept").fetchone() == (7,)


def test_a_second_server_on_the_folder_is_refused_by_pid(tmp_path: Path) -> None:
    process, _ = supervised(tmp_path)
    try:
        with pytest.raises(AlreadyRunning) as refusal:
            Postgres(tmp_path, durable=False).start()
        assert refusal.value.pid == process.pid
    finally:
        process.kill()
        process.wait()
    assert eventually(lambda: processes_in(tmp_path / "pg" / "data") == [])


def test_killing_the_supervisor_leaves_no_server(tmp_path: Path) -> None:
    process, url = supervised(tmp_path)
    with contextlib.closing(psycopg.connect(url)) as connection:
        connection.execute("select 1")
        process.kill()
        process.wait()
        assert eventually(lambda: processes_in(tmp_path / "pg" / "data") == [])


def test_killing_the_postmaster_is_recovered_though_a_backend_lives_on(tmp_path: Path) -> None:
    process, url = supervised(tmp_path)
    cluster = tmp_path / "pg" / "data"
    postmaster = int((cluster / "postmaster.pid").read_text().split()[0])
    with contextlib.closing(psycopg.connect(url)) as connection:
        connection.execute("create table kept as select 7 as n")
        connection.commit()
        busy = connection.info.backend_pid
        os.kill(busy, signal.SIGSTOP)  # a backend that cannot notice that its postmaster died
        os.kill(postmaster, signal.SIGKILL)
        process.kill()
        process.wait()
        assert child.started_at(busy)
        with Postgres(tmp_path, durable=False) as again, psycopg.connect(again.url()) as second:
            assert second.execute("select n from kept").fetchone() == (7,)
            assert not child.started_at(busy)
    assert processes_in(cluster) == []


def test_a_foreign_process_under_the_old_pid_does_not_hinder(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as server:
        cluster = server.cluster
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        (cluster / "postmaster.pid").write_text(f"{sleeper.pid}\n{cluster}\n0\n5432\n{server.sockets}\n\n\nready   \n")
        (tmp_path / "pg" / "lock").write_text(f"{sleeper.pid} 1\n")
        with Postgres(tmp_path, durable=False) as again:
            assert again.alive()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_torn_first_start_is_made_again(tmp_path: Path) -> None:
    half = tmp_path / "pg" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path, durable=False) as server:
        assert server.alive()
    assert not half.exists()


def test_a_cluster_of_another_version_is_named(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as server:
        pass
    (server.cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresError, match="PostgreSQL 15"):
        server.start()


def test_sockets_of_a_long_path_lie_in_a_short_folder_of_ours(tmp_path: Path) -> None:
    deep = tmp_path / ("sehr-langer-ordner-" * 5)
    folder = runtime_folder(deep)
    assert not folder.is_relative_to(deep)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with Postgres(deep, durable=False) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    folder.rmdir()


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PostgresError, match="run"):
        runtime_folder(tmp_path)
