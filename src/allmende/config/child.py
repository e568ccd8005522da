# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Child processes that cannot outlive the program that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_NAMESPACE_ID = 1000  # what root is called inside the namespace: anything but 0

_libc = ctypes.CDLL(None, use_errno=True)

Stream = int | IO[Any] | None


def die_with(parent: int, death_signal: int) -> None:
    """Have the kernel send ``death_signal`` to this process when the *thread* that forked it ends (prctl(2)).

    ``parent`` is the pid that forked; where it has ended already, this process ends now.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _leave_root() -> None:
    """Enter a user namespace in which this process is not root while its files stay root's."""
    outer_user, outer_group = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{_NAMESPACE_ID} {outer_user} 1"),
        ("gid_map", f"{_NAMESPACE_ID} {outer_group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, content.encode())
        os.close(descriptor)


def namespace_works() -> bool:
    """Say whether this machine lets us make a user namespace (needed only where we are root)."""
    pid = os.fork()
    if pid == 0:
        try:
            _leave_root()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def spawn(
    arguments: Sequence[str | Path],
    *,
    death_signal: int = signal.SIGKILL,
    not_root: bool = False,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = None,
    stderr: Stream = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own that gets ``death_signal`` when we die, however we die.

    Call it from a thread that lives as long as the child shall (the main thread): the signal follows the thread.
    ``not_root``: as root, run it in a user namespace. Raises ``OSError`` or ``subprocess.SubprocessError``.
    """
    parent = os.getpid()
    enter_namespace = not_root and os.geteuid() == 0

    def prepare() -> None:
        if enter_namespace:
            _leave_root()
        die_with(parent, death_signal)  # after the namespace: a change of credentials clears it

    return subprocess.Popen(
        [os.fspath(a) for a in arguments],
        preexec_fn=prepare,  # noqa: PLW1509 - only system calls between fork and exec
        start_new_session=True,
        env=None if environment is None else dict(environment),
        pass_fds=pass_fds,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


def started_at(pid: int) -> str:
    """Return the start time of a process in clock ticks since boot (proc(5)), "" if there is none.

    Together with the pid it names a process for good: pids come back, the pair does not.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
