# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms of the guided start: each field with one sentence and an example."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.organisations.terms import RoleView, SecondFactor, UnitView
from allmende.organisations.words import unit_choices
from allmende.webkit.forms import Form, explained
from allmende.webkit.language import said
from allmende.webkit.pictures import LARGEST, Picture, clean

#: The Länder by their ISO 3166-2:DE codes.
LANDS = {
    "BW": Text("Baden-Württemberg", "Baden-Württemberg"),
    "BY": Text("Bayern", "Bavaria"),
    "BE": Text("Berlin", "Berlin"),
    "BB": Text("Brandenburg", "Brandenburg"),
    "HB": Text("Bremen", "Bremen"),
    "HH": Text("Hamburg", "Hamburg"),
    "HE": Text("Hessen", "Hesse"),
    "MV": Text("Mecklenburg-Vorpommern", "Mecklenburg-Western Pomerania"),
    "NI": Text("Niedersachsen", "Lower Saxony"),
    "NW": Text("Nordrhein-Westfalen", "North Rhine-Westphalia"),
    "RP": Text("Rheinland-Pfalz", "Rhineland-Palatinate"),
    "SL": Text("Saarland", "Saarland"),
    "SN": Text("Sachsen", "Saxony"),
    "ST": Text("Sachsen-Anhalt", "Saxony-Anhalt"),
    "SH": Text("Schleswig-Holstein", "Schleswig-Holstein"),
    "TH": Text("Thüringen", "Thuringia"),
}


_GROUPED = re.compile(r"\d{1,3}(?:[.,'\u2019\u00a0\u202f ]\d{3})+\Z")


class CountField(forms.IntegerField):
    """A number of people, also as they are written: 61.240, 61 240, 61,240."""

    def to_python(self, value: Any) -> int | None:
        """Return the number; raises ValidationError."""
        given = str(value).strip() if value is not None else ""
        return super().to_python(re.sub(r"\D", "", given) if _GROUPED.match(given) else given)


class CodeForm(Form):
    """The start code."""

    code = explained(
        forms.CharField(
            label=_("Startcode"),
            max_length=40,
            help_text=_("Er stand im Fenster, in dem Allmende gestartet wurde."),
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "input--short"}
            ),
        ),
        "K7QF-2MXP-9RTA",
    )


