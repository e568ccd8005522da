# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Templates for those who run and watch Allmende, filled with the installation's own values.

German only: they are made for bodies under German law. Every one is marked as a template that counsel must check, and names
where its facts come from. What the town has to decide is a line to write on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from allmende.engine.paper.model import (
    Block,
    Column,
    Heading,
    List,
    Note,
    Paper,
    Paragraph,
    Signatures,
    Sources,
    Table,
)
from allmende.engine.paper.model import Facts as Pairs
from allmende.kernel.text import Text
from allmende.organisations.statements import Statement
from allmende.portal.legal.facts import Facts, Who
from allmende.portal.papers.common import Frame

#: Where somebody has to write.
LINE = "______________________________"

Said = Mapping[Statement, Mapping[str, str]]


class Template(msgspec.Struct, frozen=True):
    """A template: its name in addresses, its title, for whom it is, and what makes its blocks."""

    slug: str
    title: Text
    whom: Text
    blocks: Callable[[Facts, Said, Frame], Iterator[Block]]


def paper(template: Template, facts: Facts, said: Said, frame: Frame) -> Paper:
    """Return the template as a paper. ``said`` are the answers of the town's statements."""
    marked = Note(
        title="Muster",
        text="Aus den Einstellungen dieser Installation erzeugt. Vor der Verwendung ist der Text von der Rechtsstelle und von "
        "der oder dem Datenschutzbeauftragten zu prüfen und zu ergänzen.",
        warning=True,
    )
    blocks = (marked, *template.blocks(facts, said, frame))
    return frame.paper(template.title.de, blocks, f"Allmende {facts.version}, {facts.address}")


