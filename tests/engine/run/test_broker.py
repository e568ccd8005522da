# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The broker keeps time, turns and order; nothing a question does stops another."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import time
from pathlib import Path

import msgspec
import pytest

from allmende.engine import wire
from allmende.engine.client import Engine
from allmende.engine.errors import Broken, Refused
from allmende.engine.plan import Field, Format, Limits, MySQL, Plan, Postgres, Relation, Table
from allmende.kernel.errors import Problem, SourceDown, TooMuch, Unready

from .conftest import Running, Town

#: Runs for minutes in one function call, where no interrupt is looked at.
STUBBORN = "select sum(levenshtein(repeat('a', 60000 + i::int), repeat('b', 60000))) from range(100) r(i)"


def ask(engine: Engine, town: Town, sql: str, form: Format = Format.JSON, **limits: float) -> bytes:
    with engine.blocking("town") as question:
        _, chunks = question.run(town.plan(sql, question.parse(sql).tables, form, **limits))
        return b"".join(chunks)


def gone(pid: int, seconds: float = 3) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def busy(running: Running) -> list[int]:
    """Return the workers that use the processor now."""
    found = []
    for pid in running.children():
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            if state == "R":
                found.append(pid)
    return found


def test_a_question_over_its_time_is_killed_and_told_so(engine: Engine, town: Town) -> None:
    began = time.monotonic()
    with pytest.raises(TooMuch, match="longer than 1 seconds"):
        ask(engine, town, STUBBORN, seconds=1)
    assert time.monotonic() - began < 4
    assert ask(engine, town, "select 1 as a") == b"[\n[1]\n]"


def test_a_question_over_its_memory_is_told_so(engine: Engine, town: Town) -> None:
    with pytest.raises(TooMuch):
        ask(engine, town, "select list(i) from range(200000000) r(i)", memory_bytes=200 << 20, seconds=30)


def test_leaving_kills_the_worker_at_once(running: Running, town: Town) -> None:
    with running.engine.blocking() as question:
        tables = question.parse(STUBBORN).tables
        with contextlib.suppress(TimeoutError):
            assert question._socket is not None
            question._socket.settimeout(1.0)
            question.run(town.plan(STUBBORN, tables))
        at_work = busy(running)
        assert len(at_work) == 1
    assert gone(at_work[0], 1.0)


async def test_cancelling_kills_the_worker_at_once(running: Running, town: Town) -> None:
    async def question() -> None:
        async with running.engine.lease() as lease:
            await lease.run(town.plan(STUBBORN, (await lease.parse(STUBBORN)).tables))

    task = asyncio.create_task(question())
    await asyncio.sleep(1)
    at_work = busy(running)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert len(at_work) == 1
    assert await asyncio.to_thread(gone, at_work[0], 1.0)


def test_a_slow_reader_holds_the_worker_back_and_costs_no_time(running: Running, town: Town) -> None:
    sql = "select i, 'text ' || i as t from range(3000000) r(i)"
    with running.engine.blocking() as question:
        plan = town.plan(sql, question.parse(sql).tables, Format.CSV, seconds=3)
        _, chunks = question.run(plan)
        first = next(chunks)
        time.sleep(5)  # more than its time
        largest = max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in running.children())
        answer = first + b"".join(chunks)
    assert largest < 600 << 20
    assert answer.count(b"\n") == 3_000_001


def test_a_killed_worker_stops_nobody_else(running: Running, town: Town) -> None:
    with running.engine.blocking() as first, running.engine.blocking() as second:
        tables = first.parse(STUBBORN).tables
        second.parse("select 2 as b")
        assert first._socket is not None
        wire.send(first._socket, wire.RUN, town.plan(STUBBORN, tables))
        time.sleep(0.7)
        for pid in busy(running):
            os.kill(pid, signal.SIGSEGV)
        with pytest.raises(Broken):
            first._expect(wire.HEAD, bytes)
        _, chunks = second.run(town.plan("select 2 as b", (), Format.JSON))
        assert b"".join(chunks) == b"[\n[2]\n]"


def test_no_worker_outlives_the_broker(tmp_path: Path, town: Town) -> None:
    broker = Running(tmp_path)
    with broker.engine.blocking() as question:
        question.parse("select 1")
        workers = broker.children()
        assert len(workers) >= 2
        broker.process.kill()
        broker.process.wait()
        assert all(gone(pid) for pid in workers)
    with pytest.raises(Unready), broker.engine.blocking():
        pass
    again = Running(tmp_path)
    assert ask(again.engine, town, "select 1 as a") == b"[\n[1]\n]"
    again.stop()
    assert not any((tmp_path / "q.sock.tmp").glob("*"))


