# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The rules of the decision point by their stable ids. docs/reference/rights.md shows them; a test compares."""

from __future__ import annotations

import msgspec

from allmende.kernel.text import Text
from allmende.rights.terms import Outcome


class Rule(msgspec.Struct, frozen=True):
    """One rule: its id stands in decisions and in the log and never changes its meaning."""

    id: str
    outcome: Outcome
    text: Text


def _rule(id_: str, outcome: Outcome, de: str, en: str) -> Rule:
    rule = Rule(id_, outcome, Text(de, en))
    RULES[id_] = rule
    return rule


#: Every rule, in the order in which they are tried.
RULES: dict[str, Rule] = {}

_ALLOW, _DENY, _ABSENT = Outcome.ALLOW, Outcome.DENY, Outcome.ABSENT

# --- know -----------------------------------------------------------------------------------------------------
ABSENT = _rule(
    "absent",
    _ABSENT,
    "Einen solchen Datensatz gibt es nicht, oder Sie dürfen nicht wissen, dass es ihn gibt; beides wird gleich "
    "beantwortet.",
    "There is no such data set, or you may not know that there is; both are answered alike.",
)
KNOW_OPERATOR = _rule(
    "know.operator",
    _ALLOW,
    "Die Befehlszeile auf der Maschine kennt die Register, nie die Daten.",
    "The command line on the machine knows the registers, never the data.",
)
KNOW_PUBLIC = _rule(
    "know.public",
    _ALLOW,
    "Dass es den Datensatz gibt, darf jeder wissen.",
    "Everyone may know that the data set exists.",
)
KNOW_ADMINISTRATION = _rule(
    "know.administration",
    _ALLOW,
    "Dass es den Datensatz gibt, darf die ganze Verwaltung der Kommune wissen.",
    "The whole administration of the municipality may know that the data set exists.",
)
KNOW_UNITS = _rule(
    "know.units",
    _ALLOW,
    "Dass es den Datensatz gibt, dürfen benannte Stellen wissen; Ihre gehört dazu.",
    "Named units may know that the data set exists; yours is one of them.",
)
KNOW_OWNER = _rule(
    "know.owner",
    _ALLOW,
    "Ihre Stelle ist für den Datensatz verantwortlich.",
    "Your unit is responsible for the data set.",
)
KNOW_SHARED = _rule(
    "know.shared",
    _ALLOW,
    "Der Datensatz wird mit Ihrer Kommune geteilt.",
    "The data set is shared with your municipality.",
)
KNOW_GRANT = _rule(
    "know.grant",
    _ALLOW,
    "Eine Nutzungserlaubnis gilt für Sie; deshalb wissen Sie von dem Datensatz.",
    "A grant holds for you; therefore you know of the data set.",
)

