# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two answers set side by side, row by row: what came, went and changed. Django-free; knows only what was answered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from allmende.hub.shown import Shown


class Line(msgspec.Struct, frozen=True):
    """A row: ``came``, ``went``, ``changed`` or ``same``; each value with the one before where it is another."""

    what: str
    values: tuple[tuple[str, str | None], ...]


class Rowwise(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that differ, or all of them where nothing can be told apart; ``more`` if rows were left out."""

    names: tuple[str, ...]
    lines: tuple[Line, ...]
    compared: bool
    more: bool
    ambiguous: int = 0  # rows whose key is not unique: they are shown as they are


def rowwise(before: Shown | None, after: Shown, key: Sequence[str]) -> Rowwise:
    """Return the differences by ``key``. Without a key, or where one is hidden from the asker, only the rows."""
    names = tuple(field.name for field in after.fields)
    there = before is not None and set(key) <= {field.name for field in before.fields} & set(names)
    if before is None or not key or not there:
        lines = tuple(Line("same", tuple((_said(value), None) for value in row)) for row in after.rows)
        return Rowwise(names=names, lines=lines, compared=False, more=after.more)
    old, twice_old = _by_key(before, key)
    new, twice_new = _by_key(after, key)
    places = {field.name: index for index, field in enumerate(before.fields)}
    lines_: list[Line] = []
    for at, row in new.items():
        if at not in old:
            lines_.append(Line("came", tuple((_said(value), None) for value in row)))
            continue
        former = old[at]
        values = tuple(
            (
                _said(value),
                was if (was := _said(former[places[name]]) if name in places else "") != _said(value) else None,
            )
            for name, value in zip(names, row, strict=True)
        )
        if any(was is not None for _, was in values):
            lines_.append(Line("changed", values))
    for at, row in old.items():
        if at not in new:
            values = tuple((_said(row[places[name]]) if name in places else "", None) for name in names)
            lines_.append(Line("went", values))
    return Rowwise(
        names=names,
        lines=tuple(lines_),
        compared=True,
        more=before.more or after.more,
        ambiguous=twice_old + twice_new,
    )


def _by_key(shown: Shown, key: Sequence[str]) -> tuple[dict[tuple[str, ...], list[object]], int]:
    places = [index for name in key for index, field in enumerate(shown.fields) if field.name == name]
    found: dict[tuple[str, ...], list[object]] = {}
    twice = 0
    for row in shown.rows:
        at = tuple(_said(row[index]) for index in places)
        twice += at in found
        found.setdefault(at, row)
    return found, twice


def _said(value: object) -> str:
    return "" if value is None else str(value)
