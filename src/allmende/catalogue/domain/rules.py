# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What must hold of a catalogue entry, in words that say what to do."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from allmende.catalogue.terms import Anonymised, DatasetDraft, Mode
from allmende.catalogue.vocabulary import licences, rhythms
from allmende.kernel.errors import Invalid
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Class, Visibility

#: Characters at most, by field.
_LONGEST = {
    "contact": 300,
    "attribution": 500,
    "place": 300,
    "legal_basis": 10_000,
    "source_system": 36,
}


def invalid(field: str, de: str, en: str) -> Invalid:
    """Return the error for one field."""
    return Invalid(Text(de, en), field=field)


def check(draft: DatasetDraft) -> None:
    """Raise Invalid, naming the first field at fault, unless the entry is sound in itself."""
    check_slug(draft.slug)
    _check_words(draft)
    _check_protection(draft)
    if draft.licence and draft.licence not in licences():
        raise invalid("licence", f"Die Lizenz „{draft.licence}“ ist unbekannt.", f"Unknown licence “{draft.licence}”.")
    if draft.rhythm not in rhythms():
        raise invalid(
            "rhythm", f"Die Aktualisierung „{draft.rhythm}“ ist unbekannt.", f"Unknown rhythm “{draft.rhythm}”."
        )
    if draft.mode is Mode.COPY and draft.as_of is None:
        raise invalid("as_of", "Zu einer Kopie gehört ihr Stand.", "A copy needs the moment it was made (as of).")
    _check_coverage(draft)
    _check_fields(draft)


def _check_words(draft: DatasetDraft) -> None:
    if not draft.title.de.strip() or len(draft.title.de) > 300 or len(draft.title.en) > 300:
        raise invalid(
            "title", "Bitte einen Titel mit 1 bis 300 Zeichen angeben.", "Please give a title of 1 to 300 characters."
        )
    for name, value in msgspec.structs.asdict(draft).items():
        if b"\\u0000" in msgspec.json.encode(value):
            raise invalid(
                name, "Der Text enthält ein unzulässiges Zeichen.", "The text holds a character that is not allowed."
            )
    for name, most in _LONGEST.items():
        if len(getattr(draft, name)) > most:
            raise invalid(name, f"Höchstens {most} Zeichen.", f"At most {most} characters.")


def _check_protection(draft: DatasetDraft) -> None:
    guarded = draft.cls is Class.PERSONAL or bool(draft.secrets)
    if guarded and not draft.legal_basis.strip():
        raise invalid(
            "legal_basis",
            "Personenbezogene Daten und besondere Geheimnisse brauchen eine Rechtsgrundlage.",
            "Personal data and special secrets need a legal basis.",
        )
    if draft.secrets and draft.cls is Class.OPEN:
        raise invalid(
            "cls",
            "Was unter ein besonderes Geheimnis fällt, kann nicht offen sein.",
            "What is under a special secret cannot be open.",
        )
    if draft.cls is not Class.PERSONAL and draft.anonymised is Anonymised.NOT:
        raise invalid(
            "cls",
            "Nicht anonymisierte Daten über Menschen haben die Schutzklasse „personenbezogen“.",
            "Data about persons that are not anonymised have the class “personal”.",
        )
    if draft.cls is not Class.PERSONAL and (personal := [field.name for field in draft.fields if field.personal]):
        raise invalid(
            "cls",
            f"Das Feld „{personal[0]}“ ist personenbezogen; dann ist es auch der Datensatz.",
            f"The field “{personal[0]}” is personal; then the data set is so too.",
        )
    if draft.visibility is Visibility.UNITS and not draft.visible_to:
        raise invalid(
            "visible_to",
            "Bitte die Stellen nennen, die von dem Datensatz wissen dürfen.",
            "Please name the units that may know of the data set.",
        )
    if draft.visibility is not Visibility.UNITS and draft.visible_to:
        raise invalid(
            "visible_to",
            "Einzelne Stellen werden nur genannt, wenn nur benannte Stellen davon wissen dürfen.",
            "Units are named only where only named units may know of it.",
        )


def _check_coverage(draft: DatasetDraft) -> None:
    if draft.covers_from and draft.covers_until and draft.covers_until < draft.covers_from:
        raise invalid("covers_until", "Das Ende liegt vor dem Anfang.", "The end is before the beginning.")
    box = draft.bbox
    if box is None:
        return
    sides = (box.west, box.south, box.east, box.north)
    inside = -180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90
    if not all(map(math.isfinite, sides)) or not inside:
        raise invalid(
            "bbox",
            "Die Ausdehnung ist in Grad anzugeben: Westen, Süden, Osten, Norden.",
            "The extent is to be given in degrees: west, south, east, north.",
        )


def _check_fields(draft: DatasetDraft) -> None:
    seen: set[str] = set()
    for field in draft.fields:
        folded = field.name.casefold()  # SQL names of columns do not differ by case
        if not field.name.strip() or len(field.name) > 200 or folded in seen:
            raise invalid(
                "fields",
                f"Der Feldname „{field.name}“ ist leer, zu lang oder kommt zweimal vor.",
                f"The field name “{field.name}” is empty, too long or given twice.",
            )
        seen.add(folded)
        if len(field.type) > 100 or len(field.unit) > 50 or max(len(field.title.de), len(field.title.en)) > 200:
            raise invalid(
                "fields",
                f"Typ, Einheit oder Titel des Feldes „{field.name}“ sind zu lang.",
                f"Type, unit or title of the field “{field.name}” are too long.",
            )


def check_purposes(tenant: str, purposes: Iterable[str]) -> None:
    """Raise Invalid for a purpose the town does not have: nobody could ever state it."""
    known = rights.snapshot().purposes
    for purpose in sorted(purposes):
        if (tenant, purpose) not in known:
            raise invalid(
                "purposes", f"Den Zweck „{purpose}“ gibt es hier nicht.", f"There is no purpose “{purpose}” here."
            )