def test_the_socket_is_its_owners_alone(running: Running) -> None:
    assert running.socket.stat().st_mode & 0o777 == 0o600


def test_when_all_is_taken_the_next_waits_and_one_too_many_is_told(tmp_path: Path) -> None:
    broker = Running(tmp_path, "--running", "1", "--waiting", "1", "--spares", "1")

    async def three() -> list[str]:
        async def one(name: str, hold: float) -> str:
            try:
                async with broker.engine.lease("town") as question:
                    await question.parse("select 1")
                    await asyncio.sleep(hold)
                    return name
            except Unready:
                return f"{name} refused"

        first = asyncio.create_task(one("first", 0.5))
        await asyncio.sleep(0.2)
        second = asyncio.create_task(one("second", 0))
        await asyncio.sleep(0.1)
        third = asyncio.create_task(one("third", 0))
        return list(await asyncio.gather(first, second, third))

    assert asyncio.run(three()) == ["first", "second", "third refused"]
    broker.stop()


def test_towns_take_turns(tmp_path: Path) -> None:
    broker = Running(tmp_path, "--running", "1", "--spares", "1")
    order: list[str] = []

    async def asking() -> None:
        async def one(town: str, number: int) -> None:
            async with broker.engine.lease(town) as question:
                await question.parse("select 1")
                order.append(f"{town}{number}")
                await asyncio.sleep(0.02)

        async with broker.engine.lease("other"):
            tasks = [asyncio.create_task(one("big", number)) for number in range(4)]
            await asyncio.sleep(0.1)
            tasks.append(asyncio.create_task(one("small", 0)))
            await asyncio.sleep(0.1)
        await asyncio.gather(*tasks)

    asyncio.run(asking())
    assert order == ["big0", "small0", "big1", "big2", "big3"]
    broker.stop()


