# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What this machine offers and what is set, tried one by one; changes nothing that is there."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from allmende import __version__
from allmende.config import child, keyfile
from allmende.config.environment import Environment, Misconfigured
from allmende.config.postgres import PostgresError, client_environment, program
from allmende.kernel import clock
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text

#: Free space below which a running town may stop soon, in bytes.
_LITTLE = 2 << 30
_OLDEST_SERVER = 15


class Verdict(StrEnum):
    """How one check ended."""

    GOOD = "ok"
    NOTE = "!"  # works, but the operator should know
    BAD = "✗"  # Allmende does not run, or not safely


class Finding(msgspec.Struct, frozen=True):
    """One check: what was looked at, how it ended, and what that means."""

    about: Text
    verdict: Verdict
    said: str


def examine(given: Environment) -> Iterator[Finding]:
    """Check everything, one after the other. No check stops the next."""
    checks: tuple[tuple[Text, Callable[[Environment], tuple[Verdict, str]]], ...] = (
        (Text("Version", "version"), _version),
        (Text("Datenordner", "data folder"), _data),
        (Text("Plattenplatz", "disk space"), _space),
        (Text("Schlüsseldatei", "key file"), _key),
        (Text("Datenbank", "database"), _database),
        (Text("Anker des Nachweises", "anchors of the log"), _anchor),
        (Text("Abschottung der Auswertung", "sandbox of questions"), _sandbox),
        (Text("DuckDB und Erweiterungen", "DuckDB and extensions"), _extensions),
        (Text("Seiten", "pages' assets"), _assets),
        (Text("Papiere", "papers"), _papers),
        (Text("Port", "port"), _port),
        (Text("Uhr", "clock"), _clock),
    )
    for about, check in checks:
        try:
            verdict, said = check(given)
        except (OSError, Misconfigured, PostgresError, subprocess.SubprocessError) as error:
            verdict, said = Verdict.BAD, str(error)
        yield Finding(about=about, verdict=verdict, said=said)


def _version(given: Environment) -> tuple[Verdict, str]:
    del given
    return Verdict.GOOD, f"Allmende {__version__}, Python {platform.python_version()}, {platform.platform()}"


def _data(given: Environment) -> tuple[Verdict, str]:
    if not given.data.exists():
        return Verdict.NOTE, f"{given.data}: wird beim ersten Start angelegt / is made at the first start"
    found = given.data.stat()
    if found.st_uid != os.geteuid() or not os.access(given.data, os.R_OK | os.W_OK | os.X_OK):
        return Verdict.BAD, f"{given.data}: gehört einem anderen Benutzer / belongs to another user"
    if stat.S_IMODE(found.st_mode) & 0o077:
        return Verdict.NOTE, f"{given.data}: auch andere dürfen hinein / others may enter: chmod 700 {given.data}"
    return Verdict.GOOD, str(given.data)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _space(given: Environment) -> tuple[Verdict, str]:
    free = shutil.disk_usage(_existing(given.data)).free
    return (Verdict.GOOD if free >= _LITTLE else Verdict.NOTE), f"{free / (1 << 30):.1f} GiB frei / free"


def _key(given: Environment) -> tuple[Verdict, str]:
    if keyfile.read(given.key_file) is not None:
        return Verdict.GOOD, str(given.key_file)
    if (given.data / "pg" / "data").exists() or given.database_url:
        return Verdict.BAD, f"{given.key_file}: fehlt, obwohl es Daten gibt / is missing though there are data"
    return Verdict.NOTE, f"{given.key_file}: wird beim ersten Start angelegt / is made at the first start"


def _database(given: Environment) -> tuple[Verdict, str]:
    if given.database_url:
        import psycopg

        try:
            with psycopg.connect(given.database_url, connect_timeout=5) as connection:
                version = connection.info.server_version // 10_000
        except psycopg.Error as error:
            return Verdict.BAD, f"DATABASE_URL: {str(error).strip()}"
        good = version >= _OLDEST_SERVER
        return (Verdict.GOOD if good else Verdict.BAD), f"PostgreSQL {version} (DATABASE_URL)"
    said = subprocess.run(
        [program("postgres"), "--version"],
        check=True,
        capture_output=True,
        text=True,
        env=client_environment(os.environ),
    ).stdout.strip()
    if os.geteuid() == 0 and not child.namespace_works():
        return Verdict.BAD, f"{said}: nicht als root ohne User Namespaces / not as root without user namespaces"
    return Verdict.GOOD, said


