# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The reference of the recipe file is complete, and its examples are true."""

from __future__ import annotations

import re
import tomllib
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from allmende.engine import connection, recipes
from allmende.engine.mapping.model import Mapping
from allmende.recipes.terms import About, DeviationFile

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/recipe-file.md").read_text("utf-8")
GUIDE = (ROOT / "docs/how-to/recipes.md").read_text("utf-8")


def structs() -> dict[str, Any]:
    """Return every struct of the two files, by name, but for those the connection file documents."""
    found: dict[str, Any] = {}

    def walk(kind: Any) -> None:
        for inner in typing.get_args(kind):
            walk(inner)
        if kind in {Mapping, connection.Fetch, connection.Release}:
            return
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in {"Text", *found}:
            found[kind.__name__] = kind
            for hint in typing.get_type_hints(kind).values():
                walk(hint)

    walk(recipes.Recipe)
    walk(DeviationFile)
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


def test_the_examples_are_true() -> None:
    (recipe,) = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
    assert recipes.load(recipe).name == "brunnen"
    (about,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert msgspec.toml.decode(about, type=About).procedure.since == "3"
