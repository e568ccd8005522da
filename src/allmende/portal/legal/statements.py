# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The statements of a town as papers: imprint, privacy notice, accessibility statement.

What is not filled in yet is named as missing, with the rule that wants it; what Allmende itself does is said in any case,
since that is known. In English every statement says that the German one is binding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from allmende.engine.paper.model import Block, Facts, Heading, List, Note, Paper, Paragraph, Sources
from allmende.organisations.statements import FULL, NOT, QUESTIONS, Question, Statement, StatementView
from allmende.portal.legal.facts import Facts as Installation
from allmende.portal.papers.common import Frame, day

Answers = Mapping[str, str]


def paper(kind: Statement, made: StatementView | None, installation: Installation, frame: Frame) -> Paper:
    """Return the statement; ``made`` is None where the town has not filled it in."""
    answers = made.answers if made else {}
    blocks: list[Block] = []
    if frame.language == "en":
        blocks.append(Note(text="This is a translation. The German statement is binding."))
    if made is None:
        blocks += _missing(kind, frame)
    if kind is Statement.IMPRINT:
        blocks += _imprint(answers, frame)
    elif kind is Statement.PRIVACY:
        blocks += _privacy(answers, installation, frame)
    else:
        blocks += _accessibility(answers, frame)
    blocks.append(Sources(items=_LAWS[kind].get(frame.language, ())))
    return frame.paper(frame.said(kind.label), blocks, _valid(made, frame))


def _valid(made: StatementView | None, frame: Frame) -> str:
    if made is None:
        return frame("Noch nicht ausgefüllt", "Not filled in yet")
    return frame(
        f"Fassung {made.version} vom {_day(made.at, frame)}", f"Version {made.version} of {_day(made.at, frame)}"
    )


def _day(moment: datetime, frame: Frame) -> str:
    return day(moment, frame)


def _missing(kind: Statement, frame: Frame) -> Iterator[Block]:
    yield Note(
        title=frame("Diese Angaben fehlen noch", "These particulars are still missing"),
        text=frame(
            f"{frame.town.name} hat diese Seite noch nicht ausgefüllt. Was hier stehen muss:",
            f"{frame.town.name} has not filled in this page yet. What must stand here:",
        ),
        warning=True,
    )
    asked = [question for question in QUESTIONS[kind] if question.required]
    yield List(items=tuple(_wanted(question, frame) for question in asked))


def _wanted(question: Question, frame: Frame) -> str:
    return frame.said(question.label) + (f" ({question.by_law})" if question.by_law else "")


def _given(kind: Statement, answers: Answers, names: tuple[str, ...], frame: Frame) -> Iterator[Facts]:
    asked = {question.name: question for question in QUESTIONS[kind]}
    pairs = tuple((frame.said(asked[name].label), answers[name]) for name in names if name in answers)
    if pairs:
        yield Facts(pairs=pairs)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip(" -•\t") for line in text.splitlines() if line.strip(" -•\t"))


# --- imprint ----------------------------------------------------------------------------------------------------------


def _imprint(answers: Answers, frame: Frame) -> Iterator[Block]:
    names = ("body", "address", "represented", "mail", "phone", "supervision", "vat", "editor")
    yield from _given(Statement.IMPRINT, answers, names, frame)
    yield Heading(text=frame("Zu den Daten auf diesen Seiten", "On the data on these pages"))
    yield Paragraph(
        text=frame(
            "Für jeden Datensatz nennt seine Seite die verantwortliche Stelle, die Lizenz und die Einschränkungen der "
            "Aussagekraft. Angaben zur Aktualisierung sind voraussichtlich, wo nichts anderes dort steht.",
            "Each data set’s page names the unit that answers for it, the licence and the limits. What is said about "
            "updates is expected only, unless the page says otherwise.",
        )
    )


# --- privacy ----------------------------------------------------------------------------------------------------------


