# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the rooms' registers say, put together; see allmende.rights.snapshot."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import psycopg

from allmende.catalogue.snapshot import load_resources
from allmende.kernel import clock
from allmende.organisations.snapshot import load_subjects
from allmende.rights.snapshot import Snapshot, assemble, load_grants, read_version


def build(conn: psycopg.Connection[Any]) -> Snapshot:
    """Read all registers over ``conn``, which stands in a transaction that sees one state of them."""
    return assemble(
        version=read_version(conn),
        built_at=clock.now(),
        organisations=load_subjects(conn),
        resources=load_resources(conn),
        granted=load_grants(conn),
    )


def master_key() -> bytes:
    """Return the installation's key (32 bytes) from ``ALLMENDE_KEY_FILE``, made with the first start."""
    data = os.environ.get("ALLMENDE_DATA", "var").rstrip("/")
    path = Path(os.environ.get("ALLMENDE_KEY_FILE") or f"{data}.key")
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        pass
    return bytes.fromhex(path.read_text().strip())
