# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The mapping's steps in the form: for each kind the steps there are, and an empty one to add another.

What the form does not speak of stays as the mapping has it, and so does each step and value nobody changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine import mapping as engine
from allmende.engine.mapping import Field, Geometry, LocalTime, Point, Status, Type, Unpivot
from allmende.engine.mapping.steps import AnyStep
from allmende.engine.sniff import slug
from allmende.hub.web.editors import clock, melt, place, status
from allmende.hub.web.editors.given import Added, Given, State, columns_after
from allmende.webkit.forms import explained

Fields = dict[str, forms.Field]


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of step in the form: its fields for a step or an empty one, and what they change."""

    key: str
    step: type[Any]
    title: Any
    fields: Callable[[Any, Sequence[str]], Fields]
    changed: Callable[[Any, Given, State], AnyStep]
    added: Callable[[Given, State], Added | None] | None = None
    removable: Callable[[Any], bool] = lambda _step: True


KINDS = (
    Kind("melt", Unpivot, _("Spalten, die untereinander gehören"), melt.fields, melt.changed, melt.added, melt.listed),
    Kind("time", LocalTime, _("Ortszeit"), clock.fields, clock.changed, clock.added),
    Kind("point", Point, _("Punkt aus zwei Spalten"), place.point_fields, place.point_changed, place.point_added),
    Kind("shape", Geometry, _("Ort oder Fläche aus einer Spalte"), place.shape_fields, place.shape_changed),
    Kind("status", Status, _("Wörter zwischen Zahlen"), status.fields, status.changed, status.added),
)
_OF = {kind.step: kind for kind in KINDS}


@dataclass(frozen=True)
class Block:
    """A step in the form: its kind, whether it is the empty one, what it is about, and its fields' names."""

    kind: Kind
    new: bool
    about: str
    names: tuple[str, ...]


def correction_fields(mapping: engine.Mapping) -> tuple[list[Block], Fields]:
    """Return the blocks, kind by kind, and the form's fields, filled with what the mapping does now."""
    blocks: list[Block] = []
    every: Fields = {}

    def add(kind: Kind, number: int, step: Any, columns: Sequence[str]) -> None:
        fields = kind.fields(step, columns)
        if step is not None and kind.removable(step):
            fields["gone"] = explained(
                forms.BooleanField(
                    label=_("Das zurücknehmen"),
                    required=False,
                    help_text=_("Die Spalten kommen dann wieder so, wie die Quelle sie hat."),
                )
            )
        names = {name: f"{kind.key}_{number}_{name}" for name in fields}
        every.update({names[name]: field for name, field in fields.items()})
        blocks.append(Block(kind, step is None, _about(step), tuple(names.values())))

    there = list(_placed(mapping))
    for kind in KINDS:
        mine = [(number, step, columns) for of, number, step, columns in there if of is kind]
        for number, step, columns in mine:
            add(kind, number, step, columns)
        if kind.added is not None:
            add(kind, len(mine), None, columns_after(mapping.wanted(), mapping.steps))
    return blocks, every


def corrected(mapping: engine.Mapping, given: Mapping[str, Any]) -> engine.Mapping:
    """Return the mapping with its steps as the form has them, and with the fields these make. Raises Invalid."""
    state = State(steps=[], fields=list(mapping.fields), source=mapping.wanted())
    count = dict.fromkeys(KINDS, 0)
    gone: list[AnyStep] = []
    for step in mapping.steps:
        kind = _OF.get(type(step))
        if kind is None:
            state.steps.append(step)
            continue
        own = Given(f"{kind.key}_{count[kind]}_", given)
        count[kind] += 1
        if own.get("gone"):
            gone.append(step)
        else:
            state.steps.append(kind.changed(step, own, state))
    for step in gone:
        _undo(step, state)
    for kind, number in count.items():
        own = Given(f"{kind.key}_{number}_", given)
        if kind.added is not None and (added := kind.added(own, state)):
            state.steps.append(added.step)
            state.fields += added.fields
    return msgspec.structs.replace(mapping, steps=tuple(state.steps), fields=tuple(state.fields))


def _about(step: AnyStep | None) -> str:
    """Return what a step is about: its columns, or the pattern that finds them."""
    if step is None:
        return ""
    if isinstance(step, Unpivot):
        first, last = (next(iter(step.labels)), next(reversed(step.labels))) if step.labels else ("", "")
        return f"{first} … {last}" if step.labels else step.columns
    return ", ".join(step.wants())


def _placed(mapping: engine.Mapping) -> Iterator[tuple[Kind, int, AnyStep, list[str]]]:
    """Yield the steps the form speaks of: kind, number within it, the step, the columns it finds."""
    count = dict.fromkeys(KINDS, 0)
    for place_, step in enumerate(mapping.steps):
        if kind := _OF.get(type(step)):
            yield kind, count[kind], step, columns_after(mapping.wanted(), mapping.steps[:place_])
            count[kind] += 1


def _undo(step: AnyStep, state: State) -> None:
    """Take the fields the step made, and give back the columns only it has read."""
    made = set(step.makes()) - {name for other in state.steps for name in other.makes()}
    lost = [field for field in state.fields if (field.source or field.name) in made]
    state.fields[:] = [field for field in state.fields if field not in lost]
    known = {field.source or field.name for field in state.fields} | {n for s in state.steps for n in s.wants()}
    taken = {field.name for field in state.fields}
    for column in step.labels if isinstance(step, Unpivot) else step.wants():
        if column not in known:
            state.fields.append(_restored(column, step, lost, taken))


def _restored(column: str, step: AnyStep, lost: Sequence[Field], taken: set[str]) -> Field:
    name = slug(column, taken)
    if isinstance(step, Unpivot):
        return melt.restored(column, name, step, lost)
    plain = Field(name=name, source="" if name == column else column)
    if isinstance(step, LocalTime) and step.formats and len(step.columns) == 1:
        return msgspec.structs.replace(plain, type=Type.TIMESTAMP, formats=step.formats, strip=step.strip)
    return plain