def _privacy(answers: Answers, installation: Installation, frame: Frame) -> Iterator[Block]:
    if answers:
        yield Heading(text=frame("Wer verantwortlich ist", "Who is responsible"))
        yield from _given(
            Statement.PRIVACY, answers, ("body", "address", "mail", "phone", "officer", "host", "authority"), frame
        )
    law = answers.get("law", "")
    yield Heading(text=frame("Rechtsgrundlagen", "Legal bases"))
    yield Paragraph(
        text=frame(
            "Die Kommune verarbeitet Daten für ihre öffentlichen Aufgaben (Art. 6 Abs. 1 lit. e und Abs. 3 DSGVO"
            + (f", {law}" if law else " mit dem Datenschutzgesetz des Landes")
            + ") und, um die Sicherheit der Verarbeitung nachzuweisen, aus rechtlicher Pflicht (Art. 6 Abs. 1 lit. c mit Art. "
            "5 Abs. 2 und Art. 32 DSGVO). Auf Einwilligungen stützt sie sich hier nicht.",
            "The municipality processes data for its public tasks (Art. 6(1)(e) and (3) GDPR"
            + (f", {law}" if law else " with the Land’s data protection law")
            + ") and, to prove the security of processing, under a legal obligation (Art. 6(1)(c) with Art. 5(2) and Art. "
            "32 GDPR). It does not rest on consent here.",
        )
    )
    yield Heading(text=frame("Wenn Sie hier lesen", "When you read here"))
    yield Paragraph(
        text=frame(
            "Wer offene Daten liest, wird nicht aufgezeichnet. Gezählt wird nur, wie oft ein Datensatz an einem Tag gelesen "
            "wurde, ohne Adresse und ohne Person. Damit nicht ein Programm alle anderen aufhält, merkt sich der laufende "
            "Dienst die Netzadresse, von der Fragen kommen, im Arbeitsspeicher; gespeichert wird sie nicht. Die Seiten laden "
            "nichts von fremden Servern.",
            "Whoever reads open data is not recorded. Only how often a data set was read on a day is counted, without "
            "address and without person. So that one program does not hold up all others, the running service remembers "
            "the network address questions come from in memory; it is not stored. The pages load nothing from other "
            "servers.",
        )
    )
    if "server_log" in answers:
        yield Paragraph(text=frame("Der Webserver davor: ", "The web server in front: ") + answers["server_log"])
    yield Heading(text=frame("Cookies", "Cookies"), level=2)
    yield List(
        items=(
            frame(
                "„csrftoken“ schützt Formulare davor, dass andere sie in Ihrem Namen absenden. Es verschwindet, wenn Sie den "
                "Browser schließen.",
                "“csrftoken” protects forms from being sent by others in your name. It vanishes when you close the browser.",
            ),
            frame(
                f"„{installation.language_cookie}“ merkt sich die Sprache, nur wenn Sie sie umschalten, bis Sie den Browser "
                "schließen.",
                f"“{installation.language_cookie}” remembers the language, only if you switch it, until you close the "
                "browser.",
            ),
            frame(
                f"„sessionid“ hält Beschäftigte angemeldet, bis sie sich abmelden oder den Browser schließen, höchstens "
                f"{installation.session_hours} Stunden.",
                f"“sessionid” keeps staff signed in until they sign out or close the browser, at most "
                f"{installation.session_hours} hours.",
            ),
        )
    )
    yield Paragraph(
        text=frame(
            "Mehr Cookies gibt es nicht. Diese drei sind unbedingt nötig, eine Einwilligung braucht es dafür nicht (§ 25 Abs. "
            "2 Nr. 2 TDDDG).",
            "There are no other cookies. These three are strictly necessary; they need no consent (§ 25(2) no. 2 TDDDG).",
        )
    )
    yield Heading(text=frame("Wenn Sie ein Konto haben", "If you have an account"))
    yield List(
        items=(
            frame(
                "Name, dienstliche E-Mail-Adresse, Stelle und Rollen; das Passwort nur als Prüfwert (Argon2), der zweite "
                "Faktor verschlüsselt. Sie bleiben, bis das Konto geschlossen wird.",
                "Name, work e-mail address, unit and roles; the password as a hash only (Argon2), the second factor "
                "encrypted. They stay until the account is closed.",
            ),
            frame(
                "Zugangsschlüssel für Programme (Token): nur ein Prüfwert, die letzten vier Zeichen, die Zwecke und die Frist.",
                "Tokens for programs: a hash only, the last four characters, the purposes and the term.",
            ),
            frame(
                "Beim Anmelden zählt die Netzadresse eine Minute, das Konto fünf Minuten lang in der Grenze für Fehlversuche.",
                "When signing in, the network address counts for a minute and the account for five minutes in the limit of "
                "failed attempts.",
            ),
            frame(
                "E-Mails: Einladung, Link für ein neues Passwort, Hinweis auf ein geändertes Passwort oder einen geänderten "
                "zweiten Faktor, dazu Erinnerungen an Fristen und die Wochenübersicht, soweit sie eingerichtet sind.",
                "E-mails: invitation, link for a new password, notice of a changed password or second factor, "
                "and reminders of terms and the weekly summary where they are set up.",
            ),
        )
    )
    yield Heading(text=frame("Nachweis der Zugriffe", "Decision log"))
    yield Paragraph(
        text=frame(
            "Zugriffe auf Daten, die nicht offen sind, und Änderungen an den Registern werden nachgewiesen: Zeit, Stelle, "
            "Datensatz, Zweck, Ergebnis, angewandte Regel und die Form der Frage ohne die gesuchten Werte. Statt eines Namens "
            "steht dort ein Pseudonym, dessen Schlüssel jeden Monat wechselt und nach "
            + ("einem ganzen Monat" if installation.key_months == 1 else f"{installation.key_months} ganzen Monaten")
            + " vernichtet wird; danach kann niemand mehr feststellen, wer es war. "
            "Einen Namen erfährt man vorher nur, wenn Datenschutz und Personalrat einem begründeten Antrag zustimmen. "
            "Auswertungen über einzelne Beschäftigte gibt es nicht.",
            "Access to data that are not open and changes of the registers are logged: time, unit, data set, purpose, outcome, "
            "the rule applied and the shape of the question without the values searched for. In place of a name stands a "
            "pseudonym whose key changes every month and is destroyed after "
            f"{installation.key_months} whole months; then nobody can find out who it was. Before, a name is shown only if "
            "data protection officer and staff council approve a request with a reason. There are no statistics on single "
            "members of staff.",
        )
    )
    yield Heading(text=frame("Empfänger, Drittländer, Entscheidungen", "Recipients, third countries, decisions"))
    yield Paragraph(
        text=frame(
            "Daten über Sie gehen an niemanden außer an den genannten Betrieb des Rechners. Sie werden nicht in Länder "
            "außerhalb der Europäischen Union übermittelt. Automatisierte Entscheidungen über Sie (Art. 22 DSGVO) gibt es "
            "nicht.",
            "Data about you go to nobody but the named operator of the machine. They are not transferred outside the European "
            "Union. There are no automated decisions about you (Art. 22 GDPR).",
        )
    )
    yield Heading(text=frame("Ihre Rechte", "Your rights"))
    yield List(
        items=(
            frame("Auskunft (Art. 15 DSGVO)", "Access (Art. 15 GDPR)"),
            frame("Berichtigung (Art. 16 DSGVO)", "Rectification (Art. 16 GDPR)"),
            frame("Löschung (Art. 17 DSGVO)", "Erasure (Art. 17 GDPR)"),
            frame("Einschränkung der Verarbeitung (Art. 18 DSGVO)", "Restriction of processing (Art. 18 GDPR)"),
            frame("Widerspruch aus Gründen Ihrer besonderen Situation (Art. 21 DSGVO)", "Objection (Art. 21 GDPR)"),
            frame(
                "Beschwerde bei der Aufsichtsbehörde (Art. 77 DSGVO)"
                + (f": {answers['authority']}" if "authority" in answers else ""),
                "Complaint to the data protection authority (Art. 77 GDPR)"
                + (f": {answers['authority']}" if "authority" in answers else ""),
            ),
        )
    )
    yield Paragraph(
        text=frame(
            "Ein Brief, ein Anruf oder ein Besuch gilt so viel wie eine E-Mail. Was in den Datensätzen über Menschen steht, "
            "verantwortet die Stelle, die auf der Seite des Datensatzes genannt ist.",
            "A letter, a call or a visit counts as much as an e-mail. For what data sets say about people, the unit answers "
            "that the data set’s page names.",
        )
    )


