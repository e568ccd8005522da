# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the kernel takes away from a process before it runs a stranger's question.

Landlock decides which files it can open, seccomp which system calls it has, resource limits how much it can use.
Nothing here can be undone by the process itself. A kernel that lacks a part makes :func:`lock_in` raise: what holds
strangers never fails open silently, :func:`level` says what there is.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from pathlib import Path
from typing import Final

import msgspec

_libc = ctypes.CDLL(None, use_errno=True)

# --- Landlock (Documentation/userspace-api/landlock.rst of Linux) ---------------------------------------------

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
#: File rights each ABI version knows: execute … make_sym, refer, truncate, ioctl_dev.
_FS_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}

# --- seccomp (Documentation/userspace-api/seccomp_filter.rst) -------------------------------------------------

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_LD, _JEQ, _JSET, _RET = 0x20, 0x15, 0x45, 0x06
_CLONE_THREAD = 0x00010000
_PROT_EXEC = 4
_PR_SET_NAME = 15
_FIONREAD = 0x541B

#: What says how much memory there is; GDAL reads both and crashes where it cannot. No SQL function reaches them.
_MEMORY_FACTS: Final = ("/proc/meminfo", "/proc/self/cgroup")

#: System calls a locked-in process keeps, with their numbers on x86-64 and on arm64 (-1: not there). No ``socket``,
#: ``connect``, ``execve``, ``fork``, ``ptrace``, ``io_uring_setup``, ``mount``, ``bpf``, ``keyctl``, ``kill``, …:
#: what is not listed does not exist. The first ones are the frequent ones.
_CALLS: Final = {
    "futex": (202, 98), "read": (0, 63), "pread64": (17, 67), "write": (1, 64), "madvise": (28, 233),
    "munmap": (11, 215), "recvfrom": (45, 207), "sendto": (44, 206), "poll": (7, -1), "recvmsg": (47, 212),
    "sendmsg": (46, 211), "lseek": (8, 62), "pwrite64": (18, 68), "sched_yield": (24, 124), "openat": (257, 56),
    "open": (2, -1), "close": (3, 57), "fstat": (5, 80), "stat": (4, -1), "lstat": (6, -1), "newfstatat": (262, 79),
    "statx": (332, 291), "brk": (12, 214), "mremap": (25, 216), "readv": (19, 65), "writev": (20, 66),
    "preadv": (295, 69), "pwritev": (296, 70), "access": (21, -1), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, -1), "readlinkat": (267, 78), "getcwd": (79, 17), "getdents64": (217, 61), "fcntl": (72, 25),
    "flock": (73, 32), "ftruncate": (77, 46), "truncate": (76, 45), "fallocate": (285, 47), "fsync": (74, 82),
    "fdatasync": (75, 83), "fadvise64": (221, 223), "sync_file_range": (277, 84), "unlink": (87, -1),
    "unlinkat": (263, 35), "rename": (82, -1), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, -1),
    "mkdirat": (258, 34), "rmdir": (84, -1), "statfs": (137, 43), "fstatfs": (138, 44), "dup": (32, 23),
    "ppoll": (271, 73), "select": (23, -1), "pselect6": (270, 72), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, -1), "getrandom": (318, 278), "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getrusage": (98, 165), "times": (100, 153), "sysinfo": (99, 179), "uname": (63, 160), "getcpu": (309, 168),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "set_robust_list": (273, 99), "rseq": (334, 293), "set_tid_address": (218, 96), "arch_prctl": (158, -1),
    "membarrier": (324, 283), "sigaltstack": (131, 132), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "rt_sigtimedwait": (128, 137), "restart_syscall": (219, 128), "exit": (60, 93),
    "exit_group": (231, 94), "shutdown": (48, 210), "getsockopt": (55, 209), "setsockopt": (54, 208),
    "getsockname": (51, 204), "getpeername": (52, 205),
}  # fmt: skip
#: Those allowed only with certain arguments.
_CLONE, _CLONE3, _MMAP, _MPROTECT = (56, 220), (435, 435), (9, 222), (10, 226)
_PRCTL, _IOCTL, _TGKILL, _PRLIMIT = (157, 167), (16, 29), (234, 131), (302, 261)
#: What GDAL reads before each file to learn how much memory there is; it ends the process where it may not.
MACHINE: Final = ("/proc/meminfo", "/proc/self/cgroup")
_ARCHES: Final = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column, AUDIT_ARCH, seccomp()


