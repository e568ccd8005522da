# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision log: what is written, that the chain finds every change, and that keys can go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from allmende.kernel import clock
from allmende.kernel.errors import Invalid, Unready
from allmende.kernel.ids import new_id
from allmende.rights.anchors import Anchor, parse, public_key, sign
from allmende.rights.chain import GENESIS, Linker, link, read_head
from allmende.rights.decide import decide
from allmende.rights.journal import Journal, use_of, write
from allmende.rights.pseudonyms import Sealer, month_of, pseudonym
from allmende.rights.terms import Action, Class, GranteeKind, Resource, Visibility
from allmende.rights.verify import LATE, Report, examine, verify
from tests.rights.conftest import MASTER, TERMINATE
from tests.rights.test_rights_decide import allow
from tests.rights.town import NOW, subject, town

SEALER = Sealer(MASTER)
TOWN = town(
    [
        Resource(id="free", tenant="auenstadt", name="frei", unit="umwelt", cls=Class.OPEN, released=True),
        Resource(
            id="inner",
            tenant="auenstadt",
            name="innen",
            unit="umwelt",
            cls=Class.INTERNAL,
            purposes=frozenset({"traffic"}),
        ),
        Resource(
            id="far",
            tenant="bergstadt",
            name="fern",
            unit="nachbar",
            cls=Class.RESTRICTED,
            visibility=Visibility.PUBLIC,
        ),
    ],
    [allow(GranteeKind.TENANT, "auenstadt", resource="far", purposes=frozenset({"traffic"}))],
)


