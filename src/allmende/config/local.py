# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a command on this machine works with: the database and the query process, running or started for now."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator

from allmende.config import child, wiring
from allmende.config.backup import database
from allmende.config.environment import Environment, Misconfigured
from allmende.hub.tools import Tools

_WITHIN = 30.0


@contextlib.contextmanager
def installation(given: Environment) -> Iterator[tuple[Environment, Tools]]:
    """Set up Django on the installation's database, brought to this version's form, and the engine."""
    import msgspec

    with database(given) as url, query_process(given):
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allmende.config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        found = msgspec.structs.replace(given, database_url=url)
        try:
            yield found, wiring.equip(found)
        finally:
            connections.close_all()


@contextlib.contextmanager
def query_process(given: Environment) -> Iterator[None]:
    """Use the query process that runs, else run one as long as the context lasts."""
    if _answers(given):
        yield
        return
    process = child.spawn([sys.executable, "-m", "allmende.engine.broker", given.query_socket, "--spares", "1"])
    try:
        deadline = time.monotonic() + _WITHIN
        while not _answers(given):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Misconfigured("Die Auswertung startet nicht / the query process does not start: allmende doctor")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _answers(given: Environment) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(str(given.query_socket))
        except OSError:
            return False
    return True
