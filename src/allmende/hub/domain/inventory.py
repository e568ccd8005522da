# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Taking over the registers every town has - record of processing (VVT), list of IT systems, list of contracts - into
the register of source systems: systems, who answers for them, products, contracts, legal bases.

First it is said what would be made and what changed; only what was ticked is done. Nothing is overwritten silently.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec
from django.db import transaction

from allmende.engine.look import look_at_file
from allmende.engine.mapping import Field, compile_relation, resolve
from allmende.engine.mapping.model import FileRead
from allmende.engine.plan import Field as PlanField
from allmende.engine.sniff import slug as slug_of
from allmende.hub.domain import incoming as on_the_way
from allmende.hub.domain.changes import note
from allmende.hub.domain.sources import change_source, register_source
from allmende.hub.domain.uploads import clean, write
from allmende.hub.models import SourceSystem
from allmende.hub.terms import SourceDraft
from allmende.hub.tools import tools
from allmende.kernel.errors import Forbidden, Invalid, NotFound
from allmende.kernel.ids import RESERVED, new_id
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import UnitView
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

#: The largest file, in bytes, and the most rows.
LARGEST, MOST = 20 << 20, 5_000

#: What can be taken over, and the words by which a column is recognised, in the order in which they are tried.
PARTS: dict[str, tuple[str, ...]] = {
    "name": ("fachverfahren", "it-system", "verfahren", "system", "anwendung", "software", "bezeichnung", "name"),
    "unit": ("verantwortliche stelle", "fachamt", "amt", "organisationseinheit", "stelle", "abteilung", "fachbereich"),
    "kind": ("verarbeitungstätigkeit", "zweck", "art", "beschreibung"),
    "product": ("produkt", "version"),
    "vendor": ("hersteller", "anbieter", "auftragnehmer", "vertragspartner", "lieferant", "auftragsverarbeiter"),
    "hosting": ("betrieb", "rechenzentrum", "hosting", "standort"),
    "contract": ("vertragsnummer", "vertrag", "aktenzeichen"),
    "contact": ("postfach", "kontakt", "ansprech"),
    "legal_basis": ("rechtsgrundlage", "rechtliche grundlage", "gesetz"),
}
_MOST = {"name": 200, "kind": 100, "contact": 300, "legal_basis": 10_000}
_STATE = "inventory.json"
_ID = re.compile(r"[0-9a-f-]{36}\Z")


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """A register that was sent, on its way: its columns and rows as text."""

    id: str
    tenant: str
    person: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def guessed(self) -> dict[str, str]:
        """Return which column seems to hold what; each column once."""
        found: dict[str, str] = {}
        for part, words in PARTS.items():
            for word in words:
                fitting = (c for c in self.columns if word in c.casefold() and c not in found.values())
                if column := next(fitting, ""):
                    found[part] = column
                    break
        return found


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What one system of the register would become: ``new``, ``fill`` (empty entries only), ``overwrite``, ``same`` or
    ``wrong``. ``changes``: part, before, after."""

    what: str
    name: str
    slug: str
    unit: str
    unit_name: Text
    rows: tuple[int, ...]
    changes: tuple[tuple[str, str, str], ...] = ()
    problem: Text | None = None

    @property
    def chosen(self) -> bool:
        """Whether it is done unless somebody says no: what overwrites is ticked by hand."""
        return self.what in {"new", "fill"}


def receive_register(actor: Subject, *, tenant: str, name: str, pieces: Iterable[bytes]) -> Register:
    """Read a register into a passing place. Needs CONNECT somewhere in the town.

    Raises Invalid where the file is empty, too large, of no kind that can be read, or longer than a register is.
    """
    rights.require_somewhere(actor, Action.CONNECT)
    place = on_the_way.place_of(tenant) / new_id()
    place.mkdir(parents=True, mode=0o700)
    try:
        path = place / clean(name)
        on_the_way.take(pieces, path, most=LARGEST)
        columns, rows = _read(path, place)
        path.unlink()
        register = Register(id=place.name, tenant=tenant, person=actor.id, file=path.name, columns=columns, rows=rows)
        write(place / _STATE, register)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return register


def find_register(actor: Subject, register: str) -> Register:
    """Return a register of the actor's own on its way; raises NotFound."""
    path = on_the_way.place_of(actor.tenant) / register / _STATE
    if _ID.match(register) and path.is_file() and path.stat().st_mtime > time.time() - on_the_way.HELD_S:
        found = msgspec.json.decode(path.read_bytes(), type=Register)
        if found.person == actor.id:
            return found
    raise NotFound(
        Text(
            "Dieses Verzeichnis ist nicht (mehr) auf dem Weg. Bitte senden Sie die Datei noch einmal.",
            "This register is not on its way (any more). Please send the file once more.",
        )
    )


