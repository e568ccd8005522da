# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form of a grant or denial (Nutzungserlaubnis, Untersagung): obligations are chosen, never written as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from allmende.catalogue.terms import DatasetView
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights import obligations, words
from allmende.rights.obligations import Unfit
from allmende.rights.terms import (
    Action,
    Attribution,
    Class,
    Coarsen,
    Column,
    Delay,
    Effect,
    GranteeKind,
    HideColumn,
    NoOnwardUse,
    Obligation,
    ReleaseTableOnly,
    RowFilter,
    RowRange,
    Subject,
)
from allmende.webkit.forms import Form, explained, style
from allmende.webkit.language import said

#: Steps of coarsening that are offered, where a column's type can be coarsened so.
_STEPS = ("hour", "day", "week", "month", "year", "10", "100", "1000", "10000", "prefix:1", "prefix:2", "prefix:3")
_HIDE = "hide"
#: Row filters that can be set at once; all of them must hold.
FILTERS = 2


@dataclass(frozen=True)
class Section:
    """Fields that belong together; ``folded`` ones stand open only where something is filled in or wrong."""

    title: str
    sentence: str
    fields: tuple[forms.BoundField, ...]
    folded: bool = False

    @property
    def used(self) -> bool:
        """Whether it must be seen."""
        return any(bound.value() or bound.errors for bound in self.fields)


