# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The order of the rooms where import-linter cannot see it: relations, migrations, imports by name."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.models import ForeignKey, ManyToManyField

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "allmende"
LAYERS: list[str] = next(
    contract["layers"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    if contract["type"] == "layers"
)


INSIDE = {"models", "domain", "queries", "web", "rest"}


def _room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "allmende" and len(parts) > 1 else None


def _downward(upper: str, lower: str) -> bool:
    return upper == lower or LAYERS.index(upper) < LAYERS.index(lower)


def test_relations_between_models_point_downward() -> None:
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        room = _room(model.__module__)
        for field in model._meta.get_fields(include_hidden=True):
            if room is None or not isinstance(field, ForeignKey | ManyToManyField):
                continue
            target = field.related_model
            assert isinstance(target, type)
            other = _room(target.__module__)
            if other is not None and not _downward(room, other):
                wrong.append(f"{room}: {model.__name__}.{field.name} → {other}: {target.__name__}")
    assert wrong == []


def test_migrations_depend_downward() -> None:
    rooms = {config.label: _room(config.name) for config in apps.get_app_configs()}
    wrong = []
    for (label, name), migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items():
        room = rooms[label]
        for other_label, other_name in migration.dependencies:
            other = rooms.get(other_label)
            if room is not None and other is not None and not _downward(room, other):
                wrong.append(f"{label}.{name} → {other_label}.{other_name}")
    assert wrong == []


def _imports_by_name(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            told = ast.unparse(node.args[0]).startswith("settings.") if node.args else False
            if name in {"import_module", "__import__", "import_string", "get_model"} and not told:
                yield node.lineno


def test_only_the_composition_root_imports_by_name() -> None:
    """A room may import by name only what the settings tell it, which the composition root writes."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "config" and "migrations" not in path.parts
        for line in _imports_by_name(path)
    ]
    assert found == []


def test_every_room_stands_in_the_order() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms == set(LAYERS)


@pytest.mark.parametrize("room", [layer for layer in LAYERS if layer != "config"])
def test_other_rooms_are_entered_by_their_door(room: str) -> None:
    """Except for a model's relation to a model of a room below, and the portal, which composes the rooms' pages."""
    wrong = []
    for path in sorted((SOURCE / room).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                inside = len(parts) > 2 and parts[2] in INSIDE - ({"web"} if room == "portal" else set())
                relation = "models" in path.relative_to(SOURCE / room).parts and parts[2:3] == ["models"]
                if parts[0] == "allmende" and inside and not relation and parts[1] != room:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module}")
    assert wrong == []