# --- accessibility ----------------------------------------------------------------------------------------------------


def _accessibility(answers: Answers, frame: Frame) -> Iterator[Block]:
    law = answers.get("law", "")
    body = answers.get("body", frame.town.name)
    yield Paragraph(
        text=frame(
            f"{body} ist bemüht, diese Seiten barrierefrei zugänglich zu machen"
            + (f", nach {law}" if law else "")
            + " und nach der Richtlinie (EU) 2016/2102. Maßstab sind die EN 301 549 und die WCAG 2.2, Stufe AA.",
            f"{body} is committed to making these pages accessible"
            + (f", under {law}" if law else "")
            + " and Directive (EU) 2016/2102. The measure is EN 301 549 and WCAG 2.2, level AA.",
        )
    )
    yield Heading(text=frame("Stand der Vereinbarkeit mit den Anforderungen", "Compliance status"))
    status = answers.get("status", "")
    if status:
        german = {FULL: "vollständig", NOT: "nicht"}.get(status, "teilweise")
        english = {FULL: "fully", NOT: "not"}.get(status, "partially")
        yield Paragraph(
            text=frame(
                f"Diese Seiten sind mit den Anforderungen {german} vereinbar.",
                f"These pages are {english} compliant with the requirements.",
            )
        )
    else:
        yield Paragraph(
            text=frame(
                "Die Kommune hat die Seiten noch nicht selbst bewertet.",
                "The municipality has not assessed the pages itself yet.",
            )
        )
    yield Heading(text=frame("Nicht barrierefreie Inhalte", "Content that is not accessible"))
    ours = frame(
        "Die bewegliche Karte ist ohne Sehen nicht sinnvoll zu bedienen. Dasselbe steht als Bild und als Tabelle darunter.",
        "The moving map is of no use without sight. The same stands below it as a picture and as a table.",
    )
    theirs = _lines(answers.get("shortcomings", ""))
    yield List(items=theirs or (ours,))
    yield Heading(text=frame("Wie geprüft wird", "How it is assessed"))
    yield List(
        items=(
            *((answers["assessed"],) if "assessed" in answers else ()),
            frame(
                "Der Hersteller prüft jede Art von Seite bei jeder Änderung mit axe-core, hell und dunkel, schmal und breit, und "
                "dass alles mit der Tastatur und ohne JavaScript geht.",
                "The maker checks each type of page with axe-core at every change, light and dark, narrow and wide, and that "
                "everything works by keyboard and without JavaScript.",
            ),
            frame(
                "Papiere (PDF) werden mit veraPDF auf PDF/UA-1 geprüft.",
                "Papers (PDF) are checked with veraPDF for PDF/UA-1.",
            ),
        )
    )
    yield Heading(text=frame("Barriere melden", "Report a barrier"))
    if "feedback" in answers:
        yield Paragraph(
            text=frame(
                "Stoßen Sie auf eine Barriere, oder brauchen Sie etwas in anderer Form? Sagen Sie es uns; Sie erhalten eine "
                "Antwort.",
                "Have you met a barrier, or do you need something in another form? Tell us; you will get an answer.",
            )
        )
        yield Paragraph(text=answers["feedback"])
    else:
        yield Paragraph(
            text=frame(
                f"Sagen Sie es bitte der Stadtverwaltung {frame.town.name}: schriftlich, am Telefon oder am Schalter.",
                f"Please tell the administration of {frame.town.name}: in writing, by telephone or at the counter.",
            )
        )
    yield Heading(text=frame("Durchsetzungsverfahren", "Enforcement procedure"))
    if "enforcement" in answers:
        yield Paragraph(
            text=frame(
                "Bekommen Sie keine Antwort oder hilft sie nicht, können Sie sich wenden an:",
                "If you get no answer, or none that helps, you can turn to:",
            )
        )
        yield Paragraph(text=answers["enforcement"])
    else:
        yield Paragraph(
            text=frame(
                "Hilft das nicht, gibt es in jedem Land eine Durchsetzungsstelle (auch Ombuds- oder Schlichtungsstelle). Welche "
                "hier zuständig ist, hat die Kommune noch nicht eingetragen.",
                "If that does not help, each Land has an enforcement body. The municipality has not entered yet which one it "
                "is here.",
            )
        )