@pytest.fixture
def conn(log_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        yield connection


def ask(
    conn: psycopg.Connection[Any],
    *resources: str,
    who: str = "vera",
    purpose: str = "traffic",
    ago: timedelta = timedelta(),
) -> str:
    """Decide and write it down; return the decision's id."""
    id_ = new_id()
    decisions = decide(TOWN, subject(who), Action.READ, resources, purpose, NOW)
    use = use_of(
        decision_id=id_,
        subject=subject(who),
        decisions=decisions,
        snapshot=TOWN,
        statement="SELECT * FROM auenstadt.innen WHERE x = ?",
        at=clock.now() - ago,
    )
    write(conn, SEALER, use)
    return id_


def fill(conn: psycopg.Connection[Any], count: int = 6) -> list[str]:
    """Write and link so many entries; return their ids in the chain's order."""
    for number in range(count):
        ask(conn, "inner", "far", who=("vera", "ulla", "gerd")[number % 3])
    assert link(conn) == count
    return [str(id_) for (id_,) in conn.execute("SELECT id FROM rights_logentry ORDER BY seq")]


@contextlib.contextmanager
def tampering(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """What the owner of the database can do to its triggers."""
    conn.execute("ALTER TABLE rights_logentry DISABLE TRIGGER USER")
    yield
    conn.execute("ALTER TABLE rights_logentry ENABLE TRIGGER USER")


def head(conn: psycopg.Connection[Any]) -> Anchor:
    return sign(read_head(conn), installation="https://daten.auenstadt.de", at=clock.now(), master=MASTER)


def places(report: Report) -> list[int]:
    assert report.sound == (not report.findings)
    return [finding.seq for finding in report.findings]


# --- what is written ----------------------------------------------------------------------------------------------


def test_an_entry_holds_pseudonym_and_unit_not_the_name(conn: psycopg.Connection[Any]) -> None:
    id_ = ask(conn, "inner", "far", "free")
    row = conn.execute(
        "SELECT id::text, tenant, about, unit, kind, action, resources, purpose, outcome, rules, grants, registers,"
        " pseudonym, month, statement FROM rights_logentry"
    ).fetchone()
    assert row is not None
    month = month_of(clock.now())
    sealed = conn.execute("SELECT sealed FROM rights_pseudonymkey WHERE month = %s", (month,)).fetchone()
    assert sealed is not None
    key = SEALER.open(month, sealed[0])
    assert row == (
        id_, "auenstadt", ["auenstadt", "bergstadt"], "verkehr", "person", "read", ["far", "inner"], "traffic", "allow",
        ["read.grant", "read.internal"], ["g"], 7, pseudonym(key, "auenstadt", "vera"), month,
        "SELECT * FROM auenstadt.innen WHERE x = ?",
    )  # fmt: skip
    everything = str(conn.execute("SELECT rights_logentry::text FROM rights_logentry").fetchall())
    assert "vera" not in everything
    with pytest.raises(ValueError, match="another key file"):
        Sealer(bytes(32)).open(month, sealed[0])


def test_open_data_leave_only_a_count_per_day(conn: psycopg.Connection[Any]) -> None:
    for who in ("anyone", "vera", "gerd"):
        ask(conn, "free", who=who, purpose="")
    ask(conn, "free", "inner")
    ask(conn, "free", "inner", who="gerd")  # refused: nothing was read
    assert conn.execute("SELECT resource, day, tenant, count FROM rights_openuse").fetchall() == [
        ("free", clock.now().date(), "auenstadt", 4)
    ]
    assert conn.execute("SELECT resources, outcome, rules FROM rights_logentry ORDER BY at").fetchall() == [
        (["inner"], "allow", ["read.internal"]),
        (["inner"], "absent", ["absent"]),
    ]


def test_what_one_may_not_know_of_in_another_town_stays_a_name_in_the_log(conn: psycopg.Connection[Any]) -> None:
    ask(conn, "inner", "nothing.there", who="nina")
    ask(conn, "inner", who="gerd")
    assert conn.execute("SELECT resources, about, outcome FROM rights_logentry ORDER BY at").fetchall() == [
        (["auenstadt.innen", "nothing.there"], [], "absent"),
        (["inner"], ["auenstadt"], "absent"),
    ]


def test_free_text_in_the_place_of_a_purpose_is_not_kept(conn: psycopg.Connection[Any]) -> None:
    for purpose in ("Frau Meier, Hauptstr. 3", "x" * 64, "a\0b", "\ud800", "traffic"):
        ask(conn, "far", purpose=purpose)
    kept = [purpose for (purpose,) in conn.execute("SELECT purpose FROM rights_logentry ORDER BY at")]
    assert kept == ["?", "?", "?", "?", "traffic"]


def test_the_public_and_the_command_line_have_no_pseudonym(conn: psycopg.Connection[Any]) -> None:
    ask(conn, "far", who="anyone")
    ask(conn, "inner", who="operator")
    assert conn.execute("SELECT kind, pseudonym, tenant, outcome FROM rights_logentry ORDER BY at").fetchall() == [
        ("anyone", "", "bergstadt", "deny"),
        ("operator", "", "auenstadt", "deny"),
    ]
    assert conn.execute("SELECT count(*) FROM rights_pseudonymkey").fetchone() == (0,)


async def test_the_journal_commits_before_it_answers_and_tells_the_present_version(log_dsn: str) -> None:
    who = subject("vera")
    decisions = decide(TOWN, who, Action.READ, ["inner"], "traffic", NOW)
    async with (
        Journal(log_dsn, MASTER) as journal,
        await psycopg.AsyncConnection.connect(log_dsn, autocommit=True) as other,
    ):

        async def record() -> int:
            return await journal.record(
                decision_id=new_id(), subject=who, decisions=decisions, snapshot=TOWN, statement=""
            )

        assert await record() == 1
        await other.execute("UPDATE rights_registerversion SET version = 8")
        assert await asyncio.gather(*(record() for _ in range(20))) == [8] * 20
        rows = await (await other.execute("SELECT count(*), count(DISTINCT pseudonym) FROM rights_logentry")).fetchone()
        assert rows == (21, 1)
        await other.execute(TERMINATE, ("allmende journal",))
        assert await record() == 8  # a restarted database is no reason to fail


async def test_without_a_database_the_journal_says_so_and_nothing_goes_out() -> None:
    decisions = decide(TOWN, subject("vera"), Action.READ, ["inner"], "traffic", NOW)
    async with Journal("host=127.0.0.1 port=1 dbname=none", MASTER, timeout=0.2) as journal:
        with pytest.raises(Unready):
            await journal.record(
                decision_id=new_id(), subject=subject("vera"), decisions=decisions, snapshot=TOWN, statement=""
            )


# --- the chain ----------------------------------------------------------------------------------------------------


def test_an_untouched_log_is_sound(conn: psycopg.Connection[Any]) -> None:
    assert verify(conn) == Report(0, read_head(conn), 0, 0, 0, ())
    empty = head(conn)
    fill(conn, 3)
    first = head(conn)
    fill(conn, 3)
    ask(conn, "inner")
    report = verify(conn, [empty, first, head(conn)], trusted=public_key(MASTER))
    assert report == Report(6, read_head(conn), 1, 3, 0, ())


CHANGES = {
    "id": "gen_random_uuid()",
    "at": "at + interval '1 microsecond'",
    "tenant": "'bergstadt'",
    "about": "about || 'x'::text",
    "unit": "'umwelt '",
    "kind": "'system'",
    "pseudonym": "reverse(pseudonym)",
    "month": "'2026-10'",
    "action": "'know'",
    "resources": "array_remove(resources, 'far')",
    "purpose": "'statistics'",
    "outcome": "'ALLOW'",
    "rules": "rules[2:1]",
    "grants": "grants || 'x'::text",
    "statement": "statement || ' '",
    "registers": "registers + 1",
    "hash": "sha256(hash)",
}


def test_every_changed_column_of_every_entry_is_found(conn: psycopg.Connection[Any]) -> None:
    fill(conn)
    columns = conn.execute("SELECT * FROM rights_logentry LIMIT 0").description or []
    assert {column.name for column in columns} == {*CHANGES, "seq"}
    with tampering(conn):
        for column, value in CHANGES.items():
            for seq in range(1, 7):
                with conn.transaction():
                    conn.execute(f"UPDATE rights_logentry SET {column} = {value} WHERE seq = %s", (seq,))
                    found = places(examine(conn))
                    assert found[0] == seq, column
                    assert found[1:] == ([seq + 1] if column == "hash" and seq < 6 else []), column
                    raise psycopg.Rollback
    assert verify(conn).sound


def test_deleted_inserted_and_moved_entries_are_found(conn: psycopg.Connection[Any]) -> None:
    ids = fill(conn)
    with tampering(conn):
        for seq in range(1, 6):
            with conn.transaction():
                conn.execute("DELETE FROM rights_logentry WHERE seq = %s", (seq,))
                assert places(examine(conn)) == [seq]
                raise psycopg.Rollback
        with conn.transaction():  # two entries change places
            conn.execute("ALTER TABLE rights_logentry DROP CONSTRAINT rights_logentry_seq_key")
            conn.execute("UPDATE rights_logentry SET seq = 5 - seq WHERE id = ANY(%s)", ([ids[1], ids[2]],))
            assert places(examine(conn)) == [2, 3, 4]
            raise psycopg.Rollback
        with conn.transaction():  # one more under a number in use
            conn.execute("ALTER TABLE rights_logentry DROP CONSTRAINT rights_logentry_seq_key")
            new = ask(conn, "inner")
            conn.execute("UPDATE rights_logentry SET seq = 3, hash = sha256('x') WHERE id = %s", (new,))
            assert places(examine(conn)) == [3]
            raise psycopg.Rollback
        with conn.transaction():  # one more at the end, with a false hash
            new = ask(conn, "inner")
            conn.execute("UPDATE rights_logentry SET seq = 7, hash = sha256('x') WHERE id = %s", (new,))
            assert places(examine(conn)) == [7]
            raise psycopg.Rollback
    assert verify(conn).sound


def test_a_log_that_was_cut_or_written_anew_disagrees_with_an_earlier_anchor(conn: psycopg.Connection[Any]) -> None:
    fill(conn, 3)
    first = head(conn)
    fill(conn, 3)
    second = head(conn)
    with tampering(conn):
        conn.execute("DELETE FROM rights_logentry WHERE seq > 4")
        assert verify(conn, [first]).sound  # nothing but a later anchor can show it
        assert places(verify(conn, [first, second])) == [5]
        conn.execute("UPDATE rights_logentry SET seq = NULL, hash = NULL, unit = 'umwelt' WHERE seq = 4")
    link(conn)
    ask(conn, "inner")
    ask(conn, "inner")
    link(conn)
    assert verify(conn, [first]).sound
    report = verify(conn, [first, second])
    assert places(report) == [4]
    assert "between entry 4 and 6" in report.findings[0].text.en


def test_anchors_in_the_database_and_forged_ones(conn: psycopg.Connection[Any]) -> None:
    fill(conn, 2)
    anchor = head(conn)
    stored = "INSERT INTO rights_anchor (at, seq, hash, statement) VALUES (%s, %s, %s, %s)"
    conn.execute(stored, (anchor.at, anchor.seq, anchor.hash, anchor.text))
    assert verify(conn).anchors == 1
    assert verify(conn, [anchor]).anchors == 1
    forged = msgspec.structs.replace(anchor, hash=bytes(32))
    assert places(verify(conn, [forged])) == [2]
    foreign = sign(read_head(conn), installation="x", at=clock.now(), master=bytes(32))
    assert places(verify(conn, [foreign], trusted=public_key(MASTER))) == [2]
    conn.execute(stored, (anchor.at, 1, anchor.hash, anchor.text))
    assert places(verify(conn)) == [1]
    conn.execute(stored, (anchor.at, 2, anchor.hash, "gone"))
    assert places(verify(conn)) == [1, 2]


def test_entries_that_wait_too_long_are_a_finding(conn: psycopg.Connection[Any]) -> None:
    ask(conn, "inner", ago=LATE - timedelta(minutes=1))
    assert verify(conn).sound
    ask(conn, "inner", ago=LATE + timedelta(minutes=1))
    assert places(verify(conn)) == [0]
    link(conn)
    assert verify(conn).sound


def test_an_anchor_survives_paper_and_e_mail(conn: psycopg.Connection[Any]) -> None:
    fill(conn, 1)
    anchor = head(conn)
    assert anchor.verify()
    for text in (
        anchor.text,
        anchor.text.replace("\n", "\r\n"),
        f"> Hallo\n\n{anchor.text}\nGruß\n",
        anchor.text.replace("\n", "\n\n  "),
    ):
        assert parse(text) == (anchor,)
    later = sign(read_head(conn), installation="https://x", at=clock.now() + timedelta(days=1), master=MASTER)
    assert parse(later.text + anchor.text) == (anchor, later)
    for broken in (
        "",
        anchor.text.replace("head: ", "head: x"),
        anchor.text.replace("signature: ", "signature: ="),
        anchor.text[:-20] + later.text,
    ):
        with contextlib.suppress(Invalid):
            assert not all(a.verify() for a in parse(broken))
    assert not msgspec.structs.replace(anchor, seq=2).verify()
    assert bytes(32) == GENESIS


# --- writers ------------------------------------------------------------------------------------------------------


def test_many_writers_and_two_linkers_make_one_chain(log_dsn: str, conn: psycopg.Connection[Any]) -> None:
    def work() -> None:
        with psycopg.connect(log_dsn, autocommit=True) as own:
            for _ in range(25):
                ask(own, "inner")

    threads = [threading.Thread(target=work) for _ in range(4)]
    with Linker(log_dsn, every=0.01), Linker(log_dsn, every=0.01):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    report = verify(conn, [head(conn)])
    assert (report.entries, report.waiting, report.sound) == (100, 0, True)


_KILLED = """
import sys, psycopg
from allmende.rights import chain
real = chain.link_hash
def slow(previous, seq, row):
    if seq == 5:
        print("in the middle", flush=True)
        sys.stdin.read()
    return real(previous, seq, row)
chain.link_hash = slow
with psycopg.connect(sys.argv[1], autocommit=True) as conn:
    chain.link(conn, batch=3)
    chain.link(conn)
"""


def test_a_linker_killed_in_the_middle_leaves_a_chain_that_goes_on(log_dsn: str, conn: psycopg.Connection[Any]) -> None:
    for _ in range(8):
        ask(conn, "inner")
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, log_dsn],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
        process.send_signal(signal.SIGKILL)
    assert read_head(conn).seq == 3
    assert link(conn) == 5
    assert verify(conn) == Report(8, read_head(conn), 0, 0, 0, ())


def test_the_linker_outlives_the_databases_restart(
    log_dsn: str, conn: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with Linker(log_dsn, every=0.01):
        for number in (1, 2, 3):
            ask(conn, "inner")
            deadline = time.monotonic() + 10
            while read_head(conn).seq < number:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            conn.execute(TERMINATE, ("allmende log",))
    assert verify(conn).entries == 3


# --- keys ---------------------------------------------------------------------------------------------------------


def test_without_its_key_a_month_keeps_its_place_in_the_chain_and_no_name(conn: psycopg.Connection[Any]) -> None:
    fill(conn)
    anchor = head(conn)
    conn.execute("UPDATE rights_pseudonymkey SET sealed = NULL, destroyed_at = now()")
    assert verify(conn, [anchor]).sound
    with pytest.raises(LookupError, match="is gone"):
        ask(conn, "inner")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("UPDATE rights_pseudonymkey SET sealed = 'x', destroyed_at = NULL")