@pytest.mark.parametrize("packet", [b"", b"X", b"L", b"Lgarbage", b"L\xff" * 1000])
def test_noise_instead_of_a_greeting_is_hung_up_on(running: Running, packet: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as noise:
        noise.connect(str(running.socket))
        with contextlib.suppress(OSError):
            noise.send(packet or b"\0")
        noise.settimeout(3)
        with contextlib.suppress(ConnectionResetError):
            assert noise.recv(100) == b""


@pytest.mark.parametrize("packet", [b"P\xff", b"R\x80", b"T\x90", b"Zx", b".xyz"])
def test_noise_instead_of_a_question_ends_that_worker_only(running: Running, town: Town, packet: bytes) -> None:
    with running.engine.blocking() as question:
        assert question._socket is not None
        question._socket.send(packet)
        question._socket.shutdown(socket.SHUT_WR)
        tag, _ = question._receive()
        assert tag in {wire.ERROR, b""}
    assert ask(running.engine, town, "select 1 as a") == b"[\n[1]\n]"


def test_a_table_that_was_not_permitted_is_not_read(engine: Engine, town: Town) -> None:
    with engine.blocking() as question:
        question.parse("select * from town.trees, works.energy")
        with pytest.raises(Refused, match=r"no data set “works\.energy”"):
            question.run(town.plan("", (("town", "trees"),)))


def source(name: str, host: str, port: int) -> Table:
    return Table(
        "town",
        "far",
        Relation(
            sql="SELECT * FROM far.public.t",
            fields=(Field("id", "BIGINT"),),
            attachments=(Postgres("far", host, port, "db", "user", "GEHEIM-4711", connect_timeout_s=2),),
        ),
        source=name,
    )


def run_far(engine: Engine, table: Table) -> None:
    with engine.blocking() as question:
        question.parse("select * from town.far")
        question.run(Plan(sql="", tables=(table,), limits=Limits(seconds=10)))


def test_a_source_that_refuses_is_named_and_its_secret_is_not(engine: Engine) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(SourceDown, match="Verkehrsrechner") as caught:
            run_far(engine, source("Verkehrsrechner", "127.0.0.1", unused.getsockname()[1]))
    assert caught.value.more["source"] == "Verkehrsrechner"
    assert "GEHEIM" not in str(caught.value.document())


def test_a_source_that_hangs_is_named_in_time(engine: Engine) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(SourceDown, match="Verkehrsrechner"):
            run_far(engine, source("Verkehrsrechner", "127.0.0.1", silent.getsockname()[1]))
        assert time.monotonic() - began < 8


def test_a_file_that_is_gone_is_its_own_sources_trouble(engine: Engine, town: Town) -> None:
    lost = Table(
        "town",
        "lost",
        Relation(sql="SELECT * FROM read_parquet('/nowhere/x.parquet')", fields=(), paths=("/nowhere/x.parquet",)),
        source="Fachverfahren X",
    )
    with engine.blocking() as question:
        question.parse("select * from town.lost")
        with pytest.raises(SourceDown, match="Fachverfahren X") as caught:
            question.run(Plan(sql="", tables=(lost,)))
    assert "/nowhere" not in str(caught.value.document())


def test_a_file_torn_in_the_middle_is_its_own_sources_trouble(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "torn.csv"
    path.write_text("a,b\n" + "1,2\n" * 200_000 + "x,GEHEIM-4711,zu viel\n")
    sql = f"SELECT * FROM read_csv('{path}', header = true, columns = {{'a': 'INTEGER', 'b': 'INTEGER'}})"
    torn = Table("town", "torn", Relation(sql=sql, fields=(), paths=(str(path),)), source="Messnetz")
    with engine.blocking() as question:
        question.parse("select * from town.torn")
        with pytest.raises(SourceDown, match="Messnetz") as caught:
            _, chunks = question.run(Plan(sql="", tables=(torn,), format=Format.CSV))
            b"".join(chunks)
    assert "GEHEIM" not in str(caught.value.document())
    assert str(path) not in str(caught.value.document())


def test_our_own_sql_runs_in_the_same_sandbox(engine: Engine, town: Town, tmp_path: Path) -> None:
    output = tmp_path / "out.parquet"
    tables = (town.tables["town", "trees"],)
    with engine.blocking() as question:
        head, chunks = question.run_trusted(Plan(sql="SELECT count(*) AS n FROM town.trees", tables=tables))
        assert head.fields == (Field("n", "BIGINT"),)
        assert b"".join(chunks) == b"[\n[60]\n]"
    copy = f"COPY (FROM town.trees) TO '{output}' (FORMAT PARQUET, USE_TMP_FILE false)"
    with engine.blocking() as question:
        _, chunks = question.run_trusted(Plan(sql=copy, tables=tables, output=str(output)))
        b"".join(chunks)
        assert question.foot is not None
        assert question.foot.rows == 60
    assert output.read_bytes()[:4] == b"PAR1"


def test_our_own_sql_cannot_leave_the_sandbox_either(engine: Engine, town: Town, tmp_path: Path) -> None:
    shutil.copy(town.folder / "counts.sqlite", tmp_path / "other.sqlite")
    for sql in (
        f"SELECT * FROM read_parquet('{town.secret_path}')",
        f"COPY (SELECT 1) TO '{tmp_path / 'x.csv'}'",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM glob('/*')",
        f"SELECT * FROM sqlite_scan('{tmp_path / 'other.sqlite'}', 'secret')",
        "SET threads=1",
    ):
        with engine.blocking() as question, pytest.raises(Problem):
            _, chunks = question.run_trusted(Plan(sql=sql, tables=()))
            assert b"".join(chunks) in (b"", b"[]")
            raise AssertionError(sql)


def test_the_settings_of_one_question_never_meet_the_next(running: Running, town: Town) -> None:
    seen = set()
    for _ in range(3):
        with running.engine.blocking() as question:
            _, chunks = question.run_trusted(
                Plan(sql="SELECT random(), uuid(), current_setting('TimeZone')", tables=())
            )
            row = msgspec.json.decode(b"".join(chunks))[0]
            assert row[2] == "UTC"
            seen.add((row[0], row[1]))
    assert len(seen) == 3


def mysql(port: int) -> Table:
    there = MySQL("far", "127.0.0.1", port, "db", "user", "GEHEIM-4711")
    relation = Relation(sql="SELECT * FROM far.db.t", fields=(Field("id", "BIGINT"),), attachments=(there,))
    return Table("town", "far", relation, source="Parkleitrechner")


def test_a_mysql_that_refuses_is_named(engine: Engine) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(SourceDown, match="Parkleitrechner"):
            run_far(engine, mysql(unused.getsockname()[1]))


def test_a_mysql_that_hangs_is_killed_and_named(engine: Engine) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(SourceDown, match="Parkleitrechner") as caught:
            run_far(engine, mysql(silent.getsockname()[1]))
    assert "GEHEIM" not in str(caught.value.document())