class Level(msgspec.Struct, frozen=True):
    """What this machine's kernel offers to hold a question.

    ``landlock`` is the ABI version (0: none; 2 in Debian 12's Linux 6.1; from 4 it also refuses TCP, from 6 signals
    and abstract sockets), ``seccomp`` whether system calls can be filtered on this processor.
    """

    landlock: int
    seccomp: bool

    @property
    def enough(self) -> bool:
        """Whether questions of strangers may run here at all."""
        return self.landlock >= 1 and self.seccomp


class Replaced(RuntimeError):
    """A file that was checked has been replaced by a link since."""


class CannotLockIn(RuntimeError):
    """The kernel refused a part of the sandbox; nothing of a stranger may run in this process."""


def level() -> Level:
    """Return what the running kernel offers; tried, not guessed from its version. Changes nothing."""
    abi = _libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    known = platform.machine() in _ARCHES and sys.byteorder == "little"
    seccomp = False
    if known:
        # Asking whether an action exists needs no rights and installs nothing (SECCOMP_GET_ACTION_AVAIL).
        action = ctypes.c_uint32(_KILL_PROCESS)
        seccomp = _libc.syscall(_ARCHES[platform.machine()][2], 2, 0, ctypes.byref(action)) == 0
    return Level(landlock=max(abi, 0), seccomp=seccomp)


def calm(parent: int) -> None:
    """Do what needs no plan, first thing after the fork: die with the parent, dump no core, gain no rights.

    ``parent`` is the process id the caller was forked from; if that is gone already, the process ends here.
    """
    _prctl(_PR_SET_PDEATHSIG, 9)
    if os.getppid() != parent:
        os._exit(1)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _libc.clearenv()
    os.environ.clear()


