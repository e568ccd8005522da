# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The text of an agreement on use (Nutzungsvereinbarung), from a grant that stands in the register.

The grant is what the hub enforces; the paper says the same in words and has room for signatures. German only: it is made
for offices under German law.
"""

from __future__ import annotations

from collections.abc import Iterator

from allmende.catalogue.terms import CLASS_TITLES, DatasetView
from allmende.engine.paper.model import Block, Facts, Heading, List, Note, Paper, Paragraph, Signatures, Sources
from allmende.portal.papers.common import Frame, day, listed
from allmende.portal.permission import Permit
from allmende.rights.terms import Class


def agreement(dataset: DatasetView, permit: Permit, *, number: str, contact: str, frame: Frame) -> Paper:
    """Return the agreement for one grant in force; ``number`` is the grant's id."""
    return frame.paper(
        "Nutzungsvereinbarung",
        _blocks(dataset, permit, number, contact, frame),
        f"über den Datensatz „{dataset.title.de}“",
    )


def _blocks(dataset: DatasetView, permit: Permit, number: str, contact: str, frame: Frame) -> Iterator[Block]:
    purposes = [purpose.de for purpose in permit.purposes]
    yield Note(
        title="Muster",
        text="Aus dem Register erzeugt. Vor der Unterschrift ist der Text von der Rechtsstelle und, bei Daten über Personen, "
        "von der oder dem Datenschutzbeauftragten zu prüfen.",
        warning=True,
    )
    yield Facts(
        pairs=(
            ("Überlassende Stelle", dataset.unit_name.de),
            ("Ansprechperson", contact or "–"),
            ("Nutzende Stelle", permit.whom.de),
            ("Datensatz", f"{dataset.title.de} ({dataset.name})"),
            ("Schutzklasse", CLASS_TITLES[dataset.cls].de),
            ("Gilt bis", day(permit.until, frame) if permit.until else "auf unbestimmte Zeit, bis zum Widerruf"),
            ("Nutzungserlaubnis", number),
        )
    )
    yield Heading(text="§ 1 Gegenstand")
    yield Paragraph(
        text=f"{dataset.unit_name.de} erlaubt der nutzenden Stelle, den Datensatz „{dataset.title.de}“ über die Plattform "
        f"Allmende der Kommune {frame.town.name} auszuwerten. Die Daten bleiben bei der überlassenden Stelle; eine Kopie "
        "entsteht nur, wo sie ausdrücklich gewählt und als Kopie bezeichnet ist."
    )
    yield Heading(text="§ 2 Zweck und Rechtsgrundlage")
    if purposes:
        yield Paragraph(
            text=f"Die Nutzung ist erlaubt für: {listed(purposes)}. Jeder andere Zweck braucht eine neue Erlaubnis."
        )
    else:
        yield Paragraph(text="Die Nutzung ist zu jedem Zweck erlaubt, den das Recht zulässt.")
    basis = permit.legal_basis or dataset.legal_basis
    yield Paragraph(text=f"Rechtsgrundlage: {basis}" if basis else "Rechtsgrundlage: ______________________________")
    yield Heading(text="§ 3 Auflagen")
    if permit.obligations:
        yield Paragraph(text="Das Programm setzt um:")
        yield List(items=tuple(one.de for one in permit.obligations))
    else:
        yield Paragraph(text="Über die Regeln des Registers hinaus sind keine Auflagen eingetragen.")
    yield Heading(text="§ 4 Pflichten der nutzenden Stelle")
    yield List(
        items=(
            "Sie nennt bei jeder Veröffentlichung Quelle, Stand und Einschränkungen der Aussagekraft.",
            "Sie gibt Daten nicht weiter und versucht nicht, einzelne Personen oder Betriebe zu erkennen.",
            "Sie meldet Fehler in den Daten der überlassenden Stelle.",
            "Sie löscht Auszüge, sobald der Zweck erfüllt ist, spätestens mit dem Ende dieser Vereinbarung.",
        ),
        numbered=True,
    )
    if dataset.cls is Class.PERSONAL:
        yield Paragraph(
            text="Die Daten beziehen sich auf Personen. Verarbeitet die nutzende Stelle sie im Auftrag, ist zusätzlich ein "
            "Vertrag nach Art. 28 DSGVO zu schließen; ist sie selbst verantwortlich, trägt sie die Pflichten der Art. 12 bis "
            "22 und 30 bis 36 DSGVO."
        )
    yield Heading(text="§ 5 Nachweis und Widerruf")
    yield Paragraph(
        text="Zugriffe auf Daten, die nicht offen sind, stehen unter einem Pseudonym im Nachweis der Zugriffe; er dient nicht "
        "der Überwachung von Beschäftigten. Die überlassende Stelle kann die Erlaubnis jederzeit zurücknehmen; das wirkt "
        "sofort. Einschränkungen der Aussagekraft: " + (dataset.limits.de.rstrip(".") or "keine eingetragen") + "."
    )
    yield Sources(
        items=(f"Register der Nutzungserlaubnisse, Eintrag {number}; {dataset.uri}, Fassung {dataset.version}",)
    )
    yield Signatures(
        lines=(
            "Für die überlassende Stelle: Ort, Datum, Unterschrift",
            "Für die nutzende Stelle: Ort, Datum, Unterschrift",
        )
    )
