# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a town must say of itself on its pages: the kinds of statements and the questions they ask. No Django, no I/O.

Imprint: § 5 DDG, § 18 MStV. Privacy: Art. 13 GDPR. Accessibility: Directive (EU) 2016/2102, Art. 7, with the model of
Implementing Decision (EU) 2018/1523, as the Länder's laws on equal participation carry it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: Greatest answer, in characters.
MOST_SHORT, MOST_LONG = 300, 5_000


class Statement(StrEnum):
    """The kinds."""

    IMPRINT = "imprint"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"

    @property
    def label(self) -> Text:
        """Return the kind's name."""
        return TITLES[self]


TITLES = {
    Statement.IMPRINT: Text("Impressum", "Imprint"),
    Statement.PRIVACY: Text("Datenschutzerklärung", "Privacy notice"),
    Statement.ACCESSIBILITY: Text("Erklärung zur Barrierefreiheit", "Accessibility statement"),
}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: its label, one sentence, one example. ``by_law`` says which rule demands the answer."""

    name: str
    label: Text
    sentence: Text
    example: str = ""
    by_law: str = ""
    required: bool = True
    long: bool = False
    choices: tuple[tuple[str, Text], ...] = ()


_BODY = Question(
    name="body",
    label=Text("Name der Kommune", "Name of the municipality"),
    sentence=Text("Mit ihrer Rechtsform.", "With its legal form."),
    example="Stadt Auenstadt, Körperschaft des öffentlichen Rechts",
    by_law="§ 5 Abs. 1 Nr. 1 DDG",
)
_ADDRESS = Question(
    name="address",
    label=Text("Anschrift", "Postal address"),
    sentence=Text("Straße, Postleitzahl und Ort; kein Postfach.", "Street, postcode and town; no post office box."),
    example="Am Markt 1, 12345 Auenstadt",
    by_law="§ 5 Abs. 1 Nr. 1 DDG",
    long=True,
)
_MAIL = Question(
    name="mail",
    label=Text("E-Mail-Adresse", "E-mail address"),
    sentence=Text("Sie muss gelesen werden.", "It must be read."),
    example="stadt@auenstadt.example",
    by_law="§ 5 Abs. 1 Nr. 2 DDG",
)
_PHONE = Question(
    name="phone",
    label=Text("Telefon", "Telephone"),
    sentence=Text("Für alle, die lieber sprechen als schreiben.", "For all who rather speak than write."),
    example="01234 567-0",
    by_law="§ 5 Abs. 1 Nr. 2 DDG",
)

FULL, PARTLY, NOT = "full", "partly", "not"

QUESTIONS: dict[Statement, tuple[Question, ...]] = {
    Statement.IMPRINT: (
        _BODY,
        _ADDRESS,
        Question(
            name="represented",
            label=Text("Vertreten durch", "Represented by"),
            sentence=Text("Amt und Name.", "Office and name."),
            example="Bürgermeisterin Maria Muster",
            by_law="§ 5 Abs. 1 Nr. 1 DDG",
        ),
        _MAIL,
        _PHONE,
        Question(
            name="supervision",
            label=Text("Aufsichtsbehörde", "Supervisory authority"),
            sentence=Text("Die Rechtsaufsicht über die Kommune.", "The authority that supervises the municipality."),
            example="Landrätin des Kreises Auental",
            by_law="§ 5 Abs. 1 Nr. 3 DDG",
            required=False,
        ),
        Question(
            name="vat",
            label=Text("Umsatzsteuer-Identifikationsnummer", "VAT identification number"),
            sentence=Text("Nur wenn die Kommune eine hat.", "Only if the municipality has one."),
            example="DE123456789",
            by_law="§ 5 Abs. 1 Nr. 6 DDG, § 27a UStG",
            required=False,
        ),
        Question(
            name="editor",
            label=Text("Verantwortlich für redaktionelle Beiträge", "Answers for editorial contributions"),
            sentence=Text(
                "Name und Anschrift, wenn hier auch Nachrichten oder Geschichten erscheinen.",
                "Name and address, if news or stories appear here too.",
            ),
            example="Karl Muster, Pressestelle, Am Markt 1, 12345 Auenstadt",
            by_law="§ 18 Abs. 2 MStV",
            required=False,
        ),
    ),
    Statement.PRIVACY: (
        msgspec.structs.replace(_BODY, by_law="Art. 13 Abs. 1 lit. a DSGVO"),
        msgspec.structs.replace(_ADDRESS, by_law="Art. 13 Abs. 1 lit. a DSGVO"),
        msgspec.structs.replace(_MAIL, by_law="Art. 13 Abs. 1 lit. a DSGVO"),
        msgspec.structs.replace(_PHONE, by_law="", required=False),
        Question(
            name="officer",
            label=Text("Datenschutzbeauftragte oder Datenschutzbeauftragter", "Data protection officer"),
            sentence=Text(
                "Wie man sie oder ihn erreicht; der Name muss nicht sein.", "How to reach them; no name needed."
            ),
            example="Behördlicher Datenschutz, Am Markt 1, 12345 Auenstadt, datenschutz@auenstadt.example",
            by_law="Art. 13 Abs. 1 lit. b, Art. 37 Abs. 7 DSGVO",
            long=True,
        ),
        Question(
            name="law",
            label=Text("Datenschutzgesetz des Landes", "The Land's data protection law"),
            sentence=Text(
                "Mit dem Paragraphen, nach dem die Kommune Daten für ihre Aufgaben verarbeiten darf.",
                "With the paragraph by which the municipality may process data for its tasks.",
            ),
            example="§ 3 DSG NRW",
            by_law="Art. 13 Abs. 1 lit. c, Art. 6 Abs. 3 DSGVO",
        ),
        Question(
            name="authority",
            label=Text("Aufsichtsbehörde für den Datenschutz", "Data protection authority"),
            sentence=Text("Bei ihr kann man sich beschweren.", "People can complain to it."),
            example="Landesbeauftragte für Datenschutz und Informationsfreiheit",
            by_law="Art. 13 Abs. 2 lit. d, Art. 77 DSGVO",
        ),
        Question(
            name="host",
            label=Text("Wer betreibt den Rechner?", "Who runs the machine?"),
            sentence=Text(
                "Die Stelle oder das Rechenzentrum, als Auftragsverarbeiter nach Art. 28 DSGVO.",
                "The unit or the data centre, as processor under Art. 28 GDPR.",
            ),
            example="Kommunales Rechenzentrum Auental, 12345 Auenstadt",
            by_law="Art. 13 Abs. 1 lit. e DSGVO",
        ),
        Question(
            name="server_log",
            label=Text(
                "Was schreibt der Webserver davor mit, und wie lange?", "What does the web server before it log?"
            ),
            sentence=Text(
                "Allmende selbst schreibt keine Adressen von Lesenden auf. Der Webserver des Rechenzentrums tut es oft.",
                "Allmende itself writes down no addresses of readers. The data centre's web server often does.",
            ),
            example="IP-Adresse, Zeit und Seite, sieben Tage, zur Abwehr von Angriffen",
            by_law="Art. 13 Abs. 2 lit. a DSGVO",
            long=True,
        ),
    ),
    Statement.ACCESSIBILITY: (
        _BODY,
        Question(
            name="status",
            label=Text("Wie barrierefrei sind diese Seiten?", "How accessible are these pages?"),
            sentence=Text("Das Ergebnis der Prüfung.", "The result of the assessment."),
            by_law="Beschluss (EU) 2018/1523, Anhang, Abschnitt 1",
            choices=(
                (FULL, Text("vollständig", "fully")),
                (PARTLY, Text("teilweise", "partially")),
                (NOT, Text("nicht", "not")),
            ),
        ),
        Question(
            name="shortcomings",
            label=Text("Was ist nicht barrierefrei?", "What is not accessible?"),
            sentence=Text(
                "Je Zeile ein Punkt, mit Grund und dem Weg, auf dem man dasselbe erfährt.",
                "One point a line, with the reason and the way to learn the same.",
            ),
            example="Die bewegliche Karte ist ohne Sehen nicht zu bedienen; die Tabelle darunter sagt dasselbe.",
            by_law="Beschluss (EU) 2018/1523, Anhang, Abschnitt 2",
            required=False,
            long=True,
        ),
        Question(
            name="assessed",
            label=Text("Wann und wie geprüft?", "Assessed when and how?"),
            sentence=Text("Selbst oder durch Dritte, mit Datum.", "By yourselves or by others, with the date."),
            example="Selbstbewertung am 1. November 2026",
            by_law="Beschluss (EU) 2018/1523, Anhang, Abschnitt 3",
        ),
        Question(
            name="feedback",
            label=Text("Wo meldet man eine Barriere?", "Where are barriers reported?"),
            sentence=Text(
                "E-Mail, Telefon und Anschrift; wer sich meldet, bekommt eine Antwort.",
                "E-mail, telephone and address; whoever reports gets an answer.",
            ),
            example="barrierefrei@auenstadt.example, 01234 567-0, Am Markt 1, 12345 Auenstadt",
            by_law="Richtlinie (EU) 2016/2102, Art. 7 Abs. 1 lit. b",
            long=True,
        ),
        Question(
            name="law",
            label=Text("Gesetz des Landes", "Law of the Land"),
            sentence=Text(
                "Das Behindertengleichstellungsgesetz des Landes und seine Verordnung.",
                "The Land's law on equal participation and its ordinance.",
            ),
            example="BGG NRW und BITVNRW",
            by_law="Richtlinie (EU) 2016/2102, Art. 1",
        ),
        Question(
            name="enforcement",
            label=Text("Durchsetzungsstelle des Landes", "The Land's enforcement body"),
            sentence=Text(
                "Wohin man sich wendet, wenn die Kommune nicht hilft; je nach Land auch Ombuds- oder Schlichtungsstelle.",
                "Where to turn if the municipality does not help.",
            ),
            example="Ombudsstelle für barrierefreie Informationstechnik des Landes Nordrhein-Westfalen",
            by_law="Richtlinie (EU) 2016/2102, Art. 9",
            long=True,
        ),
    ),
}


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a town's statement."""

    tenant: str
    kind: Statement
    version: int
    at: datetime
    answers: dict[str, str]