def _anchor(given: Environment) -> tuple[Verdict, str]:
    import psycopg

    from allmende.config.health import ANCHORS, anchor_state
    from allmende.config.postgres import Postgres

    if not given.database_url and not (given.data / "pg" / "passwords.json").exists():
        return Verdict.NOTE, "noch keiner / none yet"
    try:
        with psycopg.connect(given.database_url or Postgres(given.data).running_url(), connect_timeout=5) as connection:
            row = connection.execute(ANCHORS).fetchone()
    except psycopg.errors.UndefinedTable:
        return Verdict.NOTE, "noch keiner / none yet"
    except psycopg.OperationalError:
        return Verdict.NOTE, "nicht geprüft, die Datenbank läuft nicht / not looked at, the database does not run"
    assert row is not None
    state = anchor_state(row, clock.now())
    sent = f"{state.sent_at:%Y-%m-%dT%H:%M:%SZ}" if state.sent_at else "–"
    said = f"zuletzt hinaus / last one out: {sent}"
    if state.late or state.failed:
        return (
            Verdict.BAD if state.late else Verdict.NOTE,
            f"{said}; misslingt, wird stündlich versucht / fails, is tried hourly",
        )
    return Verdict.GOOD, said


def _sandbox(given: Environment) -> tuple[Verdict, str]:
    del given
    from allmende.engine import sandbox

    level = sandbox.level()
    said = f"Landlock ABI {level.landlock}, seccomp {'ja / yes' if level.seccomp else 'nein / no'}"
    if level.landlock >= 1 and level.seccomp:
        return Verdict.GOOD, said
    return Verdict.BAD, f"{said}: Fragen von anderen laufen hier nicht sicher / strangers' questions are not safe here"


def _extensions(given: Environment) -> tuple[Verdict, str]:
    """Load them in a process of their own: they are large and stay loaded."""
    del given
    code = "from allmende.engine.extensions import connect; print(connect().execute('select version()').fetchone()[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        return Verdict.BAD, (done.stderr.strip().splitlines() or [str(done.returncode)])[-1]
    return Verdict.GOOD, f"DuckDB {done.stdout.strip()}"


def _assets(given: Environment) -> tuple[Verdict, str]:
    del given
    room = Path(__file__).parent.parent
    lacking = [
        name
        for name, there in (
            ("webkit/static/dist", any((room / "webkit" / "static" / "dist").rglob("*.css"))),
            ("locale", all(po.with_suffix(".mo").exists() for po in room.rglob("django.po"))),
        )
        if not there
    ]
    if lacking:
        return Verdict.BAD, f"{', '.join(lacking)}: script/setup"
    return Verdict.GOOD, "CSS, JavaScript, de, en"


def _papers(given: Environment) -> tuple[Verdict, str]:
    """Set a paper, as the pages do."""
    del given
    from allmende.engine.paper.model import Paper, Town
    from allmende.engine.paper.press import render

    began = time.monotonic()
    town = Town(name="Allmende", colour="#22429e")
    try:
        render(Paper(title="Probe", town=town, date=clock.now().date(), blocks=()))
    except Problem as problem:
        return Verdict.BAD, f"{problem.detail.de} / {problem.detail.en}"
    return Verdict.GOOD, f"PDF/UA-1, {time.monotonic() - began:.1f} s"


def _port(given: Environment) -> tuple[Verdict, str]:
    family = socket.AF_INET6 if ":" in given.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((given.host, given.port))
        except OSError as error:
            return Verdict.NOTE, f"{given.host}:{given.port}: belegt / in use ({error.strerror})"
    return Verdict.GOOD, f"{given.host}:{given.port}"


def _clock(given: Environment) -> tuple[Verdict, str]:
    """Compare with the time this version's files were written: a clock before that is certainly wrong."""
    del given
    written = Path(__file__).stat().st_mtime
    if time.time() < written - 24 * 3600:
        return Verdict.BAD, "geht nach: Fristen und Nachweis wären falsch / is slow: terms and log would be wrong"
    return Verdict.GOOD, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