_LAWS: dict[Statement, dict[str, tuple[str, ...]]] = {
    Statement.IMPRINT: {
        "de": ("Digitale-Dienste-Gesetz (DDG), § 5", "Medienstaatsvertrag (MStV), § 18"),
        "en": ("German Digital Services Act (DDG), § 5", "Interstate Media Treaty (MStV), § 18"),
    },
    Statement.PRIVACY: {
        "de": (
            "Verordnung (EU) 2016/679 (DSGVO), Art. 13",
            "Telekommunikation-Digitale-Dienste-Datenschutz-Gesetz (TDDDG), § 25",
        ),
        "en": ("Regulation (EU) 2016/679 (GDPR), Art. 13", "German TDDDG, § 25"),
    },
    Statement.ACCESSIBILITY: {
        "de": (
            "Richtlinie (EU) 2016/2102, Art. 7 und 9",
            "Durchführungsbeschluss (EU) 2018/1523 (Muster der Erklärung)",
            "Behindertengleichstellungsrecht des Landes; im Bund BITV 2.0, § 7",
        ),
        "en": (
            "Directive (EU) 2016/2102, Art. 7 and 9",
            "Implementing Decision (EU) 2018/1523 (model statement)",
            "The Land’s law on equal participation; for the federation BITV 2.0, § 7",
        ),
    },
}
