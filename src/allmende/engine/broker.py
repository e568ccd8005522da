# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The ``query`` process: a fork server that keeps warm workers, hands each question one, and ends it in time.

Single-threaded. It never reads a question: it hands the asker's connection itself to the worker and keeps a second
hold on it, to see when the asker goes away, whether the asker takes what is ready, and to say the last word when it
had to kill the worker. Workers die with it (PDEATHSIG), so no end of it leaves an orphan.

``python -m allmende.engine.broker SOCKET [--reduced]`` runs it until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import fcntl
import gc
import os
import select
import shutil
import signal
import socket
import struct
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from allmende.engine import sandbox, wire
from allmende.engine.errors import Broken
from allmende.engine.plan import Limits
from allmende.kernel.errors import Problem, TooMuch, Unready
from allmende.kernel.text import Text

if TYPE_CHECKING:
    import duckdb

#: Seconds a worker waits for the question and then for its plan.
TALK_SECONDS: Final = 30.0
#: Seconds a source may take to accept connections.
SOURCE_SECONDS: Final = 20.0
#: Seconds a worker with databases opened ahead waits for its question.
READY_SECONDS: Final = 60.0
#: Seconds between two looks at the clocks.
TICK: Final = 0.1


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How many at once. ``reduced`` accepts a kernel without Landlock: only at the operator's explicit wish.

    ``ready`` workers wait for a question with databases opened ahead; they come on top of those ``running``.
    """

    spares: int = 2
    running: int = 4
    ready: int = 4
    waiting: int = 64
    waiting_seconds: float = 20.0
    reduced: bool = False


class _Worker:
    """A forked process: a spare until it has an asker."""

    def __init__(self, pid: int, control: socket.socket, folder: Path) -> None:
        self.pid = pid
        self.control = control
        self.folder = folder
        self.asker: socket.socket | None = None
        self.tenant = ""
        self.source = ""  # being called now
        self.running = False  # locked in: what it says now counts no more
        self.planned = False
        self.ready = False  # waits for its question with databases opened ahead
        self.spent = 0.0
        self.began = self.seen = 0.0
        self.budget = TALK_SECONDS
        self.end = 0.0
        self.last_word: Problem | None = None
        self.gone = False


class _Waiting:
    def __init__(self, asker: socket.socket, until: float) -> None:
        self.asker = asker
        self.until = until
        self.tenant: str | None = None


class Broker:
    """Serves leases on a Unix socket until told to stop."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._epoll = select.epoll()
        self._spares: collections.deque[_Worker] = collections.deque()
        self._busy: dict[int, _Worker] = {}  # by descriptor of control
        self._askers: dict[int, _Worker] = {}  # by descriptor of the asker's connection
        self._greeting: dict[int, _Waiting] = {}
        self._queues: collections.OrderedDict[str, collections.deque[_Waiting]] = collections.OrderedDict()
        self._farewells: dict[int, tuple[socket.socket, bytes, float]] = {}
        self._stopping = False
        self._forked = 0
        self._template: duckdb.DuckDBPyConnection | None = None

    # life

    def run(self) -> None:
        """Serve until :meth:`stop` (or a signal that calls it). Raises :class:`OSError` if the socket cannot be had."""
        self._folder = self._path.parent / f"{self._path.name}.tmp"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)
        self._template = self._warm()
        self._listen()
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._epoll.register(wake_read, select.EPOLLIN)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            while not self._stopping:
                self._fill()
                for descriptor, events in self._wait():
                    if descriptor == wake_read:
                        with contextlib.suppress(BlockingIOError):
                            os.read(wake_read, 4096)
                    else:
                        self._on(descriptor, events)
                self._reap()
                self._tick()
                self._assign()
        finally:
            self._close()

    def stop(self) -> None:
        """End after the present round."""
        self._stopping = True

    def _warm(self) -> duckdb.DuckDBPyConnection:
        """Import and load all a worker will need; a locked-in process can load nothing."""
        from allmende.engine import extensions, worker  # noqa: PLC0415 - the heavy part, once

        extensions.silence()
        connection = extensions.connect()
        worker.rehearse(connection)
        gc.collect()
        gc.freeze()
        return connection

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(self._path))
        finally:
            os.umask(before)
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._epoll.register(self._listener.fileno(), select.EPOLLIN)

    def _close(self) -> None:
        self._path.unlink(missing_ok=True)
        for worker in [*self._spares, *self._busy.values()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(worker.pid, 0)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> list[tuple[int, int]]:
        calm = not (self._busy or self._greeting or self._queues or self._farewells)
        try:
            return self._epoll.poll(None if calm else TICK)
        except InterruptedError:
            return []

    # workers

    def _fill(self) -> None:
        """Fork spares: all when nothing runs, else only the next one; questions need the processor more."""
        room = self._settings.running - self._running()
        wanted = min(self._settings.spares, room) if not self._running() else min(1, room)
        while len(self._spares) < wanted:
            self._spares.append(self._fork())

    def _running(self) -> int:
        """Return how many workers have work."""
        return sum(not worker.ready for worker in self._busy.values())

    def _fork(self) -> _Worker:
        from allmende.engine import worker  # noqa: PLC0415

        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._forked += 1
        folder = self._folder / str(self._forked)
        folder.mkdir(mode=0o700)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _forget(theirs.fileno())
            assert self._template is not None
            control = socket.socket(fileno=3)
            worker.run_child(control, self._template, parent, reduced=self._settings.reduced)
        theirs.close()
        ours.setblocking(False)
        return _Worker(pid, ours, folder)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for worker in [*self._spares, *self._busy.values()]:
                if worker.pid == pid:
                    self._ended(worker, status)

    def _ended(self, worker: _Worker, status: int) -> None:
        if worker in self._spares:
            self._spares.remove(worker)
        self._busy.pop(worker.control.fileno(), None)
        if worker.asker is not None:
            self._epoll.unregister(worker.control.fileno())
            self._askers.pop(worker.asker.fileno(), None)
            with contextlib.suppress(FileNotFoundError):
                self._epoll.unregister(worker.asker.fileno())
            problem = None if worker.ready else worker.last_word or _problem_of_end(status)
            if problem is not None and not worker.gone:
                self._say_farewell(worker.asker, problem)
            else:
                worker.asker.close()
        worker.control.close()
        shutil.rmtree(worker.folder, ignore_errors=True)

    def _kill(self, worker: _Worker, problem: Problem | None) -> None:
        worker.last_word = worker.last_word or problem
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)

    def _dismiss(self, worker: _Worker) -> None:
        """End one that nobody asked, without a word."""
        worker.gone = True
        self._kill(worker, None)

    # events

    def _on(self, descriptor: int, events: int) -> None:
        if descriptor == self._listener.fileno():
            self._accept()
        elif descriptor in self._greeting:
            self._greet(descriptor, events)
        elif descriptor in self._askers:
            worker = self._askers[descriptor]
            self._epoll.unregister(descriptor)
            worker.gone = True
            self._kill(worker, None)
        elif descriptor in self._busy:
            self._hear(self._busy[descriptor])
        elif descriptor in self._farewells:
            self._try_farewell(descriptor)

    def _accept(self) -> None:
        while True:
            try:
                asker, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError:
                return
            credentials = asker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if struct.unpack("3i", credentials)[1] not in {os.getuid(), 0}:
                asker.close()
                continue
            # Blocking or not belongs to the connection, not to our hold on it: it stays blocking for the worker.
            asker.setblocking(True)
            self._greeting[asker.fileno()] = _Waiting(asker, time.monotonic() + self._settings.waiting_seconds)
            self._epoll.register(asker.fileno(), select.EPOLLIN | select.EPOLLRDHUP)

    def _greet(self, descriptor: int, events: int) -> None:
        waiting = self._greeting[descriptor]
        if waiting.tenant is None and events & select.EPOLLIN:
            try:
                packet = waiting.asker.recv(wire.PACKET, socket.MSG_DONTWAIT)
                hello = msgspec.msgpack.decode(packet[1:], type=wire.Hello) if packet[:1] == wire.HELLO else None
            except (OSError, msgspec.MsgspecError):
                hello = None
            if hello is not None:
                waiting.tenant = hello.tenant
                self._epoll.modify(descriptor, select.EPOLLRDHUP)
                self._queue(waiting, hello.tenant)
                return
        self._drop(waiting)

    def _queue(self, waiting: _Waiting, tenant: str) -> None:
        if sum(map(len, self._queues.values())) >= self._settings.waiting:
            self._refuse(waiting)
            return
        self._queues.setdefault(tenant, collections.deque()).append(waiting)
        self._assign()

    def _drop(self, waiting: _Waiting) -> None:
        """Forget one that waited."""
        descriptor = waiting.asker.fileno()
        self._greeting.pop(descriptor, None)
        with contextlib.suppress(FileNotFoundError):
            self._epoll.unregister(descriptor)
        for tenant, queue in list(self._queues.items()):
            if waiting in queue:
                queue.remove(waiting)
            if not queue:
                del self._queues[tenant]
        waiting.asker.close()

    def _refuse(self, waiting: _Waiting) -> None:
        full = Unready(
            Text(
                "Zurzeit laufen so viele Abfragen, wie dieser Rechner trägt. Versuchen Sie es gleich noch einmal.",
                "As many queries as this machine can carry are running. Try again in a moment.",
            )
        )
        with contextlib.suppress(OSError):
            waiting.asker.send(wire.problem_packet(full), socket.MSG_DONTWAIT)
        self._drop(waiting)

    def _assign(self) -> None:
        """Give free workers to those waiting, tenant by tenant in turn."""
        while self._queues and self._running() < self._settings.running:
            if not self._spares:
                self._spares.append(self._fork())
            tenant, queue = next(iter(self._queues.items()))
            waiting = queue.popleft()
            self._queues.move_to_end(tenant)
            if not queue:
                del self._queues[tenant]
            self._give(self._spares.popleft(), waiting)

    def _give(self, worker: _Worker, waiting: _Waiting) -> None:
        descriptor = waiting.asker.fileno()
        del self._greeting[descriptor]
        worker.asker, worker.tenant = waiting.asker, waiting.tenant or ""
        worker.began = worker.seen = time.monotonic()
        worker.end = worker.began + 2 * TALK_SECONDS
        try:
            socket.send_fds(worker.control, [str(worker.folder).encode()], [descriptor])
        except OSError:  # the spare died meanwhile
            worker.asker = None
            self._kill(worker, None)
            self._greeting[descriptor] = waiting
            self._queues.setdefault(waiting.tenant or "", collections.deque()).appendleft(waiting)
            self._spares.append(self._fork())
            return
        self._busy[worker.control.fileno()] = worker
        self._askers[descriptor] = worker
        self._epoll.modify(descriptor, select.EPOLLRDHUP)
        self._epoll.register(worker.control.fileno(), select.EPOLLIN)

    def _hear(self, worker: _Worker) -> None:
        """Take a worker's word: first the plan's limits, then the sources it calls, last that it is locked in.

        One that opens databases ahead says in between that it is ready, and then that it was asked.
        """
        try:
            packet = worker.control.recv(wire.PACKET)
            words: Any = msgspec.msgpack.decode(packet) if packet else None
        except (OSError, msgspec.MsgspecError):
            words = None
        if not isinstance(words, list) or not words or worker.running:
            return
        now = time.monotonic()
        if words[0] == "plan" and not worker.planned and len(words) == 3:
            limits = Limits(seconds=float(words[1]), stream_seconds=float(words[2]))
            worker.planned, worker.spent, worker.budget = True, 0.0, limits.seconds
            worker.seen, worker.end = now, now + limits.stream_seconds
        elif words[0] == "source" and worker.planned:
            worker.source, worker.seen, worker.began = str(words[1]), now, now
        elif words[0] == "ready" and worker.planned:
            worker.ready, worker.planned, worker.source = True, False, ""
            worker.spent, worker.seen, worker.budget, worker.end = 0.0, now, 2 * READY_SECONDS, now + READY_SECONDS
            waiting = [each for each in self._busy.values() if each.ready and each.last_word is None]
            for surplus in waiting[: max(len(waiting) - self._settings.ready, 0)]:  # the oldest first
                self._dismiss(surplus)
        elif words[0] == "asked" and worker.ready:
            worker.ready = False
            worker.spent, worker.seen, worker.budget, worker.end = 0.0, now, TALK_SECONDS, now + 2 * TALK_SECONDS
        elif words[0] == "run":
            worker.running, worker.source = True, ""

    # clocks

    def _tick(self) -> None:
        now = time.monotonic()
        for worker in list(self._busy.values()):
            if worker.last_word is not None or worker.gone or worker.asker is None:
                continue
            if _unread(worker.asker) == 0:
                worker.spent += now - worker.seen
            worker.seen = now
            if worker.ready and now > worker.end:
                self._dismiss(worker)
            elif worker.source and (now - worker.began > SOURCE_SECONDS or worker.spent > worker.budget):
                from allmende.engine import setup  # noqa: PLC0415

                self._kill(worker, setup.down(worker.source))
            elif worker.spent > worker.budget or now > worker.end:
                self._kill(worker, _too_long(worker.budget))
        for waiting in list(self._greeting.values()):
            if now > waiting.until:
                self._refuse(waiting)
        for descriptor, (_, _, until) in list(self._farewells.items()):
            if now > until:
                self._end_farewell(descriptor)

    # last words

    def _say_farewell(self, asker: socket.socket, problem: Problem) -> None:
        packet = wire.problem_packet(problem)
        descriptor = asker.fileno()
        self._farewells[descriptor] = (asker, packet, time.monotonic() + TALK_SECONDS)
        self._epoll.register(descriptor, select.EPOLLOUT)
        self._try_farewell(descriptor)

    def _try_farewell(self, descriptor: int) -> None:
        asker, packet, _ = self._farewells[descriptor]
        try:
            asker.send(packet, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end_farewell(descriptor)

    def _end_farewell(self, descriptor: int) -> None:
        asker, _, _ = self._farewells.pop(descriptor)
        self._epoll.unregister(descriptor)
        asker.close()


def _forget(keep: int) -> None:
    """In a new child: close every descriptor but the standard ones and ``keep``, which becomes 3; reset signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    if keep != 3:
        os.dup2(keep, 3, inheritable=False)
    os.closerange(4, min(os.sysconf("SC_OPEN_MAX"), 65_536))
    os.chdir("/")


def _unread(asker: socket.socket) -> int:
    """Return the bytes written to the asker that it has not taken."""
    buffer = fcntl.ioctl(asker.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    return int(struct.unpack("i", buffer)[0])


def _too_long(seconds: float) -> TooMuch:
    return TooMuch(
        Text(
            f"Die Abfrage dauert länger als {seconds:.0f} Sekunden. Schränken Sie sie ein, etwa auf einen Zeitraum.",
            f"The query takes longer than {seconds:.0f} seconds. Narrow it, for example to a period.",
        )
    )


def _problem_of_end(status: int) -> Problem | None:
    """Return what to tell the asker of a worker that ended by itself; ``None`` if it said all itself."""
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        return None
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGXCPU:
        return TooMuch(Text("Die Abfrage braucht zu viel Rechenzeit.", "The query needs too much processor time."))
    if number in {signal.SIGABRT, signal.SIGKILL}:
        return TooMuch(
            Text(
                "Die Abfrage ist abgebrochen; meist braucht sie mehr Speicher, als eine Abfrage haben darf.",
                "The query broke off; mostly because it needs more memory than one query may have.",
            )
        )
    return Broken(Text("Die Abfrage ist unerwartet abgebrochen.", "The query broke off unexpectedly."))


def main(arguments: list[str] | None = None) -> int:
    """Run a broker from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="allmende.engine.broker", description="The query process of Allmende.")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--spares", type=int, default=2)
    parser.add_argument("--running", type=int, default=4)
    parser.add_argument("--waiting", type=int, default=64)
    parser.add_argument("--reduced", action="store_true", help="accept a kernel without Landlock")
    given = parser.parse_args(arguments)
    offered = sandbox.level()
    if not (offered.enough or (given.reduced and offered.seccomp)):
        sys.stderr.write(
            f"allmende query: this kernel cannot hold strangers' questions (Landlock {offered.landlock}, seccomp "
            f"{offered.seccomp}); Linux 5.13 or newer on x86-64 or arm64 with Landlock is needed\n"
        )
        return 1
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    settings = Settings(spares=given.spares, running=given.running, waiting=given.waiting, reduced=given.reduced)
    Broker(given.socket, settings).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