def plan(actor: Subject, register: Register, assigned: Mapping[str, str], *, unit: str) -> list[Planned]:
    """Return what would be made and changed, system by system; ``assigned``: part → column, ``unit``: who answers
    where the register names nobody we know. Raises Invalid where no column holds the system's name."""
    if not assigned.get("name"):
        raise Invalid(
            Text(
                "Bitte sagen Sie, welche Spalte das Fachverfahren nennt.", "Please say which column names the system."
            ),
            field="name",
        )
    places = {part: register.columns.index(column) for part, column in assigned.items() if column in register.columns}
    units = [one for one in organisations.units(register.tenant) if one.active]
    known = {row.name.casefold(): row for row in SourceSystem.objects.filter(tenant=register.tenant)}
    taken = set(SourceSystem.objects.filter(tenant=register.tenant).values_list("slug", flat=True))
    planned = []
    for name, (numbers, given) in _merged(register, places).items():
        planned.append(_planned(actor, register.tenant, name, numbers, given, units, unit, known, taken))
    return planned


def carry_out(
    actor: Subject, register: Register, assigned: Mapping[str, str], *, unit: str, chosen: Collection[str]
) -> int:
    """Do what was planned for the systems ``chosen`` (by slug), all or nothing, and return how many. Needs CONNECT in
    each unit, old and new, as each single entry does."""
    count = 0
    with transaction.atomic():
        known = {row.slug: row for row in SourceSystem.objects.filter(tenant=register.tenant)}
        for one in plan(actor, register, assigned, unit=unit):
            if one.slug not in chosen or one.what in {"same", "wrong"}:
                continue
            new = {part: after for part, _, after in one.changes}
            row = known.get(one.slug)
            if row is None:
                register_source(
                    actor, SourceDraft(slug=one.slug, name=one.name, unit=one.unit, **new), tenant=register.tenant
                )
            else:
                before = {part: str(getattr(row, part)) for part in PARTS if part not in {"name", "unit"}}
                draft = SourceDraft(slug=row.slug, name=row.name, unit=one.unit, **(before | new))
                change_source(actor, str(row.id), draft, tenant=register.tenant)
            count += 1
        note(actor, "take_over_register", register.id, tenant=register.tenant, systems=count)
    shutil.rmtree(on_the_way.place_of(register.tenant) / register.id, ignore_errors=True)
    return count


def _planned(
    actor: Subject,
    tenant: str,
    name: str,
    numbers: tuple[int, ...],
    given: dict[str, str],
    units: list[UnitView],
    fallback: str,
    known: dict[str, SourceSystem],
    taken: set[str],
) -> Planned:
    row = known.get(name.casefold())
    named = given.pop("unit", "")
    found = _unit(named, units) if named else None
    unit = found.id if found is not None else str(row.unit) if row is not None else fallback
    unit_name = next((one.name for one in units if one.id == unit), Text("?", "?"))
    slug = row.slug if row is not None else _free(name, taken)
    base = Planned(what="wrong", name=name, slug=slug, unit=unit, unit_name=unit_name, rows=numbers)
    for part, value in {"name": name, **given}.items():
        if len(value) > _MOST.get(part, 200):
            most = _MOST.get(part, 200)
            said = Text(
                f"„{value[:40]}…“ hat mehr als {most} Zeichen.", f"“{value[:40]}…” has more than {most} characters."
            )
            return msgspec.structs.replace(base, problem=said)
    if named and found is None and row is None:
        said = Text(
            f"Die Stelle „{named}“ ist hier unbekannt; eingetragen würde: {unit_name.de}.",
            f"The unit “{named}” is not known here; entered would be: {unit_name.en or unit_name.de}.",
        )
        base = msgspec.structs.replace(base, problem=said)
    for needed in {unit, str(row.unit) if row is not None else unit}:
        try:
            rights.require(actor, Action.CONNECT, tenant, needed)
        except Forbidden as refused:
            return msgspec.structs.replace(base, problem=refused.detail)
    if row is None:
        changes = tuple((part, "", value) for part, value in given.items())
        return msgspec.structs.replace(base, what="new", changes=changes)
    changes = tuple(
        (part, str(getattr(row, part)), value) for part, value in given.items() if str(getattr(row, part)) != value
    )
    moved = unit != str(row.unit)
    if not changes and not moved:
        return msgspec.structs.replace(base, what="same", problem=None)
    if moved:
        before = next((one.name.de for one in units if one.id == str(row.unit)), "?")
        changed = Text(f"Verantwortlich bisher: {before}.", f"Responsible so far: {before}.")
        base = msgspec.structs.replace(base, problem=changed)
    what = "overwrite" if moved or any(old for _, old, _ in changes) else "fill"
    return msgspec.structs.replace(base, what=what, changes=changes)


