# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Regular expressions from untrusted files, matched in linear time.

Python's ``re`` can be kept busy for hours by a pattern of ten characters; RE2 cannot. DuckDB carries RE2, so patterns
of mappings mean the same here (headers, file names) as in the SQL written from them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import lru_cache

import duckdb
import msgspec

from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

_LONGEST = 500
_GROUP = re.compile(r"\(\?P<([A-Za-z_][A-Za-z0-9_]{0,62})>")
_local = threading.local()


def _engine() -> duckdb.DuckDBPyConnection:
    """Return this thread's engine: in memory, without files, network or extensions."""
    if not hasattr(_local, "engine"):
        _local.engine = duckdb.connect(
            ":memory:",
            config={
                "enable_external_access": "false",
                "threads": "1",
                "autoload_known_extensions": "false",
                "python_enable_replacements": "false",
            },
        )
    engine: duckdb.DuckDBPyConnection = _local.engine
    return engine


def groups(pattern: str) -> tuple[str, ...]:
    """Return the names of the groups ``(?P<name>…)`` in the order they open."""
    return tuple(_GROUP.findall(pattern))


@lru_cache(maxsize=1024)
def check(pattern: str) -> str:
    """Return ``pattern`` if it is a regular expression; raises Invalid saying what is wrong with it."""
    if len(pattern) > _LONGEST or "\0" in pattern:
        raise Invalid(
            Text(f"Ein Muster hat höchstens {_LONGEST} Zeichen.", f"A pattern has at most {_LONGEST} characters.")
        )
    if len(set(groups(pattern))) != len(groups(pattern)):
        raise Invalid(
            Text(
                f"Im Muster „{pattern}“ kommt ein Gruppenname doppelt vor.",
                f"In the pattern “{pattern}” a group name occurs twice.",
            )
        )
    try:
        _engine().execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
    except duckdb.Error as error:
        reason = str(error).split("\n", 1)[0]
        raise Invalid(
            Text(
                f"„{pattern}“ ist kein regulärer Ausdruck (RE2): {reason}",
                f"“{pattern}” is no regular expression (RE2): {reason}",
            ),
            pattern=pattern,
        ) from error
    return pattern


def match(pattern: str, subjects: Sequence[str]) -> list[dict[str, str] | None]:
    """Return for each subject the named groups where ``pattern`` is found in it, else None."""
    return [None if found is None else dict(found) for found in _match(pattern, tuple(subjects))]


@lru_cache(maxsize=1024)
def _match(pattern: str, subjects: tuple[str, ...]) -> tuple[dict[str, str] | None, ...]:
    if not subjects:
        return ()
    check(pattern)
    names = groups(pattern)
    listed = ", ".join(f"'{n}'" for n in names)
    extract = f"regexp_extract(s, ?, [{listed}])" if names else "NULL"
    # As JSON, for DuckDB looks at each element of a Python list with great care.
    parameters: list[object] = [pattern, *([pattern] if names else []), msgspec.json.encode(subjects).decode()]
    each = "SELECT unnest(from_json(?, '[\"VARCHAR\"]')) AS s"
    rows = _engine().execute(f"SELECT regexp_matches(s, ?), {extract} FROM ({each})", parameters).fetchall()  # noqa: S608 (names are \w)
    return tuple((found or {}) if hit else None for hit, found in rows)
