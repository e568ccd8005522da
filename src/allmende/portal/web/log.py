# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision log (Nachweis der Zugriffe): pseudonymous, with the state of its chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters
from allmende.kernel.clock import now
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.who import signed_in
from allmende.rights import door as rights
from allmende.rights.door import purpose_titles
from allmende.rights.terms import Action, Outcome, Subject, SubjectKind
from allmende.webkit.language import said

#: Entries on the page, and days for which readings of open data are summed up.
MOST = 100
DAYS = 30

_DATA = frozenset({Action.KNOW.value, Action.READ.value})
COMMAND_LINE = Text("Befehlszeile", "command line")
#: What the verbs of the registers are called, for those who read the log.
VERBS = {
    "register": Text("Datensatz eingetragen", "data set registered"),
    "change": Text("Eintrag geändert", "entry changed"),
    "retire": Text("Datensatz außer Dienst gestellt", "data set retired"),
    "release": Text("für alle freigegeben", "released to the public"),
    "withdraw_release": Text("Freigabe zurückgenommen", "release withdrawn"),
    "release_table": Text("Freigabetabelle in Kraft gesetzt", "release table put in force"),
    "share": Text("mit einer anderen Kommune geteilt", "shared with another town"),
    "unshare": Text("nicht mehr mit einer anderen Kommune geteilt", "no longer shared with another town"),
    "give_grant": Text("Nutzungserlaubnis erteilt", "grant given"),
    "give_denial": Text("Nutzung untersagt", "use denied"),
    "withdraw_grant": Text("Erlaubnis oder Untersagung zurückgenommen", "grant or denial withdrawn"),
    "define_purpose": Text("Zweck festgelegt", "purpose laid down"),
    "ask_unveiling": Text("einen Namen beantragt", "asked for a name"),
    "approve_unveiling": Text("einem Namen zugestimmt", "approved a name"),
    "unveil": Text("einen Namen angesehen", "saw a name"),
    "destroy_keys": Text("Schlüssel der Pseudonyme vernichtet", "keys of pseudonyms destroyed"),
    "create_person": Text("Konto angelegt", "account set up"),
    "deactivate_person": Text("Konto geschlossen", "account closed"),
    "move_person": Text("Konto in andere Stelle versetzt", "account moved to another unit"),
    "create_system": Text("Programm angelegt", "program set up"),
    "deactivate_system": Text("Programm geschlossen", "program closed"),
    "create_role": Text("Rolle angelegt", "role made"),
    "give_role": Text("Rolle gegeben", "role given"),
    "withdraw_role": Text("Rolle zurückgenommen", "role withdrawn"),
    "create_tenant": Text("Kommune angelegt", "town set up"),
    "create_unit": Text("Stelle angelegt", "unit made"),
    "move_unit": Text("Stelle verschoben", "unit moved"),
    "issue_token": Text("Zugangsschlüssel ausgestellt", "token issued"),
    "revoke_token": Text("Zugangsschlüssel beendet", "token revoked"),
    "register_source": Text("Datenquelle eingetragen", "source registered"),
    "change_source": Text("Datenquelle geändert", "source changed"),
    "connect": Text("angebunden", "connected"),
    "change_mapping": Text("Zuordnung geändert", "mapping changed"),
    "change_secret": Text("Zugangsdaten geändert", "credentials changed"),
    "enable": Text("Anbindung eingeschaltet", "connection switched on"),
    "disable": Text("Anbindung abgeschaltet", "connection switched off"),
    "allow_address": Text("Adresse erlaubt", "address allowed"),
    "forbid_address": Text("Adresse nicht mehr erlaubt", "address forbidden"),
    "set_mode": Text("Weg der Daten geändert", "way of the data changed"),
    "save_question": Text("Frage gespeichert", "question saved"),
    "change_question": Text("Frage geändert", "question changed"),
    "delete_question": Text("Frage gelöscht", "question deleted"),
    "make_statement": Text("Rechtstext gefasst", "legal statement made"),
    "make_release_version": Text("Freigabetabelle berechnet", "release table computed"),
    "change_list": Text("Erwartung an eine Liste geändert", "what a list expects changed"),
    "change_town": Text("Angaben der Kommune geändert", "the town's particulars changed"),
    "deliver": Text("Datei geliefert", "file delivered"),
    "dismiss": Text("Lieferung verworfen", "delivery dismissed"),
    "distrust_key": Text("Schlüssel nicht mehr vertraut", "key no longer trusted"),
    "export_deviations": Text("Abweichungen von einem Rezept weitergegeben", "deviations from a recipe handed on"),
    "export_recipe": Text("Rezept erstellt", "recipe made"),
    "finish_start": Text("Einrichtung abgeschlossen", "set-up finished"),
    "go_back": Text("zu einer früheren Fassung zurückgekehrt", "gone back to an earlier version"),
    "load_municipalities": Text("Gemeindeverzeichnis eingelesen", "directory of municipalities loaded"),
    "make_link": Text("Link zum Liefern erstellt", "upload link made"),
    "make_release": Text("Freigabetabelle aus einem Rezept angelegt", "release table made from a recipe"),
    "next_version": Text("neue Fassung einer Liste übernommen", "new version of a list taken"),
    "pass_on": Text("Rezept weitergegeben", "recipe handed on"),
    "practice_on": Text("Übungsstadt eingeschaltet", "practice town switched on"),
    "practice_off": Text("Übungsstadt ausgeschaltet", "practice town switched off"),
    "read_original": Text("gelieferte Datei angesehen", "delivered file looked at"),
    "receive_deviations": Text("Abweichungen einer anderen Kommune angenommen", "deviations of another town received"),
    "revoke_link": Text("Link zum Liefern beendet", "upload link revoked"),
    "set_districts": Text("Zuordnung der Stadtteile festgelegt", "assignment of districts laid down"),
    "set_folder": Text("Ablageordner festgelegt", "drop folder set"),
    "settle_proposal": Text("über Abweichungen entschieden", "deviations decided on"),
    "stop_list": Text("Aufnahme einer Datei abgebrochen", "taking in of a file stopped"),
    "store_list": Text("Liste aufgenommen", "list stored"),
    "take_in": Text("Rezept aufgenommen", "recipe taken in"),
    "take_off": Text("Rezept entfernt", "recipe taken off"),
    "take_over_register": Text("Verzeichnis übernommen", "register taken over"),
    "trust_key": Text("Schlüssel vertraut", "key trusted"),
    "use_recipe": Text("Rezept angewandt", "recipe used"),
}
OUTCOMES = {
    Outcome.ALLOW: Text("erlaubt", "allowed"),
    Outcome.DENY: Text("abgelehnt", "refused"),
    Outcome.ABSENT: Text("nicht vorhanden", "absent"),
}


