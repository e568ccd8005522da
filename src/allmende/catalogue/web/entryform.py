# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form of a catalogue entry: everything people write; how rows come in is the connection's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allmende.catalogue.terms import (
    CLASS_TITLES,
    SECRET_TITLES,
    VISIBILITY_TITLES,
    Anonymised,
    BoundingBox,
    DatasetDraft,
    FieldDraft,
)
from allmende.catalogue.vocabulary import licences, rhythms
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.words import unit_choices
from allmende.rights.door import purpose_titles
from allmende.rights.terms import Class, Secret, Subject, Visibility
from allmende.webkit.forms import Form, explained, style
from allmende.webkit.language import said

_TEXTS = ("title", "description", "limits", "source")
_SIDES = ("west", "south", "east", "north")
_PLAIN = ("unit", "owner", "contact", "legal_basis", "licence", "attribution", "rhythm", "rhythm_promised", "place")


def _text(label: Any, sentence: Any, example: Any, *, rows: int = 0, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return explained(
        forms.CharField(label=label, required=required, max_length=10_000, widget=widget, help_text=sentence), example
    )


class EntryForm(Form):
    """The whole entry, as it is, to be written anew."""

    title_de = _text(_("Titel"), _("Wie der Datensatz heißt."), _("Straßenbäume"), required=True)
    title_en = _text(_("Titel auf Englisch"), _("Leer heißt: wie auf Deutsch."), "Street trees")
    description_de = _text(
        _("Beschreibung"),
        _("Was darin steht, in zwei Sätzen, ohne Abkürzungen."),
        _("Jeder Baum an städtischen Straßen mit Art, Höhe und Standort."),
        rows=3,
    )
    description_en = _text(
        _("Beschreibung auf Englisch"),
        _("Leer heißt: wie auf Deutsch."),
        "Every tree along the town’s streets.",
        rows=3,
    )
    unit = explained(
        forms.ChoiceField(label=_("Verantwortliche Stelle"), help_text=_("Wer für diese Daten einsteht.")),
        _("Umweltamt"),
    )
    owner = explained(
        forms.ChoiceField(
            label=_("Datenverantwortliche/r"),
            required=False,
            help_text=_("Der Mensch, der die Pflicht wahrnimmt; nur die Verwaltung sieht den Namen."),
        ),
        "Jonas Brandt",
    )
    contact = _text(
        _("Wen man fragt"),
        _("Stelle, Postfach oder Telefon; das sehen alle, die von dem Datensatz wissen."),
        "Umweltamt, umwelt@auenstadt.example",
    )
    cls = explained(
        forms.ChoiceField(
            label=_("Schutzklasse"),
            help_text=_(
                "Sie entscheidet, wer ohne Nutzungserlaubnis lesen darf. Offener zu werden braucht die Freigabestelle."
            ),
        ),
        _("verwaltungsintern"),
    )
    secrets = explained(
        forms.MultipleChoiceField(
            label=_("Besondere Geheimnisse"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Dann öffnet nur eine Rechtsgrundlage die Daten, keine Weisung."),
        ),
        _("Sozialgeheimnis"),
    )
    anonymised = explained(
        forms.ChoiceField(
            label=_("Personenbezug"), help_text=_("Ob die Daten von Menschen handeln, und wann das entfernt wurde.")
        ),
        _("kein Personenbezug"),
    )
    visibility = explained(
        forms.ChoiceField(label=_("Davon wissen darf"), help_text=_("Wer sehen darf, dass es den Datensatz gibt.")),
        _("die ganze Verwaltung"),
    )
    visible_to = explained(
        forms.MultipleChoiceField(
            label=_("Benannte Stellen"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Nur wenn allein benannte Stellen davon wissen dürfen."),
        ),
        _("Jugendamt"),
    )
    legal_basis = _text(
        _("Rechtsgrundlage"),
        _("Worauf die Daten erhoben sind; bei Daten über Menschen und Geheimnissen nötig."),
        "§ 61 SGB VIII",
        rows=2,
    )
    purposes = explained(
        forms.MultipleChoiceField(
            label=_("Zwecke"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_(
                "Wofür die Daten da sind; das steht öffentlich und entscheidet. Einen dazuzunehmen heißt erlauben."
            ),
        ),
        _("Umweltplanung"),
    )
    licence = explained(
        forms.ChoiceField(label=_("Lizenz"), required=False, help_text=_("Unter der veröffentlicht wird.")),
        _("Datenlizenz Deutschland – Zero"),
    )
    attribution = _text(_("Quellenvermerk"), _("So ist die Quelle zu nennen."), _("Stadt Auenstadt"))
    rhythm = explained(
        forms.ChoiceField(label=_("Aktualisierung"), help_text=_("Wie oft neue Zeilen kommen.")), _("täglich")
    )
    rhythm_promised = forms.BooleanField(
        label=_("Das ist zugesagt"),
        required=False,
        help_text=_("Ohne Haken heißt es „voraussichtlich“; eine Zusage verpflichtet."),
    )
    limits_de = _text(
        _("Einschränkungen der Aussagekraft"),
        _("Was man mit den Daten nicht sagen kann, in einfachen Worten."),
        _("Höhen sind geschätzt. Bäume auf privatem Grund fehlen."),
        rows=3,
    )
    limits_en = _text(
        _("Einschränkungen auf Englisch"), _("Leer heißt: wie auf Deutsch."), "Heights are estimated.", rows=3
    )
    source_de = _text(_("Herkunft"), _("Wie die Daten entstehen."), _("Begehung durch die Baumkontrolle"), rows=2)
    source_en = _text(_("Herkunft auf Englisch"), _("Leer heißt: wie auf Deutsch."), "Inspection on foot", rows=2)
    place = _text(_("Gebiet"), _("Welches Gebiet die Daten beschreiben."), "Auenstadt")
    covers_from = explained(
        forms.DateField(
            label=_("Zeitraum von"),
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Der erste Tag, den die Daten beschreiben."),
        ),
        "01.01.2025",
    )
    covers_until = explained(
        forms.DateField(
            label=_("Zeitraum bis"),
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Der letzte Tag; leer, wenn es weitergeht."),
        ),
        "31.12.2025",
    )
    bbox = _text(
        _("Ausdehnung in Grad"),
        _("Westen, Süden, Osten, Norden in WGS 84, durch Leerzeichen getrennt, mit Punkt."),
        "10.05 51.80 10.21 51.91",
    )
    reason = _text(
        _("Grund der Änderung"), _("Steht in der Geschichte des Eintrags."), _("Jahresbegehung 2026 eingetragen")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, subject: Subject, entry: DatasetDraft, version: int) -> None:
        super().__init__(data, initial=_plain(entry) | {"version": version})
        self.entry = entry
        units = [unit for unit in organisations.units(entry.tenant) if unit.active or unit.id == entry.unit]
        people = [
            one
            for one in organisations.people(entry.tenant)
            if one.id == entry.owner or (one.active and (subject.administration or one.unit == subject.unit))
        ]
        choices: dict[str, list[tuple[str, Any]]] = {
            "unit": unit_choices(units),
            "owner": [("", "–"), *((one.id, one.name) for one in people)],
            "cls": [(cls.value, said(title)) for cls, title in CLASS_TITLES.items()],
            "secrets": [(secret.value, said(title)) for secret, title in SECRET_TITLES.items()],
            "anonymised": [(one.value, said(one.label)) for one in Anonymised],
            "visibility": [(one.value, said(title)) for one, title in VISIBILITY_TITLES.items()],
            "visible_to": unit_choices(units),
            "purposes": [(slug, said(title)) for slug, title in purpose_titles(entry.tenant)],
            "licence": [("", "–"), *((one.id, said(one.title)) for one in licences().values())],
            "rhythm": [(one.id, said(one.title)) for one in rhythms().values()],
        }
        for name, listed in choices.items():
            self.fields[name].choices = listed  # type: ignore[attr-defined]
        for number, field in enumerate(entry.fields):
            self._offer(number, field)

    def _offer(self, number: int, field: FieldDraft) -> None:
        """Add what people write of a column; its name and type are the source's."""
        for name, label, initial, most in (
            ("title_de", gettext("Titel"), field.title.de, 200),
            ("title_en", gettext("Titel auf Englisch"), field.title.en, 200),
            ("meaning_de", gettext("Bedeutung"), field.meaning.de, 2000),
            ("meaning_en", gettext("Bedeutung auf Englisch"), field.meaning.en, 2000),
            ("unit", gettext("Einheit"), field.unit, 50),
        ):
            made = forms.CharField(label=label, required=False, max_length=most, initial=initial)
            self.fields[f"field_{number}_{name}"] = made
            style(made.widget)
        personal = forms.BooleanField(
            label=gettext("handelt von einem Menschen"), required=False, initial=field.personal
        )
        self.fields[f"field_{number}_personal"] = personal

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields of the entry itself in groups, each with its title."""
        groups: tuple[tuple[str, tuple[str, ...]], ...] = (
            (
                gettext("Was es ist"),
                ("title_de", "title_en", "description_de", "description_en", "limits_de", "limits_en"),
            ),
            (gettext("Wer dafür einsteht"), ("unit", "owner", "contact", "source_de", "source_en")),
            (
                gettext("Schutz und Zwecke"),
                ("cls", "secrets", "anonymised", "legal_basis", "purposes", "visibility", "visible_to"),
            ),
            (gettext("Lizenz und Aktualisierung"), ("licence", "attribution", "rhythm", "rhythm_promised")),
            (gettext("Ort und Zeit"), ("place", "bbox", "covers_from", "covers_until")),
        )
        return [(title, [self[name] for name in names]) for title, names in groups]

    def columns(self) -> Iterator[tuple[FieldDraft, list[forms.BoundField]]]:
        """Return each column with the fields that describe it."""
        for number, field in enumerate(self.entry.fields):
            prefix = f"field_{number}_"
            yield field, [self[name] for name in self.fields if name.startswith(prefix)]

    def clean_bbox(self) -> BoundingBox | None:
        """Read the four numbers."""
        given = self.cleaned_data["bbox"].replace(",", " ").split()
        if not given:
            return None
        try:
            west, south, east, north = map(float, given)
        except ValueError:
            raise forms.ValidationError(_("Vier Zahlen: Westen, Süden, Osten, Norden.")) from None
        return BoundingBox(west, south, east, north)

    def draft(self) -> DatasetDraft:
        """Return the entry as it is to be written; what the form does not show stays."""
        given = {  # browsers send line ends as CR LF
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value
            for name, value in self.cleaned_data.items()
        }
        fields = tuple(
            msgspec.structs.replace(
                field,
                title=Text(given[f"field_{n}_title_de"], given[f"field_{n}_title_en"]),
                meaning=Text(given[f"field_{n}_meaning_de"], given[f"field_{n}_meaning_en"]),
                unit=given[f"field_{n}_unit"],
                personal=given[f"field_{n}_personal"],
            )
            for n, field in enumerate(self.entry.fields)
        )
        visibility = Visibility(given["visibility"])
        return msgspec.structs.replace(
            self.entry,
            **{name: Text(given[f"{name}_de"], given[f"{name}_en"]) for name in _TEXTS},
            **{name: given[name] for name in _PLAIN},
            cls=Class(given["cls"]),
            secrets=frozenset(map(Secret, given["secrets"])),
            anonymised=Anonymised(given["anonymised"]),
            visibility=visibility,
            visible_to=frozenset(given["visible_to"]),
            purposes=frozenset(given["purposes"]),
            covers_from=given["covers_from"],
            covers_until=given["covers_until"],
            bbox=given["bbox"],
            fields=fields,
        )


def _plain(entry: DatasetDraft) -> dict[str, Any]:
    """Return the entry as the form's fields show it."""
    shown: dict[str, Any] = {name: getattr(entry, name) for name in (*_PLAIN, "covers_from", "covers_until")}
    for name in _TEXTS:
        text: Text = getattr(entry, name)
        shown |= {f"{name}_de": text.de, f"{name}_en": text.en}
    for name in ("cls", "anonymised", "visibility"):
        shown[name] = getattr(entry, name).value
    for name in ("visible_to", "purposes"):
        shown[name] = sorted(getattr(entry, name))
    shown["secrets"] = sorted(secret.value for secret in entry.secrets)
    shown["bbox"] = " ".join(str(getattr(entry.bbox, side)) for side in _SIDES) if entry.bbox else ""
    return shown
