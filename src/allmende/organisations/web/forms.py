# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms of the room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.organisations.terms import LegalForm, RoleView, UnitKind, UnitView
from allmende.organisations.words import unit_choices
from allmende.webkit.forms import Form, explained
from allmende.webkit.language import said


class TokenForm(Form):
    """A personal token for a program."""

    label = explained(
        forms.CharField(
            label=_("Bezeichnung"),
            max_length=200,
            help_text=_("Woran Sie den Zugangsschlüssel später wiedererkennen."),
        ),
        _("Abfrage im Tabellenprogramm, Dienstrechner"),
    )
    purposes = explained(
        forms.MultipleChoiceField(
            label=_("Zwecke"),
            help_text=_("Wofür das Programm fragen darf; für andere Zwecke wird es abgewiesen."),
            widget=forms.CheckboxSelectMultiple,
        ),
        _("Verkehrsplanung"),
    )
    days = explained(
        forms.TypedChoiceField(
            label=_("Gültig für"),
            coerce=int,
            choices=[(30, _("30 Tage")), (180, _("ein halbes Jahr")), (365, _("ein Jahr")), (730, _("zwei Jahre"))],
            initial=365,
            help_text=_("Danach gilt der Zugangsschlüssel nicht mehr und ein neuer wird gebraucht."),
        ),
        _("ein Jahr"),
    )

    def __init__(self, *args: Any, purposes: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, choices={"purposes": purposes}, **kwargs)

    @property
    def lifetime(self) -> timedelta:
        """How long the token is to be valid."""
        return timedelta(days=self.cleaned_data["days"])


class MailForm(Form):
    """One's mails."""

    language = explained(
        forms.ChoiceField(
            label=_("Sprache der E-Mails"),
            choices=[("de", "Deutsch"), ("en", "English")],
            help_text=_("In dieser Sprache schreibt Ihnen das Programm."),
        ),
        "Deutsch",
    )
    weekly = explained(
        forms.BooleanField(
            label=_("Wöchentliche E-Mail"),
            required=False,
            help_text=_("Montags, was unter „Heute“ auf Sie wartet; sonst nichts."),
        ),
        _("Zwei Dinge warten auf Sie"),
    )


class PersonForm(Form):
    """A new account."""

    name = explained(
        forms.CharField(
            label=_("Name"), max_length=200, help_text=_("Vor- und Nachname, wie Kolleginnen und Kollegen sie kennen.")
        ),
        "Ayşe Yıldız",
    )
    email = explained(
        forms.EmailField(label=_("E-Mail-Adresse"), help_text=_("Damit meldet sich die Person an.")),
        "ayse.yildiz@auenstadt.example",
    )
    unit = explained(
        forms.ChoiceField(
            label=_("Stelle"), help_text=_("Wo die Person arbeitet; davon hängt ab, was sie sehen darf.")
        ),
        _("Umweltamt"),
    )

    def __init__(self, *args: Any, units: Iterable[UnitView], **kwargs: Any) -> None:
        super().__init__(*args, choices={"unit": unit_choices(units)}, **kwargs)


class RoleForm(Form):
    """A role to be given."""

    role = explained(
        forms.ChoiceField(label=_("Rolle"), help_text=_("Was die Person in den Registern tun soll.")),
        _("Datenverantwortliche, Datenverantwortlicher"),
    )
    unit = explained(
        forms.ChoiceField(label=_("In der Stelle"), help_text=_("Die Rolle gilt dort und in allem darunter.")),
        _("Umweltamt"),
    )

    def __init__(self, *args: Any, roles: Iterable[RoleView], units: Iterable[UnitView], **kwargs: Any) -> None:
        held = [(role.slug, said(role.title)) for role in roles]
        super().__init__(*args, choices={"role": held, "unit": unit_choices(units)}, **kwargs)


class UnitForm(Form):
    """A new unit."""

    name_de = explained(
        forms.CharField(label=_("Name"), max_length=200, help_text=_("Der amtliche Name der Stelle.")), _("Umweltamt")
    )
    name_en = explained(
        forms.CharField(
            label=_("Englischer Name"),
            max_length=200,
            help_text=_("Für Gäste, die kein Deutsch lesen."),
            required=False,
        ),
        "Environment office",
    )
    slug = explained(
        forms.CharField(
            label=_("Kurzname"),
            max_length=63,
            help_text=_("Kleinbuchstaben, Ziffern und Unterstriche; er bleibt für immer."),
        ),
        "umweltamt",
    )
    kind = explained(
        forms.ChoiceField(
            label=_("Art"), help_text=_("Amt, Eigenbetrieb, Beteiligung oder Partner; davon hängen Rechte ab.")
        ),
        _("Amt der Kernverwaltung"),
    )
    parent = explained(
        forms.ChoiceField(label=_("Gehört zu"), help_text=_("Die Stelle darüber.")), _("Dezernat Stadtentwicklung")
    )
    legal_form = explained(
        forms.ChoiceField(label=_("Rechtsform"), help_text=_("Nur bei Beteiligungen und Partnern."), required=False),
        "GmbH",
    )
    share = explained(
        forms.DecimalField(
            label=_("Anteil der Stadt in Prozent"),
            max_digits=6,
            decimal_places=3,
            min_value=0,
            max_value=100,
            help_text=_("Wie viel der Stadt gehört; nur bei Beteiligungen."),
            required=False,
            localize=True,
        ),
        "74,9",
    )
    contact = explained(
        forms.CharField(
            label=_("Wen man fragt"), max_length=300, help_text=_("Telefon oder Postfach der Stelle."), required=False
        ),
        "Umweltamt, umwelt@auenstadt.example, 0123 456-78",
    )

    def __init__(self, *args: Any, units: Iterable[UnitView], **kwargs: Any) -> None:
        choices = {
            "kind": [(kind.value, said(kind.label)) for kind in UnitKind if kind is not UnitKind.TOWN],
            "parent": unit_choices(units),
            "legal_form": [(form.value, said(form.label)) for form in LegalForm],
        }
        super().__init__(*args, choices=choices, **kwargs)