def log(request: HttpRequest) -> HttpResponse:
    """Show who with which unit, under a pseudonym, was allowed or refused what; needs INSPECT for the town."""
    subject = signed_in(request)
    rights.require(subject, Action.INSPECT, subject.tenant)
    names = _Names(subject)
    wanted = request.GET.get("ergebnis", "")
    found = rights.entries(
        subject,
        subject.tenant,
        resource=request.GET.get("datensatz", ""),
        outcome=Outcome(wanted) if wanted in {outcome.value for outcome in Outcome} else None,
        limit=10 * MOST,
    )
    counts: dict[str, int] = {}
    for count in rights.open_counts(subject, subject.tenant, since=(now() - timedelta(days=DAYS)).date()):
        counts[count.resource] = counts.get(count.resource, 0) + count.count
    return render(
        request,
        "portal/log.html",
        {
            "entries": [_line(entry, names) for entry in found if entry.action in _DATA][:MOST],
            "changes": [_line(entry, names) for entry in found if entry.action not in _DATA][:MOST],
            "wanted": wanted,
            "unveils": any(
                rights.may(subject, action, subject.tenant)
                for action in (Action.UNVEIL, Action.UNVEIL_PROTECTION, Action.UNVEIL_COUNCIL)
            ),
            "outcomes": [(outcome.value, title) for outcome, title in OUTCOMES.items()],
            "counts": sorted(((names.dataset(id_), n) for id_, n in counts.items()), key=lambda one: -one[1]),
            "days": DAYS,
            "anchors": rights.anchors(subject, subject.tenant)[:5],
            "report": rights.check_log(subject, subject.tenant) if request.method == "POST" else None,
        },
    )


def _line(entry: rights.EntryView, names: _Names) -> dict[str, Any]:
    return {
        "entry": entry,
        "verb": VERBS.get(entry.statement.removesuffix("_dataset")) if entry.action not in _DATA else None,
        "unit": COMMAND_LINE if entry.kind == SubjectKind.OPERATOR.value else names.unit(entry.unit),
        "resources": [names.dataset(id_) for id_ in entry.resources],
        "purpose": names.purpose(entry.purpose),
        "outcome": OUTCOMES[entry.outcome],
        "rules": list(dict.fromkeys(entry.rules)),
    }


class _Names:
    """Names for the ids of the log: of units, purposes, and data sets the inspector may know of."""

    def __init__(self, subject: Subject) -> None:
        self._units = {unit.id: unit.name for unit in organisations.units(subject.tenant)}
        self._purposes = dict(purpose_titles(subject.tenant))
        hits = catalogue.known_datasets(subject, Filters(limit=200)).hits
        self._datasets = {hit.id: hit for hit in hits}

    def unit(self, id_: str) -> Text:
        return self._units.get(id_, Text("–", "–"))

    def purpose(self, slug: str) -> str:
        return said(self._purposes[slug]) if slug in self._purposes else slug

    def dataset(self, id_: str) -> Any:
        """Return the data set as a list shows it; its id where the inspector may not know of it."""
        return self._datasets.get(id_, id_)