def limit(*, memory_bytes: int, file_bytes: int, cpu_seconds: int, open_files: int = 512) -> None:
    """Set hard limits: further address space in bytes, size of one file in bytes, processor seconds, descriptors."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    space = pages * resource.getpagesize() + memory_bytes
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
    for what, value in (
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, open_files),
    ):
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def lock_in(*, read: tuple[str, ...], write: tuple[str, ...], folder: str, reduced: bool = False) -> None:
    """Lock the process in for good.

    Afterwards it opens only the files ``read`` (reading), ``write`` (existing files, writing) and everything under
    ``folder``; it opens no socket of any family, starts no program and no process, maps nothing executable. Threads
    started later are locked in too; there must be none now besides the caller's, since Landlock holds only the
    calling thread. With ``reduced`` (the operator's explicit wish) a kernel without Landlock is accepted.

    Raises :class:`CannotLockIn` whenever a part does not hold, :class:`Replaced` where a file of ``read`` is reached
    through a link by now: where it may lie was checked on its real path.
    """
    threads = list(Path("/proc/self/task").iterdir())
    if len(threads) != 1:
        raise CannotLockIn(f"{len(threads)} threads run already")
    offered = level()
    if not offered.seccomp:
        raise CannotLockIn("this kernel or processor has no seccomp filter we know")
    if offered.landlock >= 1:
        _landlock(offered.landlock, read, write, folder)
    elif not reduced:
        raise CannotLockIn("this kernel has no Landlock")
    _seccomp()


def _landlock(abi: int, read: tuple[str, ...], write: tuple[str, ...], folder: str) -> None:
    handled = _FS_RIGHTS[min(abi, 5)]
    attribute = struct.pack("=QQQ", handled, 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _libc.syscall(_LANDLOCK_CREATE, attribute, size, 0)
    if ruleset < 0:
        raise CannotLockIn(f"landlock_create_ruleset: {os.strerror(ctypes.get_errno())}")
    inside = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _REMOVE_DIR | _MAKE_REG | _MAKE_DIR | _TRUNCATE
    rules = [(path, _READ_FILE) for path in (*read, *filter(os.path.exists, _MEMORY_FACTS))]
    rules += [(path, _READ_FILE | _WRITE_FILE | _TRUNCATE) for path in write]
    rules += [(folder, inside)]
    try:
        for path, rights in rules:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                if path in read and not path.startswith("/proc/") and _path_of(descriptor) != path:
                    raise Replaced
                rule = struct.pack("=Qi", rights & handled, descriptor)
                if _libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0) != 0:
                    raise CannotLockIn(f"landlock_add_rule: {os.strerror(ctypes.get_errno())}")
            finally:
                os.close(descriptor)
        if _libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) != 0:
            raise CannotLockIn(f"landlock_restrict_self: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(ruleset)


def _path_of(descriptor: int) -> str:
    """Return the path of what is open, links resolved."""
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


class _Program:
    """A BPF program under construction; offsets are of ``struct seccomp_data``."""

    def __init__(self) -> None:
        self.code: list[tuple[int, int, int, int]] = []

    def load(self, offset: int) -> None:
        self.code.append((_LD, 0, 0, offset))

    def unless_equal_skip(self, value: int, skip: int) -> None:
        self.code.append((_JEQ, 0, skip, value))

    def return_(self, action: int) -> None:
        self.code.append((_RET, 0, 0, action))

    def allow(self, number: int) -> None:
        if number >= 0:
            self.unless_equal_skip(number, 1)
            self.return_(_ALLOW)

    def allow_if(self, number: int, argument: int, *, equals: int | None = None, has: int = 0, lacks: int = 0) -> None:
        """Allow ``number`` when the low half of the argument equals a value, has all bits, or lacks all bits."""
        if number < 0:
            return
        self.unless_equal_skip(number, 4)
        self.load(16 + 8 * argument)
        if equals is not None:
            self.code.append((_JEQ, 0, 1, equals))
        elif has:
            self.code.append((_JSET, 0, 1, has))
        else:
            self.code.append((_JSET, 1, 0, lacks))
        self.return_(_ALLOW)
        self.return_(_ERRNO | _EPERM)


def _filter(machine: str, pid: int) -> bytes:
    column, audit, _ = _ARCHES[machine]
    program = _Program()
    program.load(4)
    program.unless_equal_skip(audit, 1)
    program.code.append((0x05, 0, 0, 1))  # jump over the next
    program.return_(_KILL_PROCESS)
    program.load(0)
    for numbers in _CALLS.values():
        program.allow(numbers[column])
    program.allow_if(_MMAP[column], 2, lacks=_PROT_EXEC)
    program.allow_if(_MPROTECT[column], 2, lacks=_PROT_EXEC)
    program.allow_if(_CLONE[column], 0, has=_CLONE_THREAD)
    program.allow_if(_PRCTL[column], 0, equals=_PR_SET_NAME)
    program.allow_if(_IOCTL[column], 1, equals=_FIONREAD)
    program.allow_if(_TGKILL[column], 0, equals=pid)
    program.unless_equal_skip(_PRLIMIT[column], 6)  # reading limits only: the pointer to new ones is null
    program.load(32)
    program.unless_equal_skip(0, 3)
    program.load(36)
    program.unless_equal_skip(0, 1)
    program.return_(_ALLOW)
    program.return_(_ERRNO | _EPERM)
    program.unless_equal_skip(_CLONE3[column], 1)  # its flags lie in memory; without it the C library takes clone
    program.return_(_ERRNO | _ENOSYS)
    program.return_(_ERRNO | _EPERM)
    return b"".join(struct.pack("=HBBI", *step) for step in program.code)


def _seccomp() -> None:
    machine = platform.machine()
    code = _filter(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    if _libc.syscall(_ARCHES[machine][2], _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, head) != 0:
        raise CannotLockIn(f"seccomp: {os.strerror(ctypes.get_errno())}")


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise CannotLockIn(f"prctl {option}: {os.strerror(ctypes.get_errno())}")
