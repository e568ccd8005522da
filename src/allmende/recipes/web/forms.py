# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms of the recipes: what differs here, what to decide, what only an author knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.catalogue.terms import CLASS_TITLES
from allmende.engine.connection import Files, Http, MySQL, Postgres, Source
from allmende.engine.recipes import Choice, Fitted, Kind
from allmende.engine.recipes.fit import looks_personal
from allmende.engine.recipes.model import Decision, Procedure, Recipe
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.organisations.terms import UnitView
from allmende.organisations.words import unit_choices
from allmende.recipes.terms import About, Tried
from allmende.rights.terms import Class
from allmende.webkit.forms import Form, explained
from allmende.webkit.language import said

_SLUG = r"^[a-z][a-z0-9_]{0,62}$"


class TakeInForm(Form):
    """A recipe or a deviation file from elsewhere."""

    file = explained(
        forms.FileField(
            label=_("Datei"),
            help_text=_("Ein Rezept, das eine andere Stadt geschickt hat, oder Abweichungen, die zurückkommen."),
        ),
        "spielplaetze.rezept.toml",
    )
    unsigned_because = explained(
        forms.CharField(
            label=_("Ohne Unterschrift übernehmen, weil"),
            required=False,
            max_length=300,
            help_text=_("Nur nötig, wenn niemand die Datei unterschrieben hat. Der Grund steht später beim Rezept."),
        ),
        _("von der Nachbarstadt am Telefon bestätigt"),
    )


