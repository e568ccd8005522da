# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A plain DuckDB that runs the SQL this room writes: no sandbox, the same engine and extensions."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from allmende.engine.plan import Relation
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

EXTENSIONS = ("spatial", "encodings", "excel", "sqlite_scanner")
ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "muenster"


def extension(name: str) -> Path:
    """Return where the wheel keeps an extension."""
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    assert found is not None
    assert found.submodule_search_locations
    (file,) = Path(next(iter(found.submodule_search_locations))).glob(f"extensions/v*/{name}.duckdb_extension")
    return file


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection with the extensions loaded from their wheels."""
    connection = duckdb.connect(":memory:", config={"threads": "2", "python_enable_replacements": "false"})
    for name in EXTENSIONS:
        connection.execute(f"LOAD '{extension(name)}'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


class Duck:
    """Runs relations and questions over them."""

    def __init__(self) -> None:
        self.connection = connect()

    def __call__(self, relation: Relation) -> Sequence[tuple[Any, ...]]:
        """Run a relation: what :data:`allmende.engine.report.Runner` asks for."""
        try:
            return self.rows(relation.sql)
        except duckdb.Error as error:
            raise Invalid(Text(str(error), str(error))) from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a question."""
        table = self.connection.execute(sql).to_arrow_table()
        return [tuple(row.values()) for row in table.to_pylist()] if table.num_columns else []

    def over(self, sql: str, **relations: Relation) -> list[tuple[Any, ...]]:
        """Return the rows of a question over named relations."""
        named = ", ".join(f"{name} AS ({relation.sql})" for name, relation in relations.items())
        return self.rows(f"WITH {named} {sql}")


def real_data() -> Path:
    """Return the folder with the real public files; skips where it is absent."""
    folder = Path(os.environ.get("ALLMENDE_REAL_DATA") or str(ROOT.parent / "shared" / "data")) / "muenster"
    if not folder.is_dir():
        pytest.skip("the real public files are not here (set ALLMENDE_REAL_DATA)")
    return folder
