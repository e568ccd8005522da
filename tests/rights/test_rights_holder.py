# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The snapshot in a process: current, or none at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from allmende.kernel import clock
from allmende.kernel.errors import Unready
from allmende.rights.holder import Holder
from allmende.rights.snapshot import Granted, Organisations, Snapshot, assemble, read_version
from tests.rights.conftest import TERMINATE


def build(conn: psycopg.Connection[Any]) -> Snapshot:
    return assemble(
        version=read_version(conn), built_at=clock.now(), organisations=Organisations(), resources=(), granted=Granted()
    )


@pytest.fixture
def conn(log_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE watched (x int)")
        connection.execute(
            "CREATE TRIGGER rights_watch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON watched"
            " FOR EACH STATEMENT EXECUTE FUNCTION rights_registers_changed()"
        )
        yield connection


def eventually(true: Callable[[], bool], within: float = 5.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def version(holder: Holder) -> int | None:
    try:
        return holder.current().version
    except Unready:
        return None


def test_it_hears_of_changes_at_once_and_only_of_committed_ones(log_dsn: str, conn: psycopg.Connection[Any]) -> None:
    with Holder(log_dsn, build, heartbeat=60, lease=60) as holder:
        assert holder.refresh_until(1).version == 1
        with conn.transaction():
            conn.execute("INSERT INTO watched SELECT generate_series(1, 100)")
            assert version(holder) == 1
        eventually(lambda: version(holder) == 2)
        conn.execute("TRUNCATE watched")
        eventually(lambda: version(holder) == 3)


async def test_it_reads_at_once_when_somebody_knows_of_a_newer_version(
    log_dsn: str, conn: psycopg.Connection[Any]
) -> None:
    with Holder(log_dsn, build, heartbeat=60, lease=60) as holder:
        before = await holder.refreshed(1)
        assert await holder.refreshed(1) is before
        conn.execute("UPDATE rights_registerversion SET version = 5")  # nothing was announced
        assert (await holder.refreshed(5)).version == 5
        with pytest.raises(Unready):
            holder.refresh_until(6, timeout=0.2)


def test_the_same_version_is_not_read_again(log_dsn: str, conn: psycopg.Connection[Any]) -> None:
    with Holder(log_dsn, build, heartbeat=0.02, lease=1) as holder:
        first = holder.refresh_until(1)
        time.sleep(0.2)
        assert holder.current() is first


def test_nothing_before_the_first_and_nothing_after_the_lease(log_dsn: str, conn: psycopg.Connection[Any]) -> None:
    holder = Holder(log_dsn, build, heartbeat=0.05, lease=0.3)
    with pytest.raises(Unready):
        holder.current()
    with holder:
        holder.refresh_until(1)
        conn.execute("ALTER TABLE rights_registerversion RENAME TO away")
        eventually(lambda: version(holder) is None)
        conn.execute("ALTER TABLE away RENAME TO rights_registerversion")
        eventually(lambda: version(holder) == 1)
    with pytest.raises(Unready):
        holder.current()


def test_it_outlives_a_lost_connection_and_goes_back_with_a_restored_database(
    log_dsn: str, conn: psycopg.Connection[Any]
) -> None:
    with Holder(log_dsn, build, heartbeat=0.05, lease=60) as holder:
        conn.execute("UPDATE rights_registerversion SET version = 9")
        holder.refresh_until(9)
        conn.execute(TERMINATE, ("allmende rights",))
        conn.execute("UPDATE rights_registerversion SET version = 4")
        eventually(lambda: version(holder) == 4)


def test_stopping_leaves_no_thread_and_no_connection_and_wakes_who_waits(
    log_dsn: str, conn: psycopg.Connection[Any]
) -> None:
    before = threading.active_count()
    holder = Holder(log_dsn, build, heartbeat=60).start()
    holder.refresh_until(1)

    def wait() -> None:
        with pytest.raises(Unready):
            holder.refresh_until(99, 30)

    waiting = threading.Thread(target=wait)
    waiting.start()
    began = time.monotonic()
    holder.stop()
    holder.stop()
    waiting.join()
    assert time.monotonic() - began < 5
    assert threading.active_count() == before
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = 'allmende rights' AND datname = current_database()"
    )
    eventually(lambda: conn.execute(query).fetchone() == (0,))


def test_without_a_database_it_stops_as_quickly() -> None:
    holder = Holder("host=127.0.0.1 port=1 dbname=none", build, heartbeat=60).start()
    with pytest.raises(Unready):
        holder.refresh_until(1, timeout=0.1)
    holder.stop()
