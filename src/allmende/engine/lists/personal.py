# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Personal data in cells, told from headings, shapes and check digits; examples are masked at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from allmende.engine.lists.columns import texts_of
from allmende.engine.lists.grid import Cell, shown
from allmende.engine.lists.model import Column, Origin, PersonalKind
from allmende.engine.lists.names import FIRST_NAMES, addresses_person, is_person
from allmende.engine.mapping.fields import Type
from allmende.kernel.text import Text

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_OFFICE_BOX = re.compile(
    r"(?i)^(info|kontakt|stadt|poststelle|rathaus|verwaltung|office|service|mail|post|gemeinde|amt|buergerbuero|presse|"
    r"sekretariat|bibliothek|buecherei|kita|schule|umweltamt|bauamt|noreply|webmaster|redaktion)[\w.-]*@"
)
_PHONE = re.compile(
    r"(?<![\w/.,-])(?:\+\d{2}|00\d{2}|\(0\d{2,5}\)|0\d{1,5})(?:\s?\(0\))?[\s/-]{1,3}\d(?:[\s/-]?\d){3,11}(?![\w,])"
    r"|(?<!\w)\+\d{10,14}(?!\w)|(?<!\w)01[5-7]\d{8,9}(?!\w)"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?(?!\w)")
_INSURANCE = re.compile(r"(?<!\w)\d{2}\s?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d\s?[A-Z]\s?\d{3}(?!\w)")
_TAX_ID = re.compile(r"(?<!\d)[1-9]\d(?:\s?\d{3}){3}(?!\d)")
_MAYBE = re.compile(r"^[A-ZÄÖÜvdz][^\d\n]{2,58}$", re.MULTILINE)
_HOUSE = re.compile(r"(?i)(stra(ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|hof|kamp|stiege)\s*\d+\s*[a-z]?\b")

_H: Final = {
    PersonalKind.NAME: r"nachname|familienname|\bvorname|\bansprechp(artner|erson)|sachbearb|\bbearbeiter|kontaktperson|"
    r"eigent(ü|ue)mer|antragsteller|\b(hunde|fahrzeug)?halter(in)?\b|\binhaber|bewohner(in)?\b|\bmieter(in)?\b|geburtsname|"
    r"personenname|erziehungsberecht|betreuer(in)?\b|name (des|der) (kind|vater|mutter|bürger|mitarb)|\bleiter(in)?\b|leitung$|"
    r"verantwortlich|zuständige?r?$|vorsitzend|mitarbeiter(in)?$",
    PersonalKind.PHONE: r"telefon|\btel\b|\btel\.|\bfon\b|handy|\bmobil(nr|nummer|funk|telefon)?\b|\bfax|durchwahl|rufnummer",
    PersonalKind.EMAIL: r"e-?mail|mailadresse",
    PersonalKind.IBAN: r"\biban\b",
    PersonalKind.ACCOUNT: r"bankverbindung|\bkto\b|konto-?(nr|nummer|verbindung|inhaber)|\bblz\b|bankleitzahl",
    PersonalKind.BIRTH_DATE: r"geburts(datum|tag)|\bgeb(\.|oren)?[ -]*(am|dat(um|\.)?)?\b|geb\.?-?dat",
    PersonalKind.ID_NUMBER: r"steuer-?(id|identifikation)|sozialversicherung|\bsv-?(nr|nummer)|personalnummer|personal-nr|"
    r"pers\.?-?nr|ausweis-?(nr|nummer)|versichert(en)?-?(nr|nummer)|kundennummer|rentenversicherung|f(ü|ue)hrerschein",
}
_HEADINGS = {kind: re.compile(r"(?i)" + pattern) for kind, pattern in _H.items()}
_NOT_ACCOUNT = re.compile(r"(?i)sachkonto|kostenkonto|ertragskonto|haushalt|produktkonto")
_PEOPLE_COUNT = re.compile(r"(?i)^(anzahl|zahl|summe)\b|anzahl|anteil|quote")


class Hit(msgspec.Struct, frozen=True):
    """Personal data found among texts: the kind, how many cells, a masked example, whether it is beyond doubt, why."""

    kind: PersonalKind
    how_many: int
    example: str
    sure: bool
    reason: Text


def masked(text: str) -> str:
    """Return a text of which only the shape is left: a word's first letter stays, digits become zeros."""

    def part(word: str) -> str:
        return re.sub(r"\d", "0", word) if word[:1].isdigit() or len(word) < 2 else f"{word[:1]}…"

    return "".join(
        p if re.fullmatch(r"[\s@.,;:/()+-]+", p) else part(p) for p in re.split(r"([\s@.,;:/()+-]+)", text[:60])
    )


def iban_holds(text: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616: the number modulo 97 is 1)."""
    plain = "".join(text.split()).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain) or (plain.startswith("DE") and len(plain) != 22):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def tax_id_holds(text: str) -> bool:
    """Whether eleven digits are a German tax identification number (check digit by ISO/IEC 7064, MOD 11,10)."""
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 11 or digits[0] == 0 or max(Counter(digits[:10]).values()) not in {2, 3}:
        return False
    product = 10
    for d in digits[:10]:
        total = (d + product) % 10 or 10
        product = (2 * total) % 11
    return (11 - product) % 10 == digits[10]


def in_column(
    column: Column, cells: Sequence[Cell], counted: Counter[str] | None = None, *, header: bool = True
) -> list[Hit]:
    """Return the personal data a column holds. ``header``: whether its heading is one (and not a letter);
    ``counted``: its texts, if they were counted already.
    """
    if counted is None:
        kinds = set(map(type, cells))
        kinds.discard(type(None))
        counted = texts_of(cells, kinds)
    filled = column.filled if column.origin is Origin.CELLS else len(cells) - list(cells).count(None)
    if not filled:
        return []
    heading = column.heading if header else ""
    found: list[Hit] = []
    if not _PEOPLE_COUNT.search(heading):
        found.extend(_by_heading(heading, column, cells, counted, filled))
    known = {h.kind for h in found}
    found.extend(h for h in _by_shape(counted, filled) if h.kind not in known)
    return found


def _by_heading(
    heading: str, column: Column, cells: Sequence[Cell], counted: Counter[str], filled: int
) -> Iterable[Hit]:
    for kind, pattern in _HEADINGS.items():
        if not heading or not pattern.search(heading):
            continue
        said = Text(f"Die Spalte heißt „{heading}“.", f"The column is headed “{heading}”.")
        example = masked(next((shown(c) for c in cells if c is not None), ""))
        match kind:
            case PersonalKind.BIRTH_DATE:
                if column.type in {Type.DATE, Type.TIMESTAMP}:
                    yield Hit(kind, filled, example, sure=True, reason=said)
            case PersonalKind.NAME:
                if column.type is Type.TEXT and counted:
                    wordy = {t: n for t, n in counted.items() if not any(c.isdigit() for c in t) and len(t) < 60}
                    people = sum(n for t, n in wordy.items() if is_person(t) or _one_name(t))
                    strict = bool(re.search(r"(?i)nachname|vorname|familienname|ansprechp|geburtsname", heading))
                    if wordy and (strict or people):
                        yield Hit(
                            kind, sum(wordy.values()), masked(next(iter(wordy))), sure=strict or people > 0, reason=said
                        )
            case PersonalKind.ACCOUNT:
                if not _NOT_ACCOUNT.search(heading):
                    yield Hit(kind, filled, example, sure=True, reason=said)
            case PersonalKind.IBAN | PersonalKind.ID_NUMBER:
                yield Hit(kind, filled, example, sure=True, reason=said)
            case PersonalKind.EMAIL:
                if any(_EMAIL.search(t) for t in counted):
                    yield from _emails(counted)
            case PersonalKind.PHONE:
                digits = sum(
                    n for c, n in Counter(cells).items() if c is not None and sum(x.isdigit() for x in shown(c)) >= 4
                )
                if digits:
                    yield Hit(kind, digits, example, sure=True, reason=said)


def _one_name(text: str) -> bool:
    return text.lower() in FIRST_NAMES


def _by_shape(counted: Counter[str], filled: int) -> Iterable[Hit]:
    if not counted:
        return
    joined = "\n".join(counted)
    if "@" in joined:
        yield from _emails(counted)
    digits = _many_digits(joined)
    if digits and _IBAN.search(joined) and (hit := _checked(counted, _IBAN, iban_holds)):
        yield Hit(
            PersonalKind.IBAN,
            *hit,
            sure=True,
            reason=Text("IBAN mit richtiger Prüfziffer.", "IBAN with correct check digits."),
        )
    if digits and _PHONE.search(joined) and (hit := _checked(_without_ibans(counted), _PHONE, _is_phone)):
        sure = hit[0] >= 0.3 * filled
        yield Hit(
            PersonalKind.PHONE,
            *hit,
            sure=sure,
            reason=Text("Sieht aus wie Telefonnummern.", "Looks like telephone numbers."),
        )
    if digits and _INSURANCE.search(joined) and (hit := _checked(counted, _INSURANCE, lambda _: True)):
        yield Hit(
            PersonalKind.ID_NUMBER,
            *hit,
            sure=True,
            reason=Text("Aufbau einer Versicherungsnummer.", "Shape of an insurance number."),
        )
    if (
        digits
        and _TAX_ID.search(joined)
        and (hit := _checked(counted, _TAX_ID, tax_id_holds))
        and hit[0] >= 0.5 * filled
    ):
        yield Hit(
            PersonalKind.ID_NUMBER,
            *hit,
            sure=True,
            reason=Text("Steuer-ID mit richtiger Prüfziffer.", "Tax ID with a correct check digit."),
        )
    yield from _names(counted, filled, joined)


_SHAPE = str.maketrans({**dict.fromkeys("123456789", "0"), **dict.fromkeys("bcdefghijklmnopqrstuvwxyzäöüß", "a")})


def _many_digits(joined: str) -> bool:
    """Whether any line has six digits: less is no number of a telephone, an account or a person."""
    shapes = set(joined.translate(_SHAPE).split("\n"))
    return any(shape.count("0") >= 6 for shape in shapes)


def _without_ibans(counted: Counter[str]) -> Counter[str]:
    return Counter({t: n for t, n in counted.items() if not _IBAN.search(t)})


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return 6 <= digits <= 15 and not re.fullmatch(r"0\d[./-]\d\d[./-]\d{2,4}", text)


def _checked(counted: Counter[str], pattern: re.Pattern[str], holds: Callable[[str], bool]) -> tuple[int, str] | None:
    many, example = 0, ""
    for text, n in counted.items():
        if any(holds(m.group()) for m in pattern.finditer(text)):
            many += n
            example = example or masked(next(m.group() for m in pattern.finditer(text) if holds(m.group())))
    return (many, example) if many else None


def _emails(counted: Counter[str]) -> Iterable[Hit]:
    persons = {t: n for t, n in counted.items() if any(not _OFFICE_BOX.match(m) for m in _EMAIL.findall(t))}
    offices = {t: n for t, n in counted.items() if t not in persons and _EMAIL.search(t)}
    if persons:
        found = next(m for m in _EMAIL.findall(next(iter(persons))) if not _OFFICE_BOX.match(m))
        yield Hit(
            PersonalKind.EMAIL,
            sum(persons.values()) + sum(offices.values()),
            masked(found),
            sure=True,
            reason=Text("E-Mail-Adressen, nicht nur von Ämtern.", "E-mail addresses, not only of offices."),
        )
    elif offices:
        yield Hit(
            PersonalKind.EMAIL,
            sum(offices.values()),
            masked(_EMAIL.findall(next(iter(offices)))[0]),
            sure=False,
            reason=Text("E-Mail-Adressen, wohl nur von Stellen.", "E-mail addresses, probably of offices only."),
        )


def _names(counted: Counter[str], filled: int, joined: str) -> Iterable[Hit]:
    persons = {t: counted[t] for t in _MAYBE.findall(joined) if t in counted and is_person(t)}
    many = sum(persons.values())
    if many:
        # "Name" of a thing may be a person's too; a third of all cells, or three, leave no doubt.
        sure = many >= 0.3 * filled and (many >= 3 or filled < 10)
        reason = Text("Liest sich wie Namen von Personen.", "Reads like names of persons.")
        yield Hit(PersonalKind.NAME, many, masked(next(iter(persons))), sure=sure, reason=reason)
        return
    single = {t: n for t, n in counted.items() if _one_name(t)} if len(counted) <= 2000 else {}
    if sum(single.values()) >= 0.5 * filled and len(single) >= 2:
        reason = Text("Viele Vornamen.", "Many first names.")
        yield Hit(
            PersonalKind.NAME, sum(single.values()), masked(next(iter(single))), sure=len(single) >= 3, reason=reason
        )
        return
    known = any(word in joined for word in ("Herr", "Frau", "Hr.", "Fr."))
    spoken = {t: n for t, n in counted.items() if addresses_person(t)} if known else {}
    if spoken:
        reason = Text("Im Text werden Personen genannt (Herr, Frau …).", "The text names persons (Herr, Frau …).")
        yield Hit(PersonalKind.NAME, sum(spoken.values()), masked(next(iter(spoken))), sure=False, reason=reason)


def in_text(text: str) -> list[Hit]:
    """Return the personal data in a line of text or a comment."""
    found = list(_by_shape(Counter([text]), 1))
    if not any(h.kind is PersonalKind.NAME for h in found):
        after = re.search(r"(?i)(?:ansprechp\w+|bearbeite\w*|erstellt(?: von)?|kontakt|leitung|von)\s*:?\s*(.+)", text)
        words = re.split(r"[,;(/]|\bTel|\bE-?Mail", after.group(1)) if after else []
        named = [w.strip() for w in words if is_person(w.strip())]
        if named:
            reason = Text("Nennt eine Person.", "Names a person.")
            found.append(Hit(PersonalKind.NAME, 1, masked(named[0]), sure=False, reason=reason))
    return found


def lives_here(column: Column, cells: Sequence[Cell]) -> bool:
    """Whether a column holds streets with house numbers."""
    sample = [c for c in cells[:2000] if type(c) is str]
    return (
        bool(sample) and sum(bool(_HOUSE.search(c)) for c in sample) >= 0.3 * len(sample) and column.type is Type.TEXT
    )