# --- read -----------------------------------------------------------------------------------------------------
READ_OPERATOR = _rule(
    "read.operator",
    _DENY,
    "Die Befehlszeile auf der Maschine bekommt nie Daten.",
    "The command line on the machine never gets data.",
)
READ_DENIED = _rule(
    "read.denied",
    _DENY,
    "Eine ausdrückliche Untersagung geht jeder Erlaubnis vor.",
    "An explicit denial goes before every permission.",
)
READ_TOKEN = _rule(
    "read.token-purpose",
    _DENY,
    "Der Zugangsschlüssel ist an Zwecke gebunden, und der genannte gehört nicht dazu.",
    "The token is bound to purposes, and the stated one is not among them.",
)
READ_OPEN = _rule(
    "read.open",
    _ALLOW,
    "Offene Daten, zur Veröffentlichung freigegeben: jeder darf sie lesen, zu jedem Zweck.",
    "Open data, released to the public: everyone may read them, for any purpose.",
)
READ_LEGAL_BASIS = _rule(
    "read.legal-basis",
    _ALLOW,
    "Eine Nutzungserlaubnis mit Rechtsgrundlage gilt für Sie und diesen Zweck.",
    "A grant with a legal basis holds for you and this purpose.",
)
READ_INTERNAL = _rule(
    "read.internal",
    _ALLOW,
    "Verwaltungsinterne Daten: die Verwaltung der Kommune darf sie zu den festgelegten Zwecken lesen.",
    "Internal data: the administration of the municipality may read them for the purposes laid down.",
)
READ_OWNER = _rule(
    "read.owner",
    _ALLOW,
    "Die datenverantwortliche Stelle darf ihre Daten zu den festgelegten Zwecken lesen.",
    "The owner unit may read its data for the purposes laid down.",
)
READ_GRANT = _rule(
    "read.grant",
    _ALLOW,
    "Eine Nutzungserlaubnis gilt für Sie und diesen Zweck.",
    "A grant holds for you and this purpose.",
)
READ_RELEASE_TABLE = _rule(
    "read.release-table",
    _ALLOW,
    "Nicht die Zeilen, aber die geschützte Auswertungstabelle darf gelesen werden.",
    "Not the rows, but the protected release table may be read.",
)
READ_NO_LEGAL_BASIS = _rule(
    "read.no-legal-basis",
    _DENY,
    "Personenbezogene Daten und Daten unter Sozial-, Steuer- oder Statistikgeheimnis öffnet nur eine Nutzungserlaubnis "
    "mit Rechtsgrundlage für diesen Zweck; keine Rolle, keine Zuständigkeit und keine Weisung.",
    "Personal data and data under social, tax or statistical secrecy are opened only by a grant with a legal basis for "
    "this purpose; by no role, no ownership and no instruction.",
)
READ_NO_PURPOSE = _rule(
    "read.no-purpose",
    _DENY,
    "Ohne Angabe eines Zwecks gibt es nur offene Daten.",
    "Without a stated purpose there are only open data.",
)
READ_PURPOSE = _rule(
    "read.purpose",
    _DENY,
    "Für diesen Zweck ist der Datensatz nicht vorgesehen (Zweckbindung).",
    "The data set is not meant for this purpose (purpose limitation).",
)
READ_EXPIRED = _rule(
    "read.expired",
    _DENY,
    "Eine Nutzungserlaubnis dafür gibt es, aber sie gilt zu dieser Zeit nicht.",
    "There is a grant for this, but it does not hold at this time.",
)
READ_NO_RELEASE_TABLE = _rule(
    "read.no-release-table",
    _DENY,
    "Erlaubt wäre nur die geschützte Auswertungstabelle, aber die genannte ist nicht in Kraft.",
    "Only the protected release table would be allowed, but the one named is not in force.",
)
READ_NO_RULE = _rule(
    "read.no-rule",
    _DENY,
    "Keine Regel erlaubt es; was nicht erlaubt ist, ist nicht erlaubt.",
    "No rule allows it; what is not allowed is not allowed.",
)

# --- registers ------------------------------------------------------------------------------------------------
REGISTER_NOT_DATA = _rule(
    "register.not-data",
    _DENY,
    "Keine Rolle gibt Daten; wer Daten will, fragt nach Daten.",
    "No role gives data; who wants data asks for data.",
)
REGISTER_OPERATOR = _rule(
    "register.operator",
    _ALLOW,
    "Die Befehlszeile auf der Maschine darf die Register führen.",
    "The command line on the machine may keep the registers.",
)
REGISTER_NO_NAMES = _rule(
    "register.no-names",
    _DENY,
    "Namen im Nachweis der Zugriffe sieht die Befehlszeile nicht; das geht nur mit Datenschutz und Personalrat.",
    "The command line sees no names in the decision log; that takes data protection and staff council.",
)
REGISTER_TOKEN = _rule(
    "register.token",
    _DENY,
    "Ein an Zwecke gebundener Zugangsschlüssel ändert keine Register.",
    "A token bound to purposes changes no registers.",
)
REGISTER_TENANT = _rule(
    "register.tenant",
    _DENY,
    "Das gehört zu einer anderen Kommune, oder es gibt es nicht.",
    "This belongs to another municipality, or does not exist.",
)
REGISTER_ROLE = _rule(
    "register.role",
    _ALLOW,
    "Eine Ihrer Rollen erlaubt es in dieser Stelle.",
    "One of your roles allows it in this unit.",
)
REGISTER_NO_ROLE = _rule(
    "register.no-role",
    _DENY,
    "Keine Ihrer Rollen erlaubt es in dieser Stelle.",
    "None of your roles allows it in this unit.",
)