def size(count: int) -> str:
    """Return bytes as people write them."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}".replace(".", ",")
    return f"{count} Byte"


def _answer(said: Said, kind: Statement, name: str) -> str:
    return said.get(kind, {}).get(name, "") or LINE


def _who(who: Who) -> str:
    titles = " oder ".join(title.de for title in who.roles) or "noch keine Rolle"
    people = {0: "derzeit niemand", 1: "derzeit eine Person"}.get(who.people, f"derzeit {who.people} Personen")
    return f"{titles} ({people})"


def _months(count: int) -> str:
    return "ein ganzer Monat" if count == 1 else f"{count} ganze Monate"


def _after(count: int) -> str:
    return "nach einem ganzen Monat" if count == 1 else f"nach {count} ganzen Monaten"


# --- for the data centre ----------------------------------------------------------------------------------------------


def _data_centre(facts: Facts, said: Said, frame: Frame) -> Iterator[Block]:
    del frame
    yield Paragraph(
        text="Dieses Blatt sagt dem Rechenzentrum, was Allmende braucht und tut. Der verbindliche Vertrag für den Betrieb steht "
        "in docs/reference/operation.md der ausgelieferten Fassung."
    )
    yield Heading(text="Rechner")
    yield Pairs(
        pairs=(
            ("Betriebssystem", "Debian oder Ubuntu (Linux ab 5.13 mit Landlock und seccomp), Python 3.11"),
            (
                "Größe",
                (
                    "Richtwert für eine kleine Stadt: 2 Prozessorkerne, 4 GiB Speicher, 20 GiB Platz; mehr je Kopie großer "
                    "Quellen. Gemessenes steht in docs/reference/performance.md"
                ),
            ),
            ("Belegt heute", f"Datenbank {size(facts.database_bytes)}; frei {size(facts.free_bytes)}"),
            ("Datenordner", f"{facts.data_folder} (nur für den Dienst lesbar, 0700)"),
            ("Schlüsseldatei", "außerhalb des Datenordners und jeder Sicherung (0600)"),
            (
                "Datenbank",
                "PostgreSQL im Datenordner, ohne Netzanschluss" if facts.embedded else "PostgreSQL des Betreibers",
            ),
            ("Betrieb durch", _answer(said, Statement.PRIVACY, "host")),
        )
    )
    yield Heading(text="Netz")
    yield Table(
        caption="Was herein- und was hinausgeht",
        columns=(Column(title="Richtung", width=2), Column(title="Wohin", width=4), Column(title="Wozu", width=5)),
        rows=(
            ("herein", facts.address, "Seiten und Schnittstellen über HTTP; TLS endet im Webserver davor"),
            ("zu Quellen", "nur Adressen, die in den Anbindungen stehen", "Fachverfahren lesen; interne Adressen gibt die Verwaltung des Mandanten einzeln frei"),
            ("zu E-Mail", facts.mail_server or "keine (Dateien im Datenordner)", "Einladungen und Hinweise"),
            ("sonst hinaus", "nichts", "keine Telemetrie, keine Schriften, Karten oder Programme von fremden Servern"),
        ),
    )  # fmt: skip
    if not facts.encrypted:
        yield Note(
            text="Die öffentliche Adresse beginnt nicht mit https://. Für den Betrieb mit Anmeldung ist TLS nötig "
            "(ALLMENDE_URL).",
            warning=True,
        )
    yield Heading(text="Prozesse")
    yield Table(
        caption="allmende serve beaufsichtigt",
        columns=(Column(title="Prozess", width=2), Column(title="Aufgabe", width=5), Column(title="Kennt", width=4)),
        rows=(
            ("PostgreSQL", "Register, Aufträge, Nachweis", "–"),
            ("query", "je Frage ein abgeschotteter Prozess", "weder Datenbankpasswort noch Schlüssel"),
            ("jobs", "nächtliche Auszüge, Prüfung der Quellen, Anker", "beides"),
            ("web", "Seiten, Schnittstellen, Papiere", "beides"),
        ),
    )
    yield Heading(text="Sicherung und Wiederherstellung")
    yield List(
        items=(
            ("allmende backup DATEI sichert Register, Nachweis und Dateien im laufenden Betrieb; allmende restore DATEI spielt "
            "zurück."),
            "Die Schlüsseldatei gehört getrennt gesichert, nie in dieselbe Sicherung.",
            f"Sicherungen sind {_after(facts.key_months)} zu vernichten: so lange leben die Schlüssel der Pseudonyme.",
            "Anker des Nachweises: "
            + ("liegen außerhalb des Datenordners" if facts.anchors_apart else "liegen noch im Datenordner; ALLMENDE_ANCHOR_FOLDER auf einen fremden Rechner legen")
            + f"; {facts.anchor_mails} Adressen erhalten sie als E-Mail.",
        )
    )  # fmt: skip
    yield Heading(text="Aktualisierung")
    yield List(
        items=(
            "Neue Fassung einspielen (pip install), Dienst neu starten; die Datenbank wird beim Start nachgezogen.",
            "allmende doctor prüft Rechner und Einstellungen; GET /health nennt den Zustand jedes Teils.",
        )
    )
    yield Sources(items=("docs/reference/operation.md", "docs/how-to/backup.md", "Einstellungen dieser Installation"))


# --- record of processing ---------------------------------------------------------------------------------------------


def _vvt(facts: Facts, said: Said, frame: Frame) -> Iterator[Block]:
    yield Paragraph(
        text="Eintrag für Allmende selbst. Was in den angebundenen Datensätzen über Menschen steht, hat im Verzeichnis eigene "
        "Einträge der jeweiligen Fachverfahren."
    )
    yield Heading(text="Verantwortliche (Art. 30 Abs. 1 Satz 2 lit. a DSGVO)")
    yield Pairs(
        pairs=(
            (
                "Verantwortlicher",
                f"{_answer(said, Statement.PRIVACY, 'body')}\n{_answer(said, Statement.PRIVACY, 'address')}",
            ),
            ("Datenschutzbeauftragte/r", _answer(said, Statement.PRIVACY, "officer")),
            ("Zuständige Stelle", LINE),
            ("Kommune", frame.town.name),
        )
    )
    yield Heading(text="Zwecke (lit. b)")
    yield List(
        items=(
            "Daten der Kommune auffindbar machen und nach den Regeln der Register auswerten lassen",
            "Konten, Rollen und Zugangsschlüssel der Nutzenden verwalten",
            "Zugriffe auf nicht offene Daten nachweisen (Art. 5 Abs. 2, Art. 32 DSGVO)",
        )
    )
    yield Paragraph(
        text=f"Rechtsgrundlage: Art. 6 Abs. 1 lit. c und e DSGVO, {_answer(said, Statement.PRIVACY, 'law')}"
    )
    yield Heading(text="Betroffene, Daten, Löschfristen (lit. c und f)")
    yield Table(
        caption="Was Allmende selbst verarbeitet",
        columns=(
            Column(title="Betroffene", width=3),
            Column(title="Daten", width=5),
            Column(title="Löschung", width=4),
        ),
        rows=(
            ("Beschäftigte mit Konto", "Name, E-Mail, Stelle, Rollen, Prüfwert des Passworts, zweiter Faktor (verschlüsselt)", "mit dem Konto; geschlossene Konten nach Entscheidung der Kommune"),
            ("Beschäftigte mit Konto", "Sitzung", f"nach höchstens {facts.session_hours} Stunden ungültig"),
            ("Programme und ihre Betreuenden", "Prüfwert und letzte vier Zeichen des Tokens, Zwecke, Frist", "mit dem Konto"),
            ("Beschäftigte, die nicht offene Daten lesen", "Zeit, Stelle, Pseudonym, Datensatz, Zweck, Ergebnis, Regel, Frage ohne Werte", f"Bezug zur Person: {_after(facts.key_months)} (Schlüssel vernichtet); der Eintrag bleibt"),
            ("Lesende offener Daten", "keine Personen; Zähler je Datensatz und Tag", "–"),
            ("Wer sich anmeldet", "Netzadresse und Konto in der Grenze für Fehlversuche", "Minuten"),
            ("Empfangende von E-Mails", "Adresse, Text der Einladung oder des Hinweises", "im Postausgang des Mailservers der Kommune"),
        ),
    )  # fmt: skip
    yield Heading(text="Empfänger und Drittländer (lit. d und e)")
    yield Pairs(
        pairs=(
            ("Auftragsverarbeiter", _answer(said, Statement.PRIVACY, "host")),
            ("Mailserver", facts.mail_server or "keiner eingerichtet"),
            ("Andere Empfänger", "keine"),
            (
                "Drittländer",
                "keine Übermittlung; das Programm nimmt nur Verbindungen auf, die jemand eingerichtet hat",
            ),
        )
    )
    yield Heading(text="Technische und organisatorische Maßnahmen (lit. g, Art. 32 Abs. 1 DSGVO)")
    yield List(
        items=(
            "Jeder Zugriff wird einzeln entschieden, mit Zweck und Regel; keine Rolle gibt von selbst Zugang zu Daten.",
            "Jede Frage läuft in einem eigenen, abgeschotteten Prozess (Landlock, seccomp, Grenzen für Zeit und Speicher).",
            "Nachweis als verkettete Prüfsummen, jede Nacht signiert (Ed25519) und "
            + ("an einem anderen Ort abgelegt." if facts.anchors_apart or facts.anchor_mails else "im Datenordner abgelegt; ein anderer Ort ist noch einzurichten."),
            "Zugangsdaten der Quellen und zweite Faktoren verschlüsselt; der Schlüssel liegt außerhalb der Daten und Sicherungen.",
            "Passwörter ab zwölf Zeichen als Argon2-Prüfwert; zweiter Faktor für Rollen mit Befugnissen.",
            "Verschlüsselte Übertragung: " + ("ja (https)." if facts.encrypted else "noch nicht eingerichtet."),
        )
    )  # fmt: skip
    yield Sources(
        items=("DSGVO, Art. 30 und 32", "docs/explanation/decision-log.md", "Einstellungen dieser Installation")
    )
    yield Signatures(lines=("Ort, Datum, Verantwortliche/r", "Datenschutzbeauftragte/r"))


# --- agreement with the staff council ---------------------------------------------------------------------------------


def _staff_council(facts: Facts, said: Said, frame: Frame) -> Iterator[Block]:
    body = said.get(Statement.PRIVACY, {}).get("body", "") or frame.town.name
    yield Paragraph(
        text=f"Zwischen {body}, vertreten durch {LINE}, und dem Personalrat, vertreten durch {LINE}, wird vereinbart:"
    )
    yield Heading(text="§ 1 Gegenstand")
    yield Paragraph(
        text="Der Nachweis der Zugriffe der Datenplattform Allmende. Er dient dem Nachweis gegenüber Bürgerinnen und Bürgern, "
        "Gerichten und Aufsicht, wofür Daten genutzt wurden. Er dient nicht der Kontrolle von Verhalten oder Leistung; dazu "
        "wird er nicht ausgewertet, und Erkenntnisse daraus werden dafür nicht verwertet."
    )
    yield Heading(text="§ 2 Was aufgezeichnet wird")
    yield List(
        items=(
            (
                "bei Daten, die nicht offen sind, und bei Änderungen der Register: Zeit, Kommune, Stelle, Art (Person, Programm), "
                "Zweck, Datensätze, Regel, Ergebnis und die Form der Frage ohne die gesuchten Werte"
            ),
            "statt des Namens ein Pseudonym (96 Bit, HMAC-SHA-256) mit einem Schlüssel, der jeden Monat wechselt",
            "bei offenen Daten nur ein Zähler je Datensatz und Tag",
        )
    )
    yield Paragraph(
        text="Nicht aufgezeichnet werden: Namen, Netzadressen, Zeitpunkt der Anmeldung, gesuchte Werte, Dauer der Arbeit. Es gibt "
        "keine Statistik je Person; kein Bericht und keine Schnittstelle sortiert, zählt oder sucht nach Pseudonymen."
    )
    yield Heading(text="§ 3 Wer einsehen darf")
    yield Paragraph(text=f"Den Nachweis ohne Namen sieht ein: {_who(facts.inspects)}.")
    yield Heading(text="§ 4 Aufdecken eines Namens")
    yield List(
        items=(
            f"Antrag mit Begründung: {_who(facts.asks)}",
            f"Zustimmung des Datenschutzes: {_who(facts.approves_protection)}",
            f"Zustimmung des Personalrats: {_who(facts.approves_council)}",
            (
                "Es müssen zwei verschiedene Menschen zustimmen. Der Name wird einmal gezeigt, nur der Person, die gefragt hat, "
                "innerhalb von dreißig Tagen. Antrag, Zustimmungen und Aufdecken stehen selbst im Nachweis."
            ),
            "Die Technik und die Verwaltung des Mandanten können keinen Namen aufdecken.",
        ),
        numbered=True,
    )
    if not facts.approves_council.people:
        yield Note(
            text="Derzeit hat niemand die Rolle des Personalrats. Solange das so ist, kann kein Name aufgedeckt werden.",
            warning=True,
        )
    yield Heading(text="§ 5 Vernichtung")
    yield Paragraph(
        text=f"Die Schlüssel der Pseudonyme werden vernichtet, sobald seit dem Ende ihres Monats {_months(facts.key_months)} "
        "vergangen sind (Einstellung ALLMENDE_PSEUDONYM_MONTHS). Danach kann niemand mehr feststellen, wer hinter den "
        "Einträgen stand. Sicherungen werden nach derselben Zeit vernichtet. Eine Änderung der Frist braucht die Zustimmung "
        "des Personalrats."
    )
    yield Heading(text="§ 6 Schutz vor Veränderung")
    yield Paragraph(
        text="Die Einträge sind verkettet; der Stand wird jede Nacht signiert und "
        + ("an einem Ort außerhalb des Datenordners abgelegt" if facts.anchors_apart else "im Datenordner abgelegt")
        + (f" und an {facts.anchor_mails} Adressen versandt" if facts.anchor_mails else "")
        + f". Der Personalrat erhält die Anker an: {LINE}"
    )
    yield Heading(text="§ 7 Stellen mit einer Person")
    yield Paragraph(
        text="Wer allein in einer Stelle arbeitet, ist auch ohne Namen zu erkennen. Solche Konten werden der nächsthöheren Stelle "
        "zugeordnet."
    )
    yield Heading(text="§ 8 Prüfung, Änderung, Ende")
    yield Paragraph(
        text="Der Personalrat kann jederzeit prüfen lassen, ob diese Vereinbarung eingehalten wird; der Quelltext ist offen. Neue "
        f"Funktionen, die Daten von Beschäftigten verarbeiten, werden vorher vorgelegt. Kündigungsfrist: {LINE}"
    )
    yield Sources(
        items=(
            (
                "Personalvertretungsgesetz des Landes, Mitbestimmung bei technischen Einrichtungen, die Verhalten oder Leistung "
                "überwachen können (zum Vergleich: BPersVG § 80 Abs. 1 Nr. 21)"
            ),
            "DSGVO, Art. 5, 25, 32 und 88",
            "docs/explanation/decision-log.md; Einstellungen und Rollen dieser Installation",
        )
    )
    yield Signatures(
        lines=("Für die Dienststelle: Ort, Datum, Unterschrift", "Für den Personalrat: Ort, Datum, Unterschrift")
    )


# --- screening for an impact assessment -------------------------------------------------------------------------------


def _screening(facts: Facts, said: Said, frame: Frame) -> Iterator[Block]:
    del said, frame
    yield Paragraph(
        text="Ob vor der Einführung eine Datenschutz-Folgenabschätzung nötig ist (Art. 35 DSGVO). Geprüft wird Allmende selbst: "
        "Konten, Anmeldung, Nachweis. Für jeden angebundenen Datensatz mit Personenbezug ist eigens zu prüfen."
    )
    yield Heading(text="Neun Kriterien (WP 248 Rev. 01)")
    yield Paragraph(text="Treffen zwei oder mehr zu, ist in der Regel eine Folgenabschätzung durchzuführen.")
    yield Table(
        columns=(
            Column(title="Kriterium", width=4),
            Column(title="Was Allmende tut", width=6),
            Column(title="Einschätzung der Kommune", width=3),
        ),
        rows=(
            ("1. Bewerten oder Einstufen", "Keine Bewertung von Menschen, kein Profil", LINE[:14]),
            ("2. Automatisierte Entscheidung mit Rechtswirkung", "Entschieden wird über Zugriffe auf Daten, nicht über Menschen (Art. 22 DSGVO nicht berührt)", LINE[:14]),
            ("3. Systematische Überwachung", f"Nachweis der Zugriffe: pseudonym, ohne Statistik je Person, Schlüssel {_months(facts.key_months)}; Namen nur mit Datenschutz und Personalrat", LINE[:14]),
            ("4. Vertrauliche oder höchst persönliche Daten", "In Allmende selbst keine; in Datensätzen nur mit Rechtsgrundlage, dort eigens prüfen", LINE[:14]),
            ("5. Verarbeitung in großem Umfang", "Konten der Beschäftigten; offene Daten ohne Personen", LINE[:14]),
            ("6. Abgleichen oder Zusammenführen", "Fragen über mehrere Datensätze sind möglich; jeder Zugriff nur mit Erlaubnis und Zweck, gezählte Personen nur als geschützte Tabellen", LINE[:14]),
            ("7. Schutzbedürftige Betroffene", "Beschäftigte stehen in einem Abhängigkeitsverhältnis", LINE[:14]),
            ("8. Neue Technik", "Bekannte Technik; offener Quelltext", LINE[:14]),
            ("9. Hindert an Recht oder Leistung", "Nein; jeder digitale Weg hat einen auf Papier, am Telefon und am Schalter", LINE[:14]),
        ),
    )  # fmt: skip
    yield Heading(text="Liste der Aufsichtsbehörde (Art. 35 Abs. 4 DSGVO)")
    yield List(
        items=(
            f"Steht die Verarbeitung auf der Muss-Liste der Aufsichtsbehörde des Landes? {LINE}",
            f"Gibt es eine Folgenabschätzung des Rechenzentrums oder einer anderen Kommune, auf die man sich stützen kann? {LINE}",
        )
    )
    yield Heading(text="Ergebnis")
    yield List(
        items=(
            f"Folgenabschätzung nötig (ja oder nein): {LINE}",
            f"Begründung: {LINE}{LINE}",
            f"Rat der oder des Datenschutzbeauftragten eingeholt am (Art. 35 Abs. 2 DSGVO): {LINE}",
            f"Wiedervorlage: {LINE}",
        )
    )
    yield Sources(
        items=(
            "DSGVO, Art. 35",
            "Leitlinien zur Datenschutz-Folgenabschätzung, WP 248 Rev. 01 der Artikel-29-Gruppe, bestätigt vom EDSA",
            "docs/explanation/decision-log.md; Einstellungen dieser Installation",
        )
    )
    yield Signatures(lines=("Ort, Datum, Verantwortliche/r", "Datenschutzbeauftragte/r"))


TEMPLATES = {
    template.slug: template
    for template in (
        Template(
            "rechenzentrum",
            Text("Blatt für das Rechenzentrum", "Sheet for the data centre"),
            Text(
                "Ports, Größe, Sicherung, Aktualisierung, Prozesse, was hinausgeht",
                "Ports, size, backup, update, processes, what goes out",
            ),
            _data_centre,
        ),
        Template(
            "vvt",
            Text("Eintrag im Verzeichnis der Verarbeitungstätigkeiten", "Entry in the record of processing"),
            Text("Art. 30 DSGVO, für Allmende selbst", "Art. 30 GDPR, for Allmende itself"),
            _vvt,
        ),
        Template(
            "personalrat",
            Text(
                "Dienstvereinbarung zum Nachweis der Zugriffe", "Agreement with the staff council on the decision log"
            ),
            Text(
                "Was aufgezeichnet wird, wer einen Namen erfährt, wann Schlüssel vernichtet werden",
                "What is logged, who may learn a name, when keys are destroyed",
            ),
            _staff_council,
        ),
        Template(
            "schwellwertanalyse",
            Text(
                "Schwellwertanalyse zur Datenschutz-Folgenabschätzung",
                "Screening for a data protection impact assessment",
            ),
            Text("Art. 35 DSGVO", "Art. 35 GDPR"),
            _screening,
        ),
    )
}
