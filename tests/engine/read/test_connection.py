# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Connection files: there and back, and one clear message for each wrong one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.engine import connection
from allmende.engine.mapping import BadFile
from allmende.kernel.errors import Problem
from tests.engine.read.duck import EXAMPLES

FILES = sorted(EXAMPLES.glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_each_example_comes_back_from_its_own_text(file: Path) -> None:
    first = connection.read(file)
    text = connection.dump(first)
    assert connection.load(text) == first
    assert connection.dump(connection.load(text)) == text


def test_a_folder_of_examples() -> None:
    found = connection.read_folder(EXAMPLES)
    assert len(found) == len(FILES) == 7
    slugs = [d.slug for c in found for d in c.datasets]
    assert len(set(slugs)) == len(slugs) == 10
    assert len({d.catalogue.unit for c in found for d in c.datasets}) == 7
    for c in found:
        known = {u.slug for u in c.units}
        assert {c.system.unit, *(d.catalogue.unit for d in c.datasets)} <= known


def minimal() -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / "spielplaetze.toml").read_text("utf-8"))


def changed(path: str, value: Any) -> str:
    """Return the example with one key changed; ``datasets.0.slug`` is a path."""
    content = minimal()
    *way, last = path.split(".")
    place: Any = content
    for key in way:
        place = place[int(key)] if key.isdigit() else place[key]
    place[int(last) if last.isdigit() else last] = value
    return tomli_w.dumps(content)


WRONG: dict[str, tuple[str, Any, str]] = {
    "unknown key": ("datasets.0.mapping.reed", {}, "unknown field `reed`"),
    "free sql": ("datasets.0.mapping.sql", "SELECT 1", "unknown field `sql`"),
    "sql in a field": ("datasets.0.mapping.fields.0.expression", "version()", "unknown field `expression`"),
    "version of the format": ("allmende", 2, "Invalid enum value 2"),
    "slug": ("slug", "Münster", "regex"),
    "reserved slug": ("datasets.0.slug", "pg_catalog", "cannot be a short name"),
    "class": ("datasets.0.catalogue.class", "geheim", "Invalid enum value 'geheim'"),
    "step": ("datasets.0.mapping.steps.0.do", "shell", "Invalid value 'shell'"),
    "encoding": ("datasets.0.mapping.read.encoding", "klingon", "Invalid enum value 'klingon'"),
    "pattern": ("datasets.0.mapping.steps.0", {"do": "drop", "column": "ID", "matches": "("}, "no regular expression"),
    "zone": ("datasets.0.mapping.steps.0", {"do": "local_time", "columns": ["ID"], "zone": "Mars"}, "no time zone"),
    "crs": ("datasets.0.mapping.steps.1.crs", "+proj=utm +init=/etc/passwd", "regex"),
    "field name": ("datasets.0.mapping.fields.0.name", 'x"; DROP', "regex"),
    "no fields": ("datasets.0.mapping.fields", [], "length >= 1"),
    "table without database": (
        "datasets.0.mapping.read",
        {"kind": "table", "table": "x"},
        "tables are read from databases",
    ),
    "password": (
        "source",
        {"kind": "postgres", "host": "h", "database": "d", "user": "u", "password": "p"},
        "password",
    ),
    "url": ("source", {"kind": "http", "url": "file:///etc/passwd"}, "regex"),
    "fetch without http": ("datasets.0.fetch", {}, "fetch belongs to a source of kind http"),
    "release of a missing field": (
        "release",
        {
            "slug": "r",
            "title": {"de": "R", "en": "R"},
            "tables": [{"dataset": "spielplaetze", "dimensions": ["x"], "count": "nummer"}],
        },
        "has no field x",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_wrong_file_says_what_is_wrong(case: str) -> None:
    path, value, said = WRONG[case]
    with pytest.raises(Problem) as caught:
        connection.load(changed(path, value), file="a.toml")
    assert said in caught.value.detail.en


@pytest.mark.parametrize("text", ["", "x", "a = ", "[[datasets]]", "a" * 3_000_000, "\0", "a = " + "[" * 5000])
def test_what_is_no_connection_file(text: str) -> None:
    with pytest.raises(BadFile):
        connection.load(text, file="a.toml")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes("slug = 'ä'".encode("latin-1"))
    with pytest.raises(BadFile, match="UTF-8"):
        connection.read(tmp_path / "a.toml")
    with pytest.raises(BadFile):
        connection.read(tmp_path / "fehlt.toml")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="[]{}=.\"'\n#abcdx01 ", max_size=60), st.integers(0, 3000), st.integers(0, 200))
def test_any_mutation_gives_a_connection_or_a_problem(junk: str, start: int, length: int) -> None:
    text = (EXAMPLES / "spielplaetze.toml").read_text("utf-8")
    try:
        connection.load(text[:start] + junk + text[start + length :])
    except Problem as problem:
        assert problem.detail.de


def test_no_struct_of_the_file_holds_sql() -> None:
    """A mapping is untrusted: no key may be named, or documented, as SQL of the caller's own."""
    seen: set[type] = set()

    def walk(kind: Any) -> None:
        for inner in getattr(kind, "__args__", ()):
            walk(inner)
        if isinstance(kind, type) and hasattr(kind, "__struct_fields__") and kind not in seen:
            seen.add(kind)
            assert not {"sql", "expression", "query", "where", "select"} & set(kind.__struct_fields__)
            import typing

            for hint in typing.get_type_hints(kind).values():
                walk(hint)

    walk(connection.Connection)
    assert len(seen) > 30
