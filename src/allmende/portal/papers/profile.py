# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A data set's profile (Steckbrief): one page that says what it is, who answers for it and who may use it for what.

It holds what everybody may read who may know of the data set, nothing that depends on who printed it: papers are passed on.
"""

from __future__ import annotations

from collections.abc import Iterator

from allmende.catalogue.door import rhythms
from allmende.catalogue.templatetags.catalogue import type_title
from allmende.catalogue.terms import CLASS_TITLES, SECRET_TITLES, VISIBILITY_TITLES, DatasetView, Mode
from allmende.engine.paper.model import Block, Column, Facts, Heading, Note, Paper, Paragraph, Sources, Table
from allmende.kernel.text import Text
from allmende.portal import permission
from allmende.portal.papers.common import Frame, day, licence_named, listed, moment
from allmende.webkit.templatetags.allmende import unit as unit_sign

#: So many columns stand on the page; the others are counted.
MOST_FIELDS = 7
_LONG = 380


def profile(dataset: DatasetView, *, mode: Mode, system: str, contact: str, frame: Frame) -> Paper:
    """Return the profile. ``mode`` and ``system`` are the way of the data and the source system's name."""
    return frame.paper(
        frame.said(dataset.title),
        _blocks(dataset, mode, system, contact, frame),
        frame("Steckbrief eines Datensatzes", "Profile of a data set"),
    )


def _blocks(dataset: DatasetView, mode: Mode, system: str, contact: str, frame: Frame) -> Iterator[Block]:
    said = frame.said
    if said(dataset.description):
        yield Paragraph(text=shortened(said(dataset.description)))
    for warning in dataset.warnings:
        yield Note(text=said(warning), warning=True)
    cls = [said(CLASS_TITLES[dataset.cls]), *(said(SECRET_TITLES[one]) for one in sorted(dataset.secrets))]
    yield Facts(
        pairs=(
            (frame("Verantwortliche Stelle", "Responsible unit"), said(dataset.unit_name)),
            (frame("Ansprechperson", "Contact"), contact or "–"),
            (frame("Schutzklasse", "Class"), listed(cls)),
            (frame("Davon wissen darf", "May know of it"), said(VISIBILITY_TITLES[dataset.visibility])),
            (frame("Aktualisierung", "Update"), _rhythm(dataset, frame)),
            (frame("Weg der Daten", "Way of the data"), _way(dataset, mode, frame)),
            *_coverage(dataset, frame),
            (frame("Personenbezug", "Reference to persons"), said(dataset.anonymised.label)),
        )
    )
    yield Heading(text=frame("Wer darf ihn wofür nutzen?", "Who may use it for what?"))
    for one in permission.in_general(dataset):
        yield Paragraph(text=said(one))
    used = [said(title) for title in permission.used_for(dataset)]
    if used:
        yield Paragraph(text=frame("Genutzt werden die Daten für: ", "The data are used for: ") + listed(used) + ".")
    if dataset.legal_basis:
        yield Paragraph(text=frame("Rechtsgrundlage: ", "Legal basis: ") + dataset.legal_basis)
    yield Heading(text=frame("Einschränkungen der Aussagekraft", "Limits"))
    yield Paragraph(text=shortened(said(dataset.limits)) or frame("Keine eingetragen.", "None are written down."))
    if dataset.fields:
        yield Heading(text=frame("Spalten", "Columns"))
        yield from _fields(dataset, frame)
    yield Sources(items=_sources(dataset, system, frame))


def _coverage(dataset: DatasetView, frame: Frame) -> Iterator[tuple[str, str]]:
    if dataset.covers_from or dataset.covers_until:
        period = f"{day(dataset.covers_from, frame)} – {day(dataset.covers_until, frame)}"
        yield frame("Zeitraum", "Period"), period
    if dataset.place:
        yield frame("Gebiet", "Area"), dataset.place


def _rhythm(dataset: DatasetView, frame: Frame) -> str:
    rhythm = rhythms().get(dataset.rhythm)
    title = frame.said(rhythm.title) if rhythm else dataset.rhythm
    return title if dataset.rhythm_promised else f"{title}, {frame('voraussichtlich', 'expected')}"


def _way(dataset: DatasetView, mode: Mode, frame: Frame) -> str:
    as_of = f", {frame('Stand', 'as of')} {moment(dataset.as_of, frame)}" if dataset.as_of else ""
    return frame.said(mode.label) + as_of


def _fields(dataset: DatasetView, frame: Frame) -> Iterator[Block]:
    shown = dataset.fields[:MOST_FIELDS]
    personal = frame("personenbezogen", "personal")

    def meaning(title: Text, words: Text, *, about_persons: bool) -> str:
        parts = [frame.said(title), frame.said(words), personal if about_persons else ""]
        return shortened(" – ".join(filter(None, parts)), 90) or "–"

    yield Table(
        columns=(
            Column(title=frame("Name", "Name"), width=2),
            Column(title=frame("Bedeutung", "Meaning"), width=5),
            Column(title=frame("Typ", "Type")),
            Column(title=frame("Einheit", "Unit")),
        ),
        rows=tuple(
            (
                field.name,
                meaning(field.title, field.meaning, about_persons=field.personal),
                type_title(field.type),
                unit_sign(field.unit) or "–",
            )
            for field in shown
        ),
    )
    more = len(dataset.fields) - len(shown)
    if more:
        yield Paragraph(
            text=frame(
                f"und {more} weitere Spalten; alle stehen auf der Seite des Datensatzes.",
                f"and {more} further columns; all of them stand on the data set’s page.",
            )
        )


def _sources(dataset: DatasetView, system: str, frame: Frame) -> tuple[str, ...]:
    origin = " – ".join(filter(None, (system, frame.said(dataset.source)))) or frame("nicht eingetragen", "not given")
    terms = licence_named(dataset.licence, frame)
    said = [frame("Herkunft: ", "Origin: ") + origin]
    if terms:
        named = f"; {frame('Quellenvermerk', 'attribution')}: {dataset.attribution}" if dataset.attribution else ""
        said.append(frame("Lizenz: ", "Licence: ") + terms + named)
    said.append(
        frame("Eintrag im Datenkatalog: ", "Entry in the data catalogue: ")
        + f"{dataset.name}, {frame('Fassung', 'version')} {dataset.version} {frame('vom', 'of')} "
        f"{day(dataset.changed_at, frame)}; {dataset.uri}"
    )
    return tuple(said)


def shortened(words: str, most: int = _LONG) -> str:
    """Return the words, cut at a blank where they are longer than one page has room for."""
    if len(words) <= most:
        return words
    return words[:most].rsplit(" ", 1)[0].rstrip(" ,;.") + " …"
