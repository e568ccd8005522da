# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The documentation of connection files is complete and its examples are true."""

from __future__ import annotations

import re
import tomllib
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from allmende.engine import connection
from allmende.engine.mapping import compile_relation, resolve
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.fields import Field
from allmende.engine.mapping.model import Read
from allmende.engine.mapping.steps import AnyStep
from allmende.engine.report import report
from tests.engine.read.duck import ROOT, Duck

REFERENCE = (ROOT / "docs/reference/connection-file.md").read_text("utf-8")
GUIDE = (ROOT / "docs/how-to/connect-a-csv.md").read_text("utf-8")


def structs() -> dict[str, Any]:
    """Return every struct a connection file may hold, by name."""
    found: dict[str, Any] = {}

    def walk(kind: Any) -> None:
        for inner in typing.get_args(kind):
            walk(inner)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in {"Text", *found}:
            found[kind.__name__] = kind
            for hint in typing.get_type_hints(kind).values():
                walk(hint)

    walk(connection.Connection)
    return found


STRUCTS = structs()
SECTIONS = dict(re.findall(r"<!-- keys of (\w+) -->\n(.*?)(?=\n#|\Z)", REFERENCE, re.DOTALL))


def test_each_struct_has_its_table() -> None:
    assert set(SECTIONS) == set(STRUCTS)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_each_key_is_documented_with_an_example_that_is_toml(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| .*? \| `(.+)` \|$", SECTIONS[name], re.MULTILINE)
    assert sorted(key for key, _ in rows) == sorted(STRUCTS[name].__struct_encode_fields__)
    hints = {f.encode_name: f.type for f in msgspec.structs.fields(STRUCTS[name])}
    for key, example in rows:
        value = tomllib.loads(example)
        assert list(value) == [key]
        if value[key] not in ({}, []):
            msgspec.convert(value[key], hints[key])


def test_each_block_is_what_it_says() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
    assert len(blocks) > 15
    connection.load(blocks[0])
    for block in blocks[1:]:
        mapping = tomllib.loads(block)["datasets"]["mapping"]
        if "read" in mapping:
            msgspec.convert(mapping["read"], Read)
        for step in mapping.get("steps", []):
            msgspec.convert(step, AnyStep)
        for field in mapping.get("fields", []):
            msgspec.convert(field, Field)


def test_the_guide_tells_what_happens(tmp_path: Path, duck: Duck) -> None:
    for name, encoding, content in re.findall(
        r"<!-- file: (\S+)(?: \(([\w-]+)\))? -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content.encode({"windows-1252": "cp1252"}.get(encoding, "utf-8")))
    (connected,) = connection.read_folder(tmp_path / "anbindung")
    mapping = connected.datasets[0].mapping
    files = resolve(mapping.read, tmp_path / "listen")
    rows = duck(compile_relation(mapping, files=files))
    assert [row[:4] for row in rows] == [
        (1, "Lambertusbrunnen", 1909, 12.5),
        (2, "Kiepenkerl", 1896, None),
        (3, "Brunnen „Überwasser“", None, 1204.0),
    ]
    assert {row[5] for row in rows} == {"2026"}
    found = report(mapping, run=duck, files=files)
    assert found.rows_given == 3
    assert found.total(fault=Fault.FILTERED) == 1
    (refused,) = (c for c in found.files[0].counts if c.effect is Effect.REFUSED_CELL)
    assert (refused.column, refused.lines, refused.samples) == ("gebaut", (5,), ("kaputt",))