class GivenForm(Form):
    """What differs in this town: who answers, where the data are, for which purposes."""

    def __init__(
        self, *args: Any, recipe: Recipe, units: Iterable[UnitView], purposes: Iterable[tuple[str, Text]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.recipe = recipe
        self.fields["unit"] = explained(
            forms.ChoiceField(
                label=_("Verantwortliche Stelle"),
                help_text=_("Wer für diese Daten einsteht."),
                choices=unit_choices(units),
            ),
            _("Umweltamt"),
        )
        self._where()
        self.fields["contact"] = explained(
            forms.CharField(
                label=_("Wen man fragt"), required=False, max_length=300, help_text=_("Telefon oder Postfach.")
            ),
            "Grünflächenamt, gruen@auenstadt.example",
        )
        offered = list(purposes)
        known = {slug for slug, _title in offered}
        proposed = [p for d in recipe.datasets for p in d.entry.purposes if p in known]
        self.fields["purposes"] = explained(
            forms.MultipleChoiceField(
                label=_("Zwecke"),
                required=False,
                choices=[(slug, said(title)) for slug, title in offered],
                initial=list(dict.fromkeys(proposed)),
                widget=forms.CheckboxSelectMultiple,
                help_text=_("Wofür die Daten vorgesehen sind; angekreuzt ist, was das Rezept vorschlägt."),
            ),
            _("Statistik"),
        )
        self.fields["legal_basis"] = explained(
            forms.CharField(
                label=_("Rechtsgrundlage"),
                required=False,
                initial=recipe.datasets[0].entry.legal_basis,
                help_text=_("Vorschlag des Rezepts; Landesrecht bitte selbst prüfen."),
            ),
            "§ 15 Landesnaturschutzgesetz",
        )
        for dataset in recipe.datasets:
            self.fields[f"class_{dataset.slug}"] = explained(
                forms.ChoiceField(
                    label=_("Schutzklasse von „%(title)s“") % {"title": said(dataset.entry.title)},
                    choices=[(cls.value, said(CLASS_TITLES[cls])) for cls in Class],
                    initial=dataset.entry.cls,
                    help_text=said(dataset.privacy.why),
                ),
                said(CLASS_TITLES[Class(dataset.entry.cls)]),
            )
            self.fields[f"name_{dataset.slug}"] = explained(
                forms.RegexField(
                    _SLUG,
                    label=_("Kurzname von „%(title)s“") % {"title": said(dataset.entry.title)},
                    initial=dataset.slug,
                    help_text=_(
                        "So heißt der Datensatz in Auswertungen; ändern Sie ihn nur, wenn er hier schon vergeben ist."
                    ),
                ),
                dataset.slug,
            )
        self.fields["connection"] = explained(
            forms.RegexField(
                _SLUG,
                label=_("Kurzname der Anbindung"),
                initial=recipe.name,
                help_text=_("Ebenso: nur ändern, wenn es ihn hier schon gibt."),
            ),
            recipe.name,
        )

    def _where(self) -> None:
        kind = self.recipe.access.kind
        if kind == "files":
            for dataset in self.recipe.datasets:
                self.fields[f"file_{dataset.slug}"] = explained(
                    forms.FileField(label=_("Ihre Datei"), help_text=said(dataset.wanted)),
                    getattr(dataset.mapping.read, "files", "").strip("*"),
                )
            return
        if kind == "http":
            self._text(
                "url",
                _("Adresse im Netz"),
                said(self.recipe.datasets[0].wanted),
                "https://oparl.auenstadt.example/paper",
                2000,
            )
        else:
            self._text(
                "host",
                _("Rechner"),
                _("Name oder Adresse des Rechners; intern muss ihn die Verwaltung der Anlage erlauben."),
                "db.auenstadt.example",
                253,
            )
            self._text("database", _("Datenbank"), _("Ihr Name auf diesem Rechner."), "verkehr", 63)
            self._text("user", _("Benutzer"), _("Am besten einer, der nur lesen darf."), "allmende_lesen", 63)
        if kind != "http" or self.recipe.access.token:
            self.fields["secret"] = explained(
                forms.CharField(
                    label=_("Kennwort oder Zugangsschlüssel"),
                    required=kind == "http",
                    strip=False,
                    max_length=2000,
                    widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
                    help_text=_("Es wird verschlüsselt aufbewahrt und nie wieder angezeigt."),
                ),
                _("was die Technik oder der Anbieter vergeben hat"),
            )

    def _text(self, name: str, label: Any, sentence: Any, example: str, most: int) -> None:
        self.fields[name] = explained(forms.CharField(label=label, max_length=most, help_text=sentence), example)

    def source(self) -> Source:
        """Return where the source is. Raises Invalid."""
        given, access = self.cleaned_data, self.recipe.access
        if access.kind == "files":
            return Files()
        secret = {"secret": "zugang"}
        try:
            if access.kind == "http":
                plain = {
                    "kind": "http",
                    "url": given["url"],
                    "header": access.header,
                    "every_seconds": access.every_seconds,
                }
                return msgspec.convert(plain | (secret if given.get("secret") else {}), Http)
            host, _colon, port = given["host"].partition(":")
            plain = {"kind": access.kind, "host": host, "database": given["database"], "user": given["user"], **secret}
            plain |= {"port": int(port)} if port.isdigit() else {}
            if access.kind == "postgres":
                return msgspec.convert(plain, Postgres)
            return msgspec.convert(plain, MySQL)
        except (msgspec.ValidationError, ValueError) as error:
            raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error


class DecisionForm(Form):
    """What to decide: what a missing column is called here, which new ones are taken, why a failed check is accepted."""

    def __init__(self, *args: Any, tried: Tried, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tried = tried
        self.columns: list[tuple[str, str, str]] = []  # field of the form, data set, expected column
        self.new: list[tuple[str, str, str]] = []
        self.checks: list[tuple[str, str]] = []
        for slug, one in tried.fitted.items():
            self._dataset(slug, one)
        for place, deviation in enumerate(tried.failed):
            name = f"check_{place}"
            self.checks.append((name, deviation.key))
            self.fields[name] = explained(
                forms.CharField(
                    label=_("Trotzdem anbinden, weil (%(check)s)")
                    % {"check": _check_words(tried, deviation.dataset, deviation.expected)},
                    required=False,
                    max_length=300,
                    help_text=_("Wer das liest, soll verstehen, warum die Prüfung hier nicht gilt."),
                ),
                _("unser Verfahren gibt diese Spalte nicht aus"),
            )

    def _dataset(self, slug: str, one: Fitted) -> None:
        for deviation in one.deviations:
            if deviation.kind in {Kind.MISSING, Kind.RENAMED}:
                name = f"column_{len(self.columns)}"
                self.columns.append((name, slug, deviation.expected))
                needed = deviation.expected in one.blocked
                choices = [("", _("bitte wählen") if needed else _("fehlt bei uns")), *((c, c) for c in one.columns)]
                self.fields[name] = explained(
                    forms.ChoiceField(
                        label=_("„%(column)s“ heißt bei uns") % {"column": deviation.expected},
                        required=needed,
                        choices=choices,
                        initial=deviation.found,
                        help_text=_("Ohne diese Spalte geht es nicht.")
                        if needed
                        else _("Fehlt sie, bleibt das Feld weg, und ebenso die Prüfungen dazu."),
                    ),
                    deviation.found or _("Stadtbezirk statt Stadtteil"),
                )
            elif deviation.kind is Kind.NEW and not looks_personal(deviation.found):
                name = f"new_{len(self.new)}"
                self.new.append((name, slug, deviation.found))
                self.fields[name] = explained(
                    forms.BooleanField(
                        label=_("Spalte „%(column)s“ zusätzlich übernehmen") % {"column": deviation.found},
                        required=False,
                        initial=deviation.decision == "taken",
                        help_text=_(
                            "Das Rezept kennt sie nicht. Prüfen Sie, ob sie etwas über Menschen sagt; sonst bleibt sie weg."
                        ),
                    ),
                    _("nein, wenn niemand sie braucht"),
                )

    def choices(self) -> dict[str, Choice]:
        """Return what was decided, by data set."""
        given = self.cleaned_data
        made = {}
        for slug in self.tried.fitted:
            columns = {expected: given[name] for name, of, expected in self.columns if of == slug}
            taken = tuple(found for name, of, found in self.new if of == slug and given[name])
            made[slug] = Choice(columns=columns, taken=taken)
        return made

    def accepted(self) -> dict[str, str]:
        """Return the reasons for failed checks, by their key."""
        return {key: self.cleaned_data[name] for name, key in self.checks if self.cleaned_data[name].strip()}


def _check_words(tried: Tried, slug: str, name: str) -> str:
    return next((said(o.said) for o in tried.outcomes.get(slug, ()) if o.name == name), name)


class AboutForm(Form):
    """What only the author of a recipe can say."""

    name = explained(
        forms.RegexField(
            _SLUG, label=_("Kurzname des Rezepts"), help_text=_("Kleinbuchstaben, Ziffern und Unterstriche.")
        ),
        "baumkataster_auenstadt",
    )
    version = explained(
        forms.RegexField(
            r"^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$",
            label=_("Version des Rezepts"),
            initial="1.0",
            help_text=_("Bei jeder Änderung eine höhere."),
        ),
        "1.1",
    )
    title_de = explained(
        forms.CharField(label=_("Titel"), max_length=200, help_text=_("Wie das Rezept heißt.")), _("Baumkataster")
    )
    title_en = explained(
        forms.CharField(
            label=_("Englischer Titel"), max_length=200, required=False, help_text=_("Für englische Seiten.")
        ),
        "Tree register",
    )
    text = explained(
        forms.CharField(
            label=_("In einfachen Worten"),
            max_length=3000,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_(
                "Was die Daten sagen und was das Rezept tut. Keine Namen, Telefonnummern und Rechner: Die Datei verlässt die Stadt."
            ),
        ),
        _("Jeder städtische Baum mit Art und Ort. Namen von Kontrolleuren liest das Rezept nicht."),
    )
    procedure = explained(
        forms.CharField(
            label=_("Fachverfahren"), max_length=200, help_text=_("Darunter finden andere Städte das Rezept.")
        ),
        _("Baumkataster"),
    )
    since = explained(
        forms.RegexField(
            r"^[0-9]+(\.[0-9]+)*$", label=_("Ab Version"), required=False, max_length=20, help_text=_("Leer: ab jeder.")
        ),
        "4.0",
    )
    until = explained(
        forms.RegexField(
            r"^[0-9]+(\.[0-9]+)*$",
            label=_("Bis Version"),
            required=False,
            max_length=20,
            help_text=_("Leer: ohne Ende."),
        ),
        "5.2",
    )
    export = explained(
        forms.CharField(label=_("Art des Exports"), max_length=200, help_text=_("Was man im Fachverfahren auswählt.")),
        _("Bestandsliste als CSV"),
    )
    licence = explained(
        forms.CharField(
            label=_("Lizenz des Rezepts"),
            max_length=200,
            initial="http://dcat-ap.de/def/licenses/cc-zero",
            help_text=_("Adresse der Lizenz; sie gilt für das Rezept, nicht für Ihre Daten."),
        ),
        "http://dcat-ap.de/def/licenses/cc-zero",
    )
    why = explained(
        forms.CharField(
            label=_("Warum diese Schutzklasse"),
            max_length=2000,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Was die Daten über Menschen sagen oder nicht. Leer: wie im Rezept, mit dem angebunden wurde."),
        ),
        _("Bäume sind keine Menschen; Namen werden nicht gelesen."),
    )
    proposal = explained(
        forms.ChoiceField(
            label=_("Vorschlag zur Freigabe"),
            choices=(("closed", _("bleibt im Haus")), ("open", _("kann offen werden"))),
            help_text=_("Nur ein Vorschlag: Entschieden wird in jeder Stadt selbst."),
        ),
        _("bleibt im Haus"),
    )
    release_why = explained(
        forms.CharField(label=_("Begründung dazu"), max_length=1000, help_text=_("Ein Satz.")),
        _("Öffentliche Orte ohne Bezug auf Menschen."),
    )

    def about(self, datasets: Iterable[str]) -> About:
        """Return what the form says. Raises Invalid."""
        given = self.cleaned_data

        def text(words: str, english: str = "") -> Text:
            return Text(words, english or words)

        try:
            return About(
                name=given["name"],
                version=given["version"],
                title=text(given["title_de"], given["title_en"]),
                text=text(given["text"]),
                procedure=Procedure(
                    name=given["procedure"], export=text(given["export"]), since=given["since"], until=given["until"]
                ),
                licence=given["licence"],
                release=Decision(proposal=given["proposal"], why=text(given["release_why"])),
                why={slug: text(given["why"]) for slug in datasets} if given["why"].strip() else {},
            )
        except (msgspec.ValidationError, ValueError) as error:
            raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error


class SettleForm(Form):
    """What became of a proposal."""

    how = explained(
        forms.CharField(
            label=_("Was daraus wurde"), max_length=300, help_text=_("Ein Satz für alle, die es später lesen.")
        ),
        _("in Version 1.1 aufgenommen"),
    )


class KeyForm(Form):
    """A key the town trusts."""

    name = explained(
        forms.CharField(label=_("Wem er gehört"), max_length=200, help_text=_("Die Stadt, nicht die Person.")),
        _("Stadt Rieth"),
    )
    key = explained(
        forms.CharField(
            label=_("Schlüssel"),
            max_length=80,
            help_text=_("64 Zeichen. Vergleichen Sie den Fingerabdruck am Telefon, bevor Sie ihm trauen."),
        ),
        "3b6a27bc…",
    )