def _merged(register: Register, places: dict[str, int]) -> dict[str, tuple[tuple[int, ...], dict[str, str]]]:
    """Return the systems of the register: one for each name, though a register lists it once for each processing."""
    numbers: dict[str, list[int]] = {}
    parts: dict[str, dict[str, list[str]]] = {}
    written: dict[str, str] = {}
    for number, row in enumerate(register.rows, 1):
        for name in re.split(r"[;\n]", row[places["name"]]):
            plain = " ".join(name.split())
            if not plain:
                continue
            key = plain.casefold()
            written.setdefault(key, plain)
            numbers.setdefault(key, []).append(number)
            for part, place in places.items():
                value = " ".join(row[place].split())
                if part != "name" and value:
                    listed = parts.setdefault(key, {}).setdefault(part, [])
                    if value not in listed:
                        listed.append(value)
    return {
        written[key]: (
            tuple(numbers[key]),
            {
                part: "; ".join(values) if part == "legal_basis" else values[0]
                for part, values in parts.get(key, {}).items()
            },
        )
        for key in written
    }


def _unit(named: str, units: list[UnitView]) -> UnitView | None:
    """Return the unit a register names: by name or short name, a number before it ("51 Jugendamt") put aside."""
    wanted = {named.casefold().strip(), re.sub(r"^[\d.\s/-]+", "", named.casefold()).strip()}
    fitting = [one for one in units if {one.name.de.casefold(), one.name.en.casefold(), one.slug} & wanted]
    return fitting[0] if len(fitting) == 1 else None


def _free(name: str, taken: set[str]) -> str:
    wanted = slug_of(name, taken | RESERVED)
    taken.add(wanted)
    return wanted


def _read(path: Path, place: Path) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    seen = look_at_file(path, root=place, run=tools().rows, cache=place)
    read = seen.mapping.read
    if not isinstance(read, FileRead):
        raise TypeError("a file is read as a file")
    fields = tuple(Field(name=field.name, source=field.source or field.name) for field in seen.mapping.fields)
    relation = compile_relation(
        msgspec.structs.replace(seen.mapping, fields=fields), files=resolve(read, place.resolve(), cache=place)
    )
    listed = ", ".join(f'coalesce(CAST("{field.name}" AS VARCHAR), \'\') AS "{field.name}"' for field in fields)
    sql = f"SELECT {listed} FROM ({relation.sql}) LIMIT {MOST + 1}"  # noqa: S608 (names are checked by their type)
    asked = msgspec.structs.replace(relation, sql=sql, fields=tuple(PlanField(f.name, "VARCHAR") for f in fields))
    rows = tuple(tuple(str(value) for value in row) for row in tools().rows(asked))
    if len(rows) > MOST:
        raise Invalid(
            Text(f"Das Verzeichnis hat mehr als {MOST} Zeilen.", f"The register has more than {MOST} rows."),
            field="file",
        )
    return tuple(" ".join((field.source or field.name).split()) for field in fields), rows