class GrantForm(Form):
    """To whom, for what, how long, on which basis, under which obligations."""

    whom = explained(
        forms.ChoiceField(
            label=_("Für wen"),
            help_text=_("Eine Stelle mit allem darunter, eine Beteiligung, eine Rolle, ein Mensch oder ein Programm."),
        ),
        _("Umweltamt"),
    )
    what = explained(
        forms.ChoiceField(
            label=_("Was"),
            widget=forms.RadioSelect,
            initial=Action.READ.value,
            help_text=_("Wer Zeilen lesen darf, weiß auch von dem Datensatz."),
        ),
        _("die Zeilen lesen"),
    )
    purposes = explained(
        forms.MultipleChoiceField(
            label=_("Für welche Zwecke"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Nur dafür gilt es; wer zu einem anderen Zweck fragt, wird abgewiesen."),
        ),
        _("Verkehrsplanung"),
    )
    starts = explained(
        forms.DateField(
            label=_("Gilt ab"),
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Leer heißt: ab sofort."),
        ),
        "01.01.2027",
    )
    ends = explained(
        forms.DateField(
            label=_("Gilt bis einschließlich"),
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Leer heißt: bis es zurückgenommen wird. Ein Ende erspart das Vergessen."),
        ),
        "31.12.2027",
    )
    legal_basis = explained(
        forms.CharField(
            label=_("Rechtsgrundlage"),
            required=False,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Gesetz, Satzung oder Vertrag; bei Daten über Menschen und Geheimnissen nötig."),
        ),
        _("Datenüberlassungsvertrag vom 01.02.2025, § 3"),
    )
    note = explained(
        forms.CharField(
            label=_("Vermerk"),
            required=False,
            max_length=1000,
            help_text=_("Aktenzeichen oder Anlass; das sehen nur die, die erteilen dürfen."),
        ),
        "61.2-2026/17",
    )

    def __init__(self, *args: Any, subject: Subject, dataset: DatasetView, effect: Effect, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset = dataset
        self.effect = effect
        self.columns = [Column(field.name, field.type, field.personal) for field in dataset.fields]
        self.fields["whom"].choices = list(_grantees(subject, dataset, effect))  # type: ignore[attr-defined]
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (Action.READ.value, gettext("die Zeilen lesen")),
            (Action.KNOW.value, gettext("von dem Datensatz wissen, ohne Zeilen")),
        ]
        self.fields["purposes"].choices = [  # type: ignore[attr-defined]
            (slug, said(title)) for slug, title in rights.purpose_titles(dataset.tenant)
        ]
        if effect is Effect.DENY:
            self.fields["what"].help_text = gettext("Wer nicht wissen darf, bekommt auch keine Zeilen.")
            self.fields["purposes"].help_text = gettext("Keiner angekreuzt heißt: zu keinem Zweck.")
            del self.fields["legal_basis"]
        else:
            if dataset.cls is Class.PERSONAL or dataset.secrets:
                self.fields["legal_basis"].required = True
            self._offer_obligations()

    def _offer_obligations(self) -> None:
        """Add what of obligations these columns can keep."""
        for number, column in enumerate(self.columns):
            field = self.dataset.fields[number]
            self.fields[f"column_{number}"] = explained(
                forms.ChoiceField(
                    label=said(field.title) or column.name,
                    required=False,
                    choices=[
                        ("", gettext("zeigen, wie sie ist")),
                        (_HIDE, gettext("weglassen")),
                        *((step, gettext("vergröbern %(how)s") % {"how": how}) for step, how in _steps(column)),
                    ],
                    help_text=gettext("Spalte „%(name)s“") % {"name": column.name}
                    + (gettext(", personenbezogen.") if field.personal else "."),
                )
            )
        names = [("", "–"), *((c.name, c.name) for c in self.columns if _keeps(RowFilter(c.name, ("",)), c))]
        for number in range(FILTERS):
            self.fields[f"filter_{number}"] = explained(
                forms.ChoiceField(
                    label=_("Nur Zeilen, in denen die Spalte"),
                    required=False,
                    choices=names,
                    help_text=_("Alle anderen Zeilen gibt es für die Empfänger nicht."),
                ),
                self.columns[0].name if self.columns else "",
            )
            self.fields[f"values_{number}"] = explained(
                forms.CharField(
                    label=_("einen dieser Werte hat"),
                    required=False,
                    max_length=4000,
                    widget=forms.Textarea(attrs={"rows": 2}),
                    help_text=_("Ein Wert je Zeile, genau so geschrieben wie in den Daten."),
                ),
                "Altstadt",
            )
        ranged = [("", "–"), *((c.name, c.name) for c in self.columns if _keeps(RowRange(c.name, "1"), c))]
        ranged += [(c.name, c.name) for c in self.columns if _keeps(RowRange(c.name, "2000-01-01"), c)]
        if len(ranged) > 1:
            self.fields["range"] = explained(
                forms.ChoiceField(
                    label=_("Nur Zeilen, in denen die Zahl oder Zeit"),
                    required=False,
                    choices=ranged,
                    help_text=_("Eine Spalte mit Zahlen oder Zeiten."),
                ),
                ranged[1][0],
            )
            for name, label in (("range_least", _("mindestens ist")), ("range_most", _("höchstens ist"))):
                self.fields[name] = explained(
                    forms.CharField(
                        label=label,
                        required=False,
                        max_length=30,
                        help_text=_("Eine Zahl, oder ein Tag als JJJJ-MM-TT; leer heißt: keine Grenze."),
                    ),
                    "2026-01-01",
                )
        late = [("", "–"), *((c.name, c.name) for c in self.columns if _keeps(Delay(c.name, 1), c))]
        if len(late) > 1:
            self.fields["delay"] = explained(
                forms.ChoiceField(
                    label=_("Verzögert nach der Spalte"),
                    required=False,
                    choices=late,
                    help_text=_("Zeilen erscheinen erst eine Frist nach dem Zeitpunkt in dieser Spalte."),
                ),
                late[1][0],
            )
            self.fields["days"] = explained(
                forms.IntegerField(
                    label=_("um so viele Tage"),
                    required=False,
                    min_value=1,
                    max_value=36500,
                    help_text=_("Volle Tage; davor gibt es die Zeile nicht."),
                ),
                "14",
            )
        self.fields["attribution"] = explained(
            forms.CharField(
                label=_("Quellenvermerk"),
                required=False,
                max_length=300,
                help_text=_("So ist die Quelle bei jeder Nutzung zu nennen."),
            ),
            _("Stadtwerke Auenstadt, Netzleitstelle"),
        )
        self.fields["no_onward_use"] = forms.BooleanField(
            label=_("Nicht weitergeben und nicht zu einem anderen Zweck nutzen"), required=False
        )
        if self.dataset.release_table:
            self.fields["release_table_only"] = forms.BooleanField(
                label=_("Nur die geschützte Freigabetabelle, nie die Zeilen"), required=False
            )
        for field_ in self.fields.values():
            style(field_.widget)

    def sections(self) -> list[Section]:
        """Return the fields in groups."""

        def some(*wanted: str) -> tuple[forms.BoundField, ...]:
            return tuple(self[name] for name in self.fields if name.startswith(wanted))

        found = [
            Section("", "", some("whom", "what", "purposes")),
            Section(gettext("Wie lange und worauf gestützt"), "", some("starts", "ends", "legal_basis", "note")),
            Section(
                gettext("Auflage: welche Zeilen"),
                gettext("Ohne Angabe alle. Stehen hier mehrere Bedingungen, müssen alle gelten."),
                some("filter_", "values_", "range", "delay", "days"),
                folded=True,
            ),
            Section(
                gettext("Auflage: welche Spalten"),
                gettext("Was der Zweck nicht braucht, weglassen oder vergröbern."),
                some("column_"),
                folded=True,
            ),
            Section(gettext("Weitere Auflagen"), "", some("attribution", "no_onward_use", "release_table_only")),
        ]
        return [one for one in found if one.fields]

    def clean(self) -> dict[str, Any]:
        """Check what two fields say together."""
        given = super().clean() or {}
        for number in range(FILTERS):
            column, values = given.get(f"filter_{number}"), given.get(f"values_{number}", "").strip()
            if column and not values:
                self.add_error(f"values_{number}", _("Welche Werte soll die Spalte haben?"))
            if values and not column:
                self.add_error(f"filter_{number}", _("In welcher Spalte stehen diese Werte?"))
        self._check_range(given)
        if given.get("delay") and not given.get("days"):
            self.add_error("days", _("Um wie viele Tage?"))
        if given.get("days") and not given.get("delay"):
            self.add_error("delay", _("Nach welcher Spalte?"))
        return given

    def _check_range(self, given: dict[str, Any]) -> None:
        least, most = (given.get(name, "").strip().replace(",", ".") for name in ("range_least", "range_most"))
        if (least or most) and not given.get("range"):
            self.add_error("range", _("In welcher Spalte stehen diese Werte?"))
        elif given.get("range"):
            column = next(one for one in self.columns if one.name == given["range"])
            try:
                obligations.check(RowRange(column.name, least, most), [column])
            except Unfit as unfit:
                self.add_error("range_least" if least or not most else "range_most", said(unfit.detail))

    def draft(self) -> rights.GrantDraft:
        """Return what is to be written down."""
        given = self.cleaned_data
        kind, _colon, grantee = given["whom"].partition(":")
        ends = given["ends"]
        return rights.GrantDraft(
            resource=self.dataset.id,
            effect=self.effect,
            grantee_kind=GranteeKind(kind),
            grantee=grantee,
            actions=frozenset({Action(given["what"])}),
            purposes=frozenset(given["purposes"]),
            valid_from=_midnight(given["starts"]) if given["starts"] else None,
            valid_until=_midnight(ends + timedelta(days=1)) if ends else None,
            obligations=tuple(self._obligations()) if self.effect is Effect.ALLOW else (),
            legal_basis=given.get("legal_basis", ""),
            note=given["note"],
        )

    def _obligations(self) -> list[Obligation]:
        given = self.cleaned_data
        found: list[Obligation] = [ReleaseTableOnly()] if given.get("release_table_only") else []
        for number in range(FILTERS):
            if given.get(f"filter_{number}"):
                values = (line.strip() for line in given[f"values_{number}"].splitlines())
                found.append(RowFilter(given[f"filter_{number}"], tuple(dict.fromkeys(filter(None, values)))))
        if given.get("range"):
            least, most = (given[name].strip().replace(",", ".") for name in ("range_least", "range_most"))
            found.append(RowRange(given["range"], least, most))
        for number, column in enumerate(self.columns):
            chosen = given.get(f"column_{number}")
            if chosen:
                found.append(HideColumn(column.name) if chosen == _HIDE else Coarsen(column.name, chosen))
        if given.get("delay"):
            found.append(Delay(given["delay"], given["days"]))
        if given.get("attribution", "").strip():
            found.append(Attribution(given["attribution"].strip()))
        if given.get("no_onward_use"):
            found.append(NoOnwardUse())
        return found


def _midnight(day: date) -> datetime:
    """Return the beginning of a day in the town's time."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware at once)


def _keeps(obligation: Obligation, column: Column) -> bool:
    try:
        obligations.check(obligation, [column])
    except Unfit:
        return False
    return True


def _steps(column: Column) -> Iterator[tuple[str, str]]:
    """Return the steps of coarsening the column's type can give, with their words."""
    for step in _STEPS:
        if _keeps(Coarsen(column.name, step), column):
            yield step, said(words.coarse(step))


def _grantees(subject: Subject, dataset: DatasetView, effect: Effect) -> Iterator[tuple[str, Any]]:
    """Return to whom it can be given, grouped; who is not of the administration sees people of their own unit alone."""
    tenant = dataset.tenant
    units = [unit for unit in organisations.units(tenant) if unit.active]
    yield "", gettext("– bitte wählen –")
    yield (
        gettext("Stellen, Beteiligungen und Partner, mit allem darunter"),
        [(f"unit:{unit.id}", f"{'– ' * unit.depth}{said(unit.name)}") for unit in units],
    )
    yield gettext("Rollen"), [(f"role:{role.slug}", said(role.title)) for role in organisations.roles(tenant)]
    people = [one for one in organisations.people(tenant) if one.active]
    if not subject.administration:
        people = [one for one in people if one.unit == subject.unit]
    yield gettext("Menschen"), [(f"person:{one.id}", f"{one.name} ({said(one.unit_name)})") for one in people]
    systems = [one for one in organisations.systems(tenant) if one.active]
    if systems:
        yield gettext("Programme"), [(f"system:{one.id}", one.name) for one in systems]
    towns = [town for town in organisations.tenants() if town.slug == tenant or town.slug in dataset.shared_with]
    yield (
        gettext("Kommunen"),
        [(f"tenant:{town.slug}", gettext("die ganze Verwaltung von %(town)s") % {"town": town.name}) for town in towns],
    )
    guarded = dataset.cls is Class.PERSONAL or bool(dataset.secrets)
    if effect is Effect.DENY:
        yield gettext("Alle"), [("anyone:", gettext("alle, auch ohne Anmeldung"))]
    elif not guarded:
        yield gettext("Alle"), [("anyone:", gettext("alle, die hier angemeldet sind"))]
