# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende serve`` as an operator runs it: a real process with a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

READY_WITHIN = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], object], *, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def allmende(data: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command on that data folder to its end."""
    return subprocess.run(
        command(*arguments),
        check=False,
        env=surroundings(data, **environment),
        capture_output=True,
        text=True,
        timeout=180,
    )


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "allmende.config", *map(str, arguments)]


def surroundings(data: Path, **environment: str) -> dict[str, str]:
    """Return the environment of an operator who set nothing but the data folder and what is given."""
    ours = {"DATABASE_URL", "ALLMENDE_KEY_FILE", "ALLMENDE_URL", "ALLMENDE_DEMO", "HOST", "PORT"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    path = os.pathsep.join(p for p in sys.path if p)
    return kept | {"ALLMENDE_DATA": str(data), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"} | environment


class Serving:
    """A running ``allmende serve``."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.parent / f"{data.name}.log"
        self.began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("serve"),
                env=surroundings(data, PORT=str(self.port), **environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text()

    def until_ready(self) -> float:
        """Wait for the line that says so; return the seconds it took."""
        line = f"Allmende is ready: {self.url}/\n"
        while line not in self.said():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.said()}")
            if time.monotonic() - self.began > READY_WITHIN:
                raise AssertionError(f"not ready after {READY_WITHIN} s:\n{self.said()}")
            time.sleep(0.02)
        return time.monotonic() - self.began

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return the status and document of ``/health``; status 0 where nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError:
            return 0, {}

    def pids(self) -> dict[int, str]:
        """Return every living process of this data folder with its command line."""
        return processes_of(self.data)

    def pids_of(self, words: str) -> list[int]:
        """Return the supervisor's own children whose command line contains ``words``."""
        return [p for p, c in self.pids().items() if words in c and parent_of(p) == self.process.pid]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)


@contextmanager
def serving(data: Path, **environment: str) -> Iterator[Serving]:
    """Run it until ready, stop it at the end."""
    running = Serving(data, **environment)
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def processes_of(data: Path) -> dict[int, str]:
    """Return the living processes that were given this data folder, or are PostgreSQL's in its cluster."""
    mark = f"ALLMENDE_DATA={data}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if entry.joinpath("stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                continue
            ours = mark in entry.joinpath("environ").read_bytes().split(b"\0")
            if ours or entry.joinpath("cwd").readlink() == data / "pg" / "data":
                found[int(entry.name)] = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
    return found
