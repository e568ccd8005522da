# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The lists of functions fit DuckDB and the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.engine import extensions, functions

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "sql.md"
#: Parts of names that no allowed function has: they read, run, show or keep something.
NEVER = ("read_", "scan", "query", "duckdb", "pragma", "setting", "getenv", "secret", "serialize", "attach", "glob",
         "sniff", "nextval", "currval", "variable", "write", "log_", "__internal", "pg_", "sleep", "stats", "current_s",
         "current_u", "st_read", "parquet_", "execute", "checkpoint", "load")  # fmt: skip


def listing() -> str:
    """Return the documentation's part on functions, made from the code."""
    parts = [(f"{name[0].upper()}{name[1:]}", words) for name, words in functions.SCALAR.items()]
    parts += [("Aggregates, also over windows", functions.AGGREGATE), ("Only over windows", functions.WINDOW)]
    parts += [("In FROM", functions.TABLE)]
    return "".join(
        f"\n**{name}**: {', '.join(f'`{word}`' for word in sorted(words))}\n".replace("|", "\\|")
        for name, words in parts
    )


def test_the_documentation_lists_exactly_what_is_allowed() -> None:
    assert PAGE.read_text(encoding="utf-8").split("by a test -->\n", 1)[1] == listing()


def test_every_function_exists() -> None:
    with extensions.connect() as connection:
        known = {
            name.lower() for (name,) in connection.execute("SELECT function_name FROM duckdb_functions()").fetchall()
        }
    assert known >= functions.VALUE | functions.WINDOW | functions.TABLE


@pytest.mark.parametrize("part", NEVER)
def test_nothing_that_reads_runs_or_shows_is_allowed(part: str) -> None:
    allowed = functions.VALUE | functions.WINDOW | functions.TABLE
    assert [name for name in allowed if part in name and not name.startswith("regexp_")] == []