def check(kind: Statement, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers without outer blanks; raises Invalid with the ``field`` of what is missing or unfit."""
    asked = {question.name: question for question in QUESTIONS[kind]}
    unknown = sorted(answers.keys() - asked.keys())
    if unknown:
        raise Invalid(Text(f"Danach wird nicht gefragt: {unknown[0]}.", f"That is not asked: {unknown[0]}."))
    found: dict[str, str] = {}
    for name, question in asked.items():
        said = answers.get(name, "").replace("\r\n", "\n").strip()
        most = MOST_LONG if question.long else MOST_SHORT
        if len(said) > most or "\0" in said:
            raise Invalid(Text(f"Höchstens {most} Zeichen.", f"At most {most} characters."), field=name)
        if question.choices and said and said not in dict(question.choices):
            raise Invalid(Text("Bitte eine der Antworten wählen.", "Please choose one of the answers."), field=name)
        if question.required and not said:
            law = f" ({question.by_law})" if question.by_law else ""
            raise Invalid(Text(f"Das muss da stehen{law}.", f"This must be there{law}."), field=name)
        if said:
            found[name] = said
    if found.get("status") in {PARTLY, NOT} and "shortcomings" not in found:
        raise Invalid(
            Text("Sagen Sie, was nicht barrierefrei ist.", "Say what is not accessible."),
            field="shortcomings",
        )
    return found
