# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende serve`` with real processes: ready when it says so, alone on its folder, back after any death."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.serving import Serving, allmende, eventually, free_port, processes_of, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("serve") / "var") as started:
        yield started


def test_health_names_every_part(running: Serving) -> None:
    status, document = running.health()
    assert (status, document["status"]) == (200, "ok")
    assert set(document["parts"]) == {"anchor", "database", "jobs", "log", "query", "rights"}
    assert document["parts"]["anchor"] == {"status": "ok", "sent_at": None}
    assert document["parts"]["query"]["seccomp"] is True


def test_nobody_else_can_read_what_it_keeps(running: Serving) -> None:
    assert stat.S_IMODE(running.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(running.data.with_name("var.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((running.data / "run" / "query.sock").stat().st_mode) == 0o600


def test_nobody_else_can_read_it_in_a_folder_that_was_open_before(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir(mode=0o755)
    serving = Serving(data, ALLMENDE_DEMO="0")
    try:
        serving.until_ready()
        open_ones = [path for path in data.rglob("*") if path.lstat().st_mode & 0o077 and not path.is_symlink()]
        assert [path for path in open_ones if not path.is_relative_to(data / "pg")] == []
    finally:
        serving.stop()


def test_no_secret_stands_on_a_command_line_or_in_the_query_process(running: Serving) -> None:
    key = running.data.with_name("var.key").read_text().strip()
    passwords = (running.data / "pg" / "passwords.json").read_text().split('"')[3::4]
    (query,) = running.pids_of("allmende.engine.broker")
    environment = Path(f"/proc/{query}/environ").read_text()
    for secret in [key, *passwords]:
        assert not any(secret in line for line in running.pids().values())
        assert secret not in environment


def test_an_unknown_address_is_not_found_and_the_question_wants_a_body(running: Serving) -> None:
    for path, body, expected in (("/gibt-es-nicht", None, 404), ("/api/query", b"{}", 400), ("/staticx", None, 404)):
        request = urllib.request.Request(running.url + path, data=body, headers={"content-type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=10)
        with refusal.value as answer:
            assert answer.code == expected, path


def test_a_foreign_host_name_is_refused(running: Serving) -> None:
    request = urllib.request.Request(running.url + "/gibt-es-nicht", headers={"host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=10)
    with refusal.value as answer:
        assert answer.code == 400


def test_a_second_serve_on_the_folder_names_the_first(running: Serving) -> None:
    second = allmende(running.data, "serve", PORT=str(free_port()))
    assert second.returncode == 1
    assert str(running.process.pid) in second.stderr
    assert running.health()[0] == 200


def test_a_jobs_process_that_died_shows_at_once(running: Serving) -> None:
    (jobs,) = running.pids_of("serve jobs")
    os.kill(jobs, signal.SIGSTOP)  # alive, but silent: its heartbeat will grow old, its connection stays
    assert running.health()[1]["parts"]["jobs"] == {"status": "ok"}
    supervisor = running.process.pid
    os.kill(supervisor, signal.SIGSTOP)  # so that it is not started again while we look
    try:
        os.kill(jobs, signal.SIGKILL)
        assert eventually(lambda: running.health()[1]["parts"]["jobs"]["status"] == "down", seconds=3)
        assert running.health()[0] == 503
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert eventually(lambda: running.health()[0] == 200), running.said()[-3000:]


@pytest.mark.parametrize("part", ["serve web", "serve jobs", "allmende.engine.broker", "bin/postgres"])
def test_a_part_that_is_killed_comes_back(running: Serving, part: str) -> None:
    (victim,) = running.pids_of(part)
    os.kill(victim, signal.SIGKILL)
    assert eventually(lambda: victim not in running.pids())
    assert eventually(lambda: running.pids_of(part) and running.health()[0] == 200), running.said()[-3000:]


def test_deaths_of_all_kinds_leave_no_orphan_and_the_next_start_recovers(tmp_path: Path) -> None:
    data = tmp_path / "var"
    first = Serving(data)
    first.until_ready()
    first.process.kill()
    first.process.wait()
    assert eventually(lambda: not processes_of(data)), processes_of(data)

    second = Serving(data)
    second.until_ready()
    for pid in second.pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    second.process.wait()
    assert eventually(lambda: not processes_of(data)), processes_of(data)

    third = Serving(data)
    assert eventually(lambda: str(third.process.pid) in (data / "serve.lock").read_text())
    assert third.stop(signal.SIGINT) == 0, third.said()  # while it starts
    assert processes_of(data) == {}

    with serving(data) as again:
        assert again.health()[0] == 200
        assert again.stop(signal.SIGINT) == 0
        assert processes_of(data) == {}


def test_a_busy_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        answer = allmende(tmp_path / "var", "serve", PORT=port)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in answer.stderr


def test_it_works_on_a_given_database(tmp_path: Path, postgres_url: str) -> None:
    import psycopg

    name = "allmende_serve_test"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name}")
        admin.execute(f"create database {name}")
        url = psycopg.conninfo.conninfo_to_dict(postgres_url) | {"dbname": name}
        query = f"?host={url['host']}" if str(url["host"]).startswith("/") else ""
        host = "" if query else f"{url['host']}:{url.get('port', 5432)}"
        with serving(
            tmp_path / "var", DATABASE_URL=f"postgresql://{url['user']}:{url['password']}@{host}/{name}{query}"
        ):
            assert not (tmp_path / "var" / "pg").exists()
        admin.execute(f"drop database {name} with (force)")
