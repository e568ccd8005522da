# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""DuckDB's extensions from their wheels: found, loaded once, shared by all workers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Final

import duckdb

NAMES: Final = ("encodings", "excel", "mysql_scanner", "postgres_scanner", "spatial", "sqlite_scanner")


def paths() -> tuple[str, ...]:
    """Return the extensions' files. Raises :class:`FileNotFoundError` naming a missing wheel."""
    found = []
    for name in NAMES:
        spec = importlib.util.find_spec(f"duckdb_extension_{name}")
        folders = spec.submodule_search_locations if spec else None
        path = Path(folders[0], "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension") if folders else None
        if path is None or not path.is_file():
            raise FileNotFoundError(f"the wheel duckdb-extension-{name.replace('_', '-')} is missing")
        found.append(str(path))
    return tuple(found)


def silence() -> None:
    """Close the database DuckDB's module opens for itself, and with it its thread: who forks wants none.

    Pandas is marked as absent (the import system's own sign): DuckDB looks for it on the disk with every parameter it is given, half the gate's time.
    """
    duckdb.default_connection().close()
    sys.modules["pandas"] = None  # type: ignore[assignment]


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection to a new database in memory, extensions loaded, on one thread and in UTC."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "allow_unsigned_extensions": "true",  # the wheels are pinned by hash instead
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": "1",
        },
    )
    for path in paths():
        connection.execute(f"LOAD '{path}'")
    connection.execute("SET allow_community_extensions=false")
    return session(connection)


def session(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Set what belongs to one connection, not to its database: the time zone, and no look at Python's variables."""
    connection.execute("SET TimeZone='UTC'; SET python_enable_replacements=false")
    return connection
