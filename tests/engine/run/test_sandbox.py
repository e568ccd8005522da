# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a locked-in process can no longer do, tried for real in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from allmende.engine import sandbox

SOURCE = Path(__file__).parents[3] / "src"

HEAD = """
import ctypes, mmap, os, signal, socket, sys, threading
from allmende.engine import sandbox
folder, allowed, forbidden = sys.argv[1:4]
unix = socket.socket(socket.AF_UNIX); unix.bind(folder + "/../listening"); unix.listen()
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
os.environ["PLANTED"] = "GEHEIM-4711"
sandbox.calm(parent)
sandbox.limit(memory_bytes=1 << 30, file_bytes=1 << 20, cpu_seconds=20)
sandbox.lock_in(read=(allowed,), write=(), folder=folder)
"""


def locked_in(body: str, tmp_path: Path) -> str:
    """Run ``body`` in a locked-in process; return what it prints."""
    folder = tmp_path / "own"
    folder.mkdir()
    allowed, forbidden = tmp_path / "allowed.txt", tmp_path / "forbidden.txt"
    allowed.write_text("allowed")
    forbidden.write_text("GEHEIM-4711")
    done = subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(body), str(folder), str(allowed), str(forbidden)],
        env={"PYTHONPATH": str(SOURCE), "PLANTED": "GEHEIM-4711"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


REFUSED = {
    "open a file that is not listed": "open(forbidden)",
    "write a file that may be read": "open(allowed, 'w')",
    "list a folder": "os.listdir('/')",
    "read its own first environment": "open('/proc/self/environ')",
    "read its own memory": "open('/proc/self/mem', 'rb')",
    "make a file elsewhere": "open(folder + '/../made', 'w')",
    "open a TCP socket": "socket.socket(socket.AF_INET)",
    "open a TCP socket over IPv6": "socket.socket(socket.AF_INET6)",
    "open a Unix socket": "socket.socket(socket.AF_UNIX)",
    "open a netlink socket": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "make a pair of sockets": "socket.socketpair()",
    "start a program": "os.execv('/bin/true', ['true'])",
    "fork": "os.fork()",
    "signal its parent": "os.kill(parent, 0)",
    "trace": "check(libc.ptrace(0, 0, 0, 0))",
    "map executable memory": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "link": "os.symlink(forbidden, folder + '/link')",
    "change its root": "os.chroot(folder)",
    "make a new namespace": "check(libc.unshare(0x10000000))",
    "use io_uring": "check(libc.syscall(425, 1, 0))",
    "use bpf": "check(libc.syscall(321, 0, 0, 0))",
    "use keys": "check(libc.syscall(250, 0, 0))",
    "make a memory file": "os.memfd_create('x')",
    "read another's memory": "check(libc.process_vm_readv(parent, 0, 0, 0, 0, 0))",
    "raise its limits": "__import__('resource').setrlimit(__import__('resource').RLIMIT_NOFILE, (8, 8))",
    "be traced again": "check(libc.prctl(4, 1, 0, 0, 0))",
    "open a file from a new thread": "in_thread(lambda: open(forbidden))",
    "open a socket from a new thread": "in_thread(lambda: socket.socket())",
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_locked_in_process_cannot(what: str, tmp_path: Path) -> None:
    body = f"""
    def check(result):
        if result < 0: raise OSError(ctypes.get_errno(), "refused")
    def in_thread(act):
        raised = []
        def run():
            try: act()
            except OSError as error: raised.append(error)
        thread = threading.Thread(target=run); thread.start(); thread.join()
        if raised: raise raised[0]
    try:
        {REFUSED[what]}
    except (OSError, ValueError) as error:
        print("refused", flush=True)
    else:
        print("DONE", flush=True)
    """
    assert locked_in(body, tmp_path) == "refused"


def test_it_still_reads_its_files_and_writes_its_folder(tmp_path: Path) -> None:
    body = """
    with open(folder + "/own", "w") as own: own.write(open(allowed).read())
    print(open(folder + "/own").read()); os.unlink(folder + "/own")
    threads = [threading.Thread(target=lambda: None) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
    print(os.environ.get("PLANTED"))
    """
    assert locked_in(body, tmp_path) == "allowed\nNone"


def test_a_file_has_a_greatest_size(tmp_path: Path) -> None:
    body = """
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open(folder + "/big", "wb") as big: big.write(b"x" * (3 << 20))
    except OSError as error:
        print(error.strerror)
    """
    assert locked_in(body, tmp_path) == "File too large"


def test_other_threads_would_stay_free_so_it_refuses(tmp_path: Path) -> None:
    body = f"""
    import sys, threading, time
    sys.path.insert(0, {str(SOURCE)!r})
    from allmende.engine import sandbox
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    try: sandbox.lock_in(read=(), write=(), folder="/tmp")
    except sandbox.CannotLockIn as error: print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(body)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "2 threads run already"


def test_a_file_that_became_a_link_after_it_was_checked_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "forbidden.txt").write_text("GEHEIM-4711")
    swapped = tmp_path / "allowed.txt"
    swapped.symlink_to("forbidden.txt")
    body = """
    import sys
    from allmende.engine import sandbox
    try: sandbox.lock_in(read=(sys.argv[1],), write=(), folder="/tmp")
    except sandbox.Replaced: print("refused")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(body), str(swapped)],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "refused\n", done.stderr


def test_the_level_is_told() -> None:
    level = sandbox.level()
    assert level.enough
    assert level.landlock >= 1
