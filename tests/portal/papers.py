# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Values that tests of papers share."""

from __future__ import annotations

from datetime import UTC, date, datetime

from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.paper.model import Column, Town
from allmende.engine.report import Count, FileReport, Report
from allmende.kernel.text import Text
from allmende.portal.papers.common import Frame
from allmende.portal.papers.council import Answered, Drawing, Refused

GERMAN = Frame(Town(name="Auenstadt", colour="#22429e"), "de", date(2026, 11, 28))
ENGLISH = Frame(Town(name="Auenstadt", colour="#22429e", practice="Practice town"), "en", date(2026, 11, 28))
READ_AT = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)

REPORT = Report(
    (
        FileReport(
            "spielplaetze/2026.csv",
            120,
            117,
            (
                Count(Fault.UNREADABLE, Effect.REFUSED_CELL, "groesse", 2, (4, 9), ("k.A.",)),
                Count(Fault.TORN, Effect.REFUSED_ROW, "", 3, (7, 8, 11)),
            ),
        ),
        FileReport("spielplaetze/2025.csv", 90, 90),
        FileReport("spielplaetze/kaputt.xlsx", 0, 0, (), Text("Die Datei ist beschädigt.", "The file is damaged.")),
    )
)

MAP = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 300"><rect width="200" height="300" fill="#cfd8ee"/>'
    '<rect x="200" width="200" height="300" fill="#7f95cd"/><rect x="400" width="200" height="300" fill="#22429e"/></svg>'
)

ANSWERED = Answered(
    question="Wie viele Spielplätze kommen auf 100 Kinder unter zehn?",
    sentences=("Im Schnitt sind es 1,2.", "Am meisten hat die Altstadt mit 2,4, am wenigsten Ostfeld mit 0,5."),
    columns=(
        Column(title="Stadtteil", width=1),
        Column(title="Spielplätze", right=True),
        Column(title="je 100", right=True),
    ),
    rows=tuple((f"Stadtteil {n}", str(n), "1,2") for n in range(1, 25)),
    sources=("Spielplätze, Grünflächenamt, Stand 1.11.2026, dl-de/zero-2-0", "Einwohner, Bürgeramt, Stand 30.9.2026"),
    limits=("Spielplätze freier Träger fehlen.",),
    asked_for="Sozial- und Jugendhilfeplanung",
    as_of="30.09.2026",
    drawing=Drawing(svg=MAP, alt="Karte der Stadtteile, drei Klassen.", caption="Spielplätze je 100 Kinder, Drittel"),
    refused=(
        Refused(
            what="Mühlenberg",
            reason="Dort leben weniger Kinder, als gezeigt werden dürfen.",
            ways=("Anfrage an die Statistikstelle",),
        ),
    ),
    method="Klassen nach Dritteln der Werte.",
)
