# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende serve``: starts the small family of processes, keeps it alive, and stops it in order.

PostgreSQL (where none is given) → migrations → query → jobs → web, and in the demo town its event service. No child
outlives this process (``child.spawn``); one that dies is started again, later each time it dies soon.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from allmende.config import child, keyfile, practice
from allmende.config.environment import Environment, Misconfigured
from allmende.config.postgres import SUPERUSER, Postgres, PostgresError, runtime_folder

#: Seconds the parts may take until all are ready, and each to stop.
READY_WITHIN = 120.0
STOP_WITHIN = 12.0
_CALM = 60.0  # a part that lived so long starts at once again
_LONGEST_PAUSE = 30.0


class Stopped(Exception):
    """Somebody asked us to stop."""


def say(words: str) -> None:
    """Tell the operator something, on one line."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


class Part:
    """One child process and its restarts."""

    def __init__(self, name: str, arguments: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        self.name = name
        self._arguments = arguments
        self._environment = environment
        self._failures = 0
        self._started = 0.0
        self._again_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        self._started = time.monotonic()
        self.process = child.spawn(self._arguments, environment=self._environment)

    def look(self) -> None:
        """Start it again where it has died and its pause is over."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            self._failures = 0 if time.monotonic() - self._started > _CALM else self._failures + 1
            pause = min(0.1 * 2**self._failures, _LONGEST_PAUSE)
            self._again_at = time.monotonic() + pause
            self.process = None
            say(f"{self.name}: beendet / ended ({code}), neuer Start in / starting again in {pause:.1f} s")
        if time.monotonic() >= self._again_at:
            self.start()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)

    def ended(self, within: float) -> bool:
        """Wait up to ``within`` seconds for its end."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.0, within))
        except subprocess.TimeoutExpired:
            return False
        return True


class Family:
    """All processes of one installation on this machine."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._lock: int | None = None
        self._postgres: Postgres | None = None
        self._postgres_again_at = 0.0
        self._parts: list[Part] = []  # in the order of their start
        self._practice = Practice(self)
        self._stops = 0
        self.command: list[str] = []
        self.children: dict[str, str] = {}
        self._wake, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> int:
        """Start everything, serve until asked to stop, stop everything; return the exit code."""
        handlers = {name: signal.signal(name, self._asked) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        try:
            self._start()
            say(f"Allmende is ready: {self._environment.url}/")
            while True:
                self._look()
                if not self._environment.demo:
                    self._practice.look()
                self._rest(1.0)
        except Stopped:
            say("Allmende hält an / is stopping")
            return 0
        finally:
            self._stop()
            signal.set_wakeup_fd(-1)
            for name, handler in handlers.items():
                signal.signal(name, handler)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stops += 1

    def _rest(self, seconds: float) -> None:
        """Wait, waking at any signal. Raises :class:`Stopped`."""
        if not self._stops:
            select.select([self._wake], [], [], seconds)
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
        if self._stops:
            raise Stopped

    # --- start ----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        given = self._environment
        given.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = take_lock(given.data)
        _refuse_busy_port(given.host, given.port)
        keyfile.read_or_make(given.key_file)
        if given.database_url:
            database_url = given.database_url
        else:
            self._postgres = Postgres(given.data, log=_server_log(given.data))
            self._postgres.start()
            database_url = self._postgres.url()
        environment = child_environment(given, database_url)
        command = [sys.executable, "-m", "allmende.config"]
        self.command, self.children = command, environment
        query = Part(
            "query",
            [sys.executable, "-m", "allmende.engine.broker", runtime_folder(given.data) / "query.sock"],
            without_secrets(environment),
        )
        self._begin(query)
        if given.demo:
            self._demo(command, environment)
        else:
            self._finish("migrate", [*command, "migrate", "--announce"], environment)
        self._begin(Part("jobs", [*command, "serve", "jobs"], environment))
        self._begin(Part("web", [*command, "serve", "web"], environment))
        self._until_ready()

    @property
    def data(self) -> Path:
        """The installation's data folder."""
        return self._environment.data

    def administrator(self) -> str:
        """Return the address of a database role that may make databases and roles."""
        if self._postgres is not None:
            return self._postgres.url("postgres", role=SUPERUSER)
        return self.children["DATABASE_URL"]

    def add_events(self) -> Part:
        """Start the practice town's event service."""
        port_file = self.data / "demo" / "events.port"
        events: list[str | Path] = [sys.executable, "-m", "allmende.config.demo.events", "--port-file", port_file]
        part = Part("demo-events", events, without_secrets(self.children))
        self._begin(part)
        return part

    def drop(self, part: Part) -> None:
        """Stop a part and start it no more."""
        self._parts.remove(part)
        part.stop()
        if not part.ended(STOP_WITHIN):
            part.stop(signal.SIGKILL)

    def _demo(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start the demo town's event service, then migrate and see to it that the town is there."""
        port_file = self._environment.data / "demo" / "events.port"
        before = _written(port_file)
        self.add_events()
        deadline = time.monotonic() + READY_WITHIN
        while _written(port_file) in {before, 0}:
            if time.monotonic() > deadline:
                raise Misconfigured("demo-events: nicht bereit / not ready")
            self._look()
            self._rest(0.02)
        admin = {"ALLMENDE_DEMO_ADMIN": self.administrator()}
        self._finish("demo", [*command, "demo", "--prepare"], {**environment, **admin})

    def _begin(self, part: Part) -> None:
        self._parts.append(part)
        part.start()

    def _finish(self, name: str, arguments: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        process = child.spawn(arguments, environment=environment)
        try:
            while process.poll() is None:
                self._rest(0.5)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != 0:
            raise Misconfigured(f"{name}: gescheitert, siehe oben / failed, see above ({process.returncode})")

    def _until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        state: dict[str, object] = {}
        while not healthy(self._environment, state):
            if time.monotonic() > deadline:
                raise Misconfigured(f"nicht bereit nach / not ready after {READY_WITHIN:.0f} s: {json.dumps(state)}")
            self._look()
            with contextlib.suppress(TimeoutError):
                self._rest(0.05)

    def _look(self) -> None:
        if self._postgres is not None and not self._postgres.alive() and time.monotonic() >= self._postgres_again_at:
            say("postgres: beendet / ended, neuer Start / starting again")
            self._postgres.stop()
            try:
                self._postgres.start()
            except PostgresError as error:
                say(f"postgres: {error}")
                self._postgres_again_at = time.monotonic() + _LONGEST_PAUSE
        for part in self._parts:
            part.look()

    # --- stop -----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Stop web first, then the others, PostgreSQL last; a second request to stop makes it short."""
        asked = self._stops
        self._practice.stop()
        for part in reversed(self._parts):
            part.stop()
            deadline = time.monotonic() + STOP_WITHIN
            while not part.ended(0.05):
                if time.monotonic() > deadline or self._stops > max(asked, 1):
                    part.stop(signal.SIGKILL)
        if self._postgres is not None:
            self._postgres.stop(patience=2.0 if self._stops > max(asked, 1) else 20.0)
        if self._lock is not None:
            os.close(self._lock)


class Practice:
    """The practice town beside the real one: made and taken away while everything else goes on (``practice``)."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._events: Part | None = None
        self._work: subprocess.Popen[bytes] | None = None
        self._before = 0
        self._failed = False

    def look(self) -> None:
        """Do the next thing there is to do, if any."""
        wanted = practice.wanted(self._family.data)
        if self._work is not None:
            code = self._work.poll()
            if code is None:
                return
            self._work = None
            if code:
                self._failed = True
                say(f"practice: gescheitert, siehe oben / failed, see above ({code})")
        elif wanted and self._events is None and not self._failed:
            self._before = _written(self._port_file)
            self._events = self._family.add_events()
            say("practice: die Übungsstadt wird eingerichtet / is being set up")
        elif wanted and self._before >= 0 and _written(self._port_file) not in {self._before, 0}:
            self._before = -1
            admin = {"ALLMENDE_DEMO_ADMIN": self._family.administrator()}
            self._begin(["demo", "--prepare"], {**self._family.children, **admin})
        elif not wanted:
            self._failed = False
            if self._events is not None:
                self._family.drop(self._events)
                self._events = None
                self._begin(["practice", "remove"], self._family.children)

    def stop(self) -> None:
        """Let go of what is being done."""
        if self._work is not None and self._work.poll() is None:
            self._work.kill()
            self._work.wait()

    @property
    def _port_file(self) -> Path:
        return self._family.data / "demo" / "events.port"

    def _begin(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._work = child.spawn([*self._family.command, *arguments], environment=environment)


def _written(path: Path) -> int:
    """Return when a file was last written, 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def take_lock(data: Path) -> int:
    """Lock the data folder for this process. Raises :class:`Misconfigured` naming the process that holds it."""
    descriptor = os.open(data / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode().strip()
        os.close(descriptor)
        raise Misconfigured(
            f"{data}: Allmende läuft hier schon als Prozess {pid} / Allmende already runs here as process {pid}"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _server_log(data: Path) -> IO[bytes]:
    """Open PostgreSQL's own log, ``pg/server.log``; the one of the run before is kept beside it."""
    path = data / "pg" / "server.log"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Misconfigured(
                f"{host}:{port} ist nicht frei; PORT=… wählt einen anderen / is not free; PORT=… chooses another ({error})"
            ) from error


def child_environment(given: Environment, database_url: str) -> dict[str, str]:
    """Return the environment of our own children: everything settled."""
    return {
        **os.environ,
        "ALLMENDE_DATA": str(given.data),
        "ALLMENDE_KEY_FILE": str(given.key_file),
        "ALLMENDE_URL": given.url,
        "ALLMENDE_DEMO": "1" if given.demo else "0",
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "allmende.config.settings",
        "HOST": given.host,
        "PORT": str(given.port),
    }


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for children that need neither the database nor the key nor the mail server."""
    secret = {"DATABASE_URL", "ALLMENDE_KEY_FILE", "ALLMENDE_SMTP_USER", "ALLMENDE_SMTP_PASSWORD"}
    return {name: value for name, value in environment.items() if name not in secret}


def healthy(given: Environment, said: dict[str, object] | None = None) -> bool:
    """Ask our own ``/health``; the document's parts go into ``said``."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(given.host, given.host)
    try:
        with urllib.request.urlopen(f"http://{host}:{given.port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        if said is not None:
            with contextlib.suppress(ValueError):
                said.update(json.loads(error.read()).get("parts", {}))
        error.close()
        return False
    except OSError:
        return False
