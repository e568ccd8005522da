# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bringing the practice town up with a start of Allmende: systems first, then the registers, then the tokens."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec

from allmende.config.demo import counting, registers, silos
from allmende.config.demo.cast import cast
from allmende.config.demo.counting import Login


def systems(data: Path, *, admin: str, database: str = "auenstadt_verkehr") -> Login:
    """Write the town's systems below ``data/demo`` and make its second database; return how that is read.

    ``admin`` is the address of a PostgreSQL role that may make databases and roles. Does nothing the second time.
    """
    folder = data / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    silos.build(folder / "systems")
    kept = folder / "counting.json"
    try:
        known = msgspec.json.decode(kept.read_bytes(), type=Login)
    except (OSError, msgspec.DecodeError):
        known = None
    login = counting.prepare(admin, database=database, known=known)
    if login != known:
        _write_private(kept, msgspec.json.encode(login))
    return login


def ensure(data: Path, *, admin: str, events_port: int, database: str = "auenstadt_verkehr") -> None:
    """Make sure that the practice town is there: systems, registers, tokens.

    Needs a migrated database, the query process, the tools of :func:`allmende.hub.services.equip` and the events
    service on ``events_port``. Writes ``demo-tokens.json`` and ``demo-accounts.json`` (0600) into ``data``.
    """
    login = systems(data, admin=admin, database=database)
    accounts, tokens = data / "demo-accounts.json", data / "demo-tokens.json"
    if not accounts.exists():
        listed = {p.key: {"email": p.email, "name": p.name} for p in cast().people}
        _write_private(accounts, _readable({"password": secrets.token_urlsafe(9), "accounts": listed}))
    registers.enter_towns(json.loads(accounts.read_bytes())["password"])
    registers.enter_connections(data / "demo" / "systems", login=login, events_port=events_port)
    registers.enter_rules()
    registers.enter_questions()
    if not tokens.exists():
        write_tokens(data, registers.issue_tokens())


def write_tokens(data: Path, tokens: dict[str, dict[str, Any]]) -> None:
    """Write the personas' tokens where the tutorial reads them, for the folder's owner alone."""
    _write_private(data / "demo-tokens.json", _readable(tokens))


def _readable(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _write_private(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)