class TownForm(Form):
    """Which municipality."""

    ags = explained(
        forms.CharField(
            label=_("Amtlicher Gemeindeschlüssel (AGS)"),
            max_length=8,
            required=False,
            help_text=_("Acht Ziffern; „Nachschlagen“ füllt die Felder darunter aus dem Gemeindeverzeichnis."),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
        ),
        "06531005",
    )
    name = explained(
        forms.CharField(
            label=_("Name der Kommune"), max_length=200, help_text=_("So steht er über Ihren Seiten: Daten.Neuenstadt.")
        ),
        "Neuenstadt",
    )
    land = explained(
        forms.ChoiceField(label=_("Land"), help_text=_("Davon hängt ab, welches Recht für Ihre Daten gilt.")),
        _("Hessen"),
    )
    inhabitants = explained(
        CountField(
            label=_("Einwohnerinnen und Einwohner"),
            help_text=_("Für Zahlen je Kopf; es genügt der letzte amtliche Stand."),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
        ),
        "61.240",
    )
    slug = explained(
        forms.CharField(
            label=_("Kurzname"),
            max_length=63,
            required=False,
            help_text=_("Steht in Adressen und bleibt für immer; leer: wird aus dem Namen gebildet."),
            widget=forms.TextInput(attrs={"class": "input--short", "autocapitalize": "none"}),
        ),
        "neuenstadt",
    )

    def __init__(self, *args: Any, founding: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = sorted(((code, said(name)) for code, name in LANDS.items()), key=lambda pair: pair[1])
        self.fields["land"].choices = [("", gettext("bitte wählen")), *chosen]  # type: ignore[attr-defined]
        if not founding:  # addresses and the law package hang on these
            for name in ("ags", "land", "slug"):
                del self.fields[name]


class DirectoryForm(Form):
    """The official directory of municipalities."""

    directory = explained(
        forms.FileField(
            label=_("Gemeindeverzeichnis (GV100AD)"),
            help_text=_("Die Textdatei des Statistischen Bundesamtes; damit lässt sich der Schlüssel nachschlagen."),
        ),
        "GV100AD_311225.txt",
    )


class LooksForm(Form):
    """Arms and colour."""

    colour = explained(
        forms.CharField(
            label=_("Farbe der Stadt"),
            max_length=7,
            help_text=_(
                "Für Kopfzeile und Zeichen. Ist sie zu hell zum Lesen, wird sie abgedunkelt; das sagen wir dann."
            ),
            widget=forms.TextInput(attrs={"type": "color", "class": "input--short"}),
        ),
        "#0b6e4f",
    )
    arms = explained(
        forms.FileField(
            label=_("Wappen oder Zeichen"),
            required=False,
            help_text=_("SVG oder PNG bis %(kb)s KB; was darin kein Bild ist, wird entfernt.") % {"kb": LARGEST >> 10},
            widget=forms.FileInput(attrs={"accept": ".svg,.png,image/svg+xml,image/png"}),
        ),
        "wappen.svg",
    )
    without = explained(
        forms.BooleanField(
            label=_("Ohne Wappen"),
            required=False,
            help_text=_("Entfernt das Wappen; dann steht der Anfangsbuchstabe da."),
        ),
    )

    def clean_arms(self) -> Picture | None:
        """Return the picture cleaned, None if none was sent."""
        sent = self.cleaned_data["arms"]
        if not isinstance(sent, UploadedFile):
            return None
        try:
            return clean(sent.read(LARGEST + 1))
        except Invalid as problem:
            raise ValidationError(said(problem.detail)) from None


class FounderForm(Form):
    """The first administrator."""

    name = explained(
        forms.CharField(
            label=_("Ihr Name"),
            max_length=200,
            help_text=_("Vor- und Nachname, wie Kolleginnen und Kollegen Sie kennen."),
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        ),
        "Ayşe Yıldız",
    )
    email = explained(
        forms.EmailField(
            label=_("Ihre dienstliche E-Mail-Adresse"),
            help_text=_("Damit melden Sie sich an."),
            widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        ),
        "ayse.yildiz@neuenstadt.example",
    )
    office = explained(
        forms.CharField(
            label=_("Ihr Amt"),
            max_length=200,
            required=False,
            help_text=_("Die Stelle, in der Sie arbeiten; weitere tragen Sie später ein."),
        ),
        _("Hauptamt"),
    )
    password = explained(
        forms.CharField(
            label=_("Kennwort"),
            strip=False,
            help_text=_("Mindestens zwölf Zeichen; mehrere Wörter sind leichter zu merken als Zeichensalat."),
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        ),
        _("vier Wörter, die nichts miteinander zu tun haben"),
    )
    again = explained(
        forms.CharField(
            label=_("Kennwort noch einmal"),
            strip=False,
            help_text=_("Damit kein Tippfehler Sie aussperrt."),
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        ),
        _("dasselbe wie eben"),
    )

    def clean_password(self) -> str:
        """Return the password if it is good enough for this person."""
        given: str = self.cleaned_data["password"]
        known = _Known(self.cleaned_data.get("name", ""), self.cleaned_data.get("email", ""))
        validate_password(given, user=known)  # type: ignore[arg-type]
        return given

    def clean(self) -> dict[str, Any]:
        """See that both passwords are the same."""
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", gettext("Die beiden Kennwörter sind verschieden."))
        return given


class _Known:
    """What a password must not resemble."""

    def __init__(self, name: str, email: str) -> None:
        self.name = self.first_name = self.last_name = name
        self.username = self.email = email


class SigninForm(Form):
    """Who needs a second factor."""

    second_factor = explained(
        forms.ChoiceField(
            label=_("Wer braucht neben dem Kennwort einen zweiten Faktor?"),
            help_text=_("Eine App auf dem Telefon oder Rechner, die alle dreißig Sekunden eine neue Zahl zeigt."),
            choices=[
                (SecondFactor.ROLES.value, _("Wer etwas einrichten, erlauben oder freigeben darf")),
                (SecondFactor.EVERYONE.value, _("Alle, die sich anmelden")),
            ],
            widget=forms.RadioSelect,
        ),
        _("Wer etwas einrichten, erlauben oder freigeben darf"),
    )


class InviteForm(Form):
    """Somebody to be invited."""

    name = explained(
        forms.CharField(
            label=_("Name"), max_length=200, help_text=_("Vor- und Nachname, wie Kolleginnen und Kollegen sie kennen.")
        ),
        "Jens Okafor",
    )
    email = explained(
        forms.EmailField(
            label=_("E-Mail-Adresse"), help_text=_("Dorthin geht der Link; er gilt drei Tage und einmal.")
        ),
        "j.okafor@neuenstadt.example",
    )
    role = explained(
        forms.ChoiceField(label=_("Rolle"), help_text=_("Was die Person tun soll."), widget=forms.RadioSelect),
        _("Fachamt"),
    )
    unit = explained(
        forms.ChoiceField(
            label=_("Stelle"), help_text=_("Wo die Person arbeitet; fehlt die Stelle, nennen Sie sie darunter.")
        ),
        _("Hauptamt"),
    )
    office = explained(
        forms.CharField(
            label=_("Neue Stelle"),
            max_length=200,
            required=False,
            help_text=_("Wird als Amt der Kernverwaltung eingetragen, und die Person gehört dazu."),
        ),
        _("Umweltamt"),
    )

    def __init__(self, *args: Any, roles: Iterable[RoleView], units: Iterable[UnitView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.slug, f"{said(role.title)}: {said(role.description)}") for role in roles
        ]
        self.fields["unit"].choices = unit_choices(units)  # type: ignore[attr-defined]
