# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The builder's form: what, where, when, by what, compared with what. It becomes a question and comes from one.

Every choice is a field of a GET form, so it works without a script, and the address says what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.insight import meaning, titles
from allmende.insight.meaning import Known, Where
from allmende.insight.offers import Around, main_part, other_part
from allmende.insight.terms import (
    Check,
    Comparison,
    Filter,
    Function,
    Match,
    Part,
    Period,
    Question,
    Visibility,
)
from allmende.kernel.errors import Invalid, Problem
from allmende.kernel.text import Text
from allmende.webkit.classes import Method
from allmende.webkit.forms import Form, explained, refused
from allmende.webkit.language import said

Choices = list[tuple[str, Any]]

_MATCHES = {
    Match.POINT: Text("nach der Lage", "by where it lies"),
    Match.NAME: Text("nach dem Namen", "by name"),
    Match.NUMBER: Text("nach der Nummer", "by number"),
    Match.ADDRESS: Text("Adresse", "address"),
    Match.KEY: Text("Wert", "value"),
}
_NOTHING = [("", "–")]
_PEOPLE = "people"


def measures(known: Known) -> Choices:
    """Return what can be measured: ``function:field``."""
    found: Choices = []
    if not known.protected:
        found.append(("count:", _("Anzahl der Einträge")))
    for field in filter(meaning.is_number, known.fields):
        name = said(meaning.label(field))
        functions = (Function.SUM, Function.SHARE) if known.protected else tuple(Function)[1:]
        if known.protected and not meaning.is_amount(field):
            continue
        for function in functions:
            if function is Function.SHARE:
                found.append((f"share:{field.name}", _("Anteil an der Summe: %(name)s") % {"name": name}))
            else:
                found.append((f"{function.value}:{field.name}", f"{said(titles.FUNCTIONS[function])}: {name}"))
    if not known.protected:
        found.append(("share:", _("Anteil der Einträge, die die Bedingung erfüllen")))
    return found


def places(known: Known, around: Around) -> Choices:
    """Return the ways to places: ``match:field:areas``."""
    found: Choices = []
    for way in meaning.ways(known, around.areas):
        field = known.field(way.field)
        assert field is not None
        name, match = said(meaning.label(field)), said(_MATCHES[way.match])
        if way.areas is None:
            found.append((_way(way), f"{name} ({match})"))
        else:
            many = said(meaning.area_words(way.areas)[1])
            found.append((_way(way), f"{many}: {name} ({match})"))
    return found


def _way(way: Where) -> str:
    return f"{way.match.value}:{way.field}:{way.areas.dataset if way.areas is not None else ''}"


class DatasetForm(Form):
    """The first step: which data set, for which purpose."""

    was = explained(
        forms.ChoiceField(
            label=_("Datensatz"),
            help_text=_(
                "Worüber Sie etwas wissen wollen. Gesperrt heißt: Sie wissen davon, dürfen ihn aber noch nicht lesen."
            ),
        ),
        _("Baumkataster"),
    )
    zweck = explained(
        forms.ChoiceField(
            label=_("Zweck"),
            required=False,
            help_text=_("Wofür Sie die Antwort brauchen; danach entscheidet sich, was Sie sehen dürfen."),
        ),
        _("Kommunalstatistik"),
    )

    def __init__(self, *args: Any, datasets: Choices, purposes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["was"].choices = [("", "–"), *datasets]  # type: ignore[attr-defined]
        self.fields["zweck"].choices = purposes  # type: ignore[attr-defined]


class BuilderForm(DatasetForm):
    """All of a question. Made for one data set, whose fields are its choices."""

    zuletzt = forms.CharField(widget=forms.HiddenInput, required=False)  # whose choices these are
    mass = explained(
        forms.ChoiceField(label=_("Gemessen wird"), help_text=_("Zählen oder rechnen, und womit.")),
        _("Anzahl der Einträge"),
    )
    nur = explained(
        forms.ChoiceField(
            label=_("Nur Einträge, bei denen"),
            required=False,
            help_text=_("Eine Spalte, nach der ausgewählt wird; für einen Anteil: welcher Teil gemeint ist."),
        ),
        _("Altersgruppe"),
    )
    nur_wie = forms.ChoiceField(
        label=_("Vergleich"),
        required=False,
        choices=[("is", _("einer dieser Werte ist")), ("under", _("kleiner ist als")), ("from", _("mindestens ist"))],
    )
    nur_wert = explained(
        forms.CharField(
            label=_("Wert, mehrere mit Semikolon"),
            required=False,
            max_length=2_000,
            help_text=_("So geschrieben wie in den Daten."),
        ),
        "0-2; 3-5; 6-9",
    )
    werte = forms.MultipleChoiceField(
        label=_("Oder aus den vorhandenen Werten wählen"), required=False, widget=forms.CheckboxSelectMultiple
    )
    wo = explained(
        forms.ChoiceField(
            label=_("Je Gebiet oder Ort"),
            required=False,
            help_text=_("Mit Stadtteilen wird aus der Antwort eine Karte."),
        ),
        _("Stadtteile: Lage"),
    )
    wann = explained(
        forms.ChoiceField(label=_("Die Spalte mit der Zeit"), required=False, help_text=_("Welche Spalte sagt, wann.")),
        _("Stichtag"),
    )
    je = explained(
        forms.ChoiceField(label=_("Je Zeitabschnitt"), required=False, help_text=_("Leer: alle Zeiten zusammen.")),
        _("Jahr"),
    )
    neueste = forms.BooleanField(
        label=_("Nur der neueste Stand"),
        required=False,
        help_text=_("Bei Beständen an Stichtagen: mehrere Stände darf man nicht zusammenzählen."),
    )
    von = explained(
        forms.DateField(label=_("Von"), required=False, help_text=_("Der erste Tag, der zählt."), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")),
        "01.01.2025",
    )  # fmt: skip
    bis = explained(
        forms.DateField(label=_("Bis"), required=False, help_text=_("Der letzte Tag, der zählt."), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")),
        "31.12.2025",
    )  # fmt: skip
    nach = explained(
        forms.ChoiceField(label=_("Gegliedert nach"), required=False, help_text=_("Zusätzlich zu Ort und Zeit.")),
        _("Baumart"),
    )
    vergleich = explained(
        forms.ChoiceField(
            label=_("Vergleichen"),
            required=False,
            help_text=_("Damit große und kleine Gebiete vergleichbar werden."),
        ),
        _("je Quadratkilometer"),
    )
    andere = explained(
        forms.ChoiceField(
            label=_("Der andere Datensatz"),
            required=False,
            help_text=_("Nur für den Vergleich mit einem anderen Datensatz."),
        ),
        _("Spielplätze"),
    )
    andere_mass = forms.ChoiceField(label=_("Was daran gemessen wird"), required=False)
    andere_nur = forms.ChoiceField(label=_("Dort nur Einträge, bei denen"), required=False)
    andere_wert = explained(
        forms.CharField(label=_("Wert dort, mehrere mit Semikolon"), required=False, max_length=2_000), "0-2; 3-5; 6-9"
    )
    je_wie_viele = explained(
        forms.ChoiceField(
            label=_("Je wie viele?"),
            required=False,
            choices=[(str(n), f"{n:,}".replace(",", ".")) for n in (1, 10, 100, 1_000, 10_000, 100_000)],
        ),
        _("je 1.000"),
    )
    klassen = explained(
        forms.ChoiceField(
            label=_("Klassen der Karte"),
            required=False,
            help_text=_("Wie Werte zu Farben werden. Die Karte nennt das Verfahren."),
        ),
        _("Quantile"),
    )

    #: How the page groups them.
    GROUPS = (
        (_("Was?"), ("was", "zweck", "mass", "nur", "nur_wie", "nur_wert", "werte")),
        (_("Wo?"), ("wo",)),
        (_("Wann?"), ("wann", "je", "neueste", "von", "bis")),
        (_("Wonach?"), ("nach",)),
        (_("Womit verglichen?"), ("vergleich", "andere", "andere_mass", "andere_nur", "andere_wert", "je_wie_viele")),
        (_("Darstellung"), ("klassen",)),
    )

    def __init__(
        self,
        *args: Any,
        known: Known,
        around: Around,
        other: Known | None,
        values: list[str] | None = None,
        others: Choices,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.around, self.other = known, around, other
        named = [
            (field.name, said(meaning.label(field)))
            for field in known.fields
            if meaning.kind(field) is not meaning.Kind.GEOMETRY
        ]
        chosen: dict[str, Choices] = {
            "mass": measures(known),
            "nur": [*_NOTHING, *named],
            "werte": [(value, value) for value in values or ()],
            "wo": [("", _("ganze Stadt")), *places(known, around)],
            "wann": [*_NOTHING, *((f.name, said(meaning.label(f))) for f in known.fields if meaning.is_time(f))],
            "je": [("", _("alle zusammen")), *((p.value, said(titles.PERIODS[p])) for p in Period)],
            "nach": [*_NOTHING, *((f.name, said(meaning.label(f))) for f in _by(known))],
            "vergleich": self._comparisons(),
            "andere": [*_NOTHING, *others],
            "andere_mass": measures(other) if other is not None else _NOTHING,
            "andere_nur": [
                *_NOTHING,
                *((f.name, said(meaning.label(f))) for f in (other.fields if other is not None else ())),
            ],
            "klassen": [(method.value, said(method.label)) for method in Method],
        }
        for name, choices in chosen.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        if not values:
            del self.fields["werte"]
        if other is None:
            for name in ("andere_mass", "andere_nur", "andere_wert"):
                del self.fields[name]

    def _comparisons(self) -> Choices:
        found: Choices = [("", _("mit nichts")), (Comparison.AVERAGE.value, _("mit dem Durchschnitt der Gebiete"))]
        people = self.around.people
        if people is not None and people.dataset != self.known.name:
            found.append((_PEOPLE, _("je 1.000 Einwohnerinnen und Einwohner")))
        found.append((Comparison.AREA.value, _("je Quadratkilometer")))
        found.append((Comparison.RATIO.value, _("im Verhältnis zu einem anderen Datensatz")))
        found.append((Comparison.BESIDE.value, _("neben einem anderen Datensatz")))
        return found

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields as the page groups them."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.GROUPS]

    def clean(self) -> dict[str, Any]:
        """Make the question, so that what does not fit is told at its field."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.question = self._question(cleaned)
            except Problem as problem:
                refused(self, problem)
        return cleaned

    def _question(self, given: Mapping[str, Any]) -> Question:
        function, field = _measure(given["mass"])
        condition = _condition(
            given.get("nur", ""), given.get("nur_wie") or "is", given.get("nur_wert", ""), given.get("werte", ())
        )
        part = Part(dataset=self.known.name, function=function, field=field)
        if function is Function.SHARE:
            if condition is None:
                raise Invalid(
                    Text(
                        "Ein Anteil braucht die Bedingung, welcher Teil gemeint ist.",
                        "A share takes the condition that says which part is meant.",
                    ),
                    field="nur",
                )
            part = msgspec.structs.replace(part, share=condition)
        elif condition is not None:
            part = msgspec.structs.replace(part, filters=(condition,))
        areas = None
        if given["wo"]:
            match, place, areas_of = given["wo"].split(":")
            areas = next((one for one in self.around.areas if one.dataset == areas_of), None)
            part = msgspec.structs.replace(part, match=Match(match), place=place)
        if given["wann"]:
            part = msgspec.structs.replace(part, time=given["wann"], latest=given["neueste"])
        elif given["je"] or given["von"] or given["bis"] or given["neueste"]:
            raise Invalid(
                Text("Wählen Sie die Spalte, die sagt, wann.", "Choose the field that says when."), field="wann"
            )
        question = Question(
            what=part,
            areas=areas,
            every=Period(given["je"]) if given["je"] else None,
            since=given["von"],
            until=given["bis"],
            by=given["nach"],
            method=Method(given["klassen"] or Method.QUANTILES),
        )
        return self._compared(question, given)

    def _compared(self, question: Question, given: Mapping[str, Any]) -> Question:
        wanted = given["vergleich"]
        if not wanted:
            return question
        if wanted == _PEOPLE:
            people = self.around.people
            assert people is not None
            known = self.around.known[people.dataset]
            other = other_part(question, known, people.function, people.field, self.around)
            return msgspec.structs.replace(question, compared=Comparison.RATIO, other=other, per=1000)
        compared = Comparison(wanted)
        if compared not in {Comparison.RATIO, Comparison.BESIDE}:
            return msgspec.structs.replace(question, compared=compared)
        if self.other is None:
            raise Invalid(Text("Wählen Sie den anderen Datensatz.", "Choose the other data set."), field="andere")
        function, field = _measure(given.get("andere_mass", "")) if given.get("andere_mass") else (Function.COUNT, "")
        other = other_part(question, self.other, function, field, self.around)
        condition = _condition(given.get("andere_nur", ""), "is", given.get("andere_wert", ""), ())
        if function is Function.SHARE:
            other = msgspec.structs.replace(other, share=condition)
        elif condition is not None:
            other = msgspec.structs.replace(other, filters=(condition,))
        per = int(given["je_wie_viele"] or 1) if compared is Comparison.RATIO else 1
        return msgspec.structs.replace(question, compared=compared, other=other, per=per)


def _by(known: Known) -> list[Any]:
    kinds = {meaning.Kind.TEXT, meaning.Kind.BOOLEAN, meaning.Kind.WHOLE}
    return [field for field in known.fields if meaning.kind(field) in kinds and not field.personal]


def _measure(given: str) -> tuple[Function, str]:
    function, _colon, field = given.partition(":")
    return Function(function), field


def _condition(field: str, check: str, written: str, ticked: Any) -> Filter | None:
    values = [value.strip() for value in written.split(";") if value.strip()]
    values += [value for value in ticked if value not in values]
    if not field:
        if values:
            raise Invalid(
                Text("Wählen Sie die Spalte zu diesem Wert.", "Choose the field this value belongs to."), field="nur"
            )
        return None
    if not values:
        raise Invalid(
            Text("Es fehlt der Wert zu dieser Spalte.", "The value for this field is missing."), field="nur_wert"
        )
    return Filter(field=field, check=Check(check), values=tuple(values))


def written(question: Question, around: Around) -> dict[str, str]:
    """Return a question as the form's fields; the inverse of :meth:`BuilderForm.clean` as far as the form reaches."""
    what = question.what
    found = {"was": what.dataset, "mass": f"{what.function.value}:{what.field}", "klassen": question.method.value}
    condition = what.share or next(iter(what.filters), None)
    if condition is not None:
        found |= {"nur": condition.field, "nur_wie": condition.check.value, "nur_wert": "; ".join(condition.values)}
    if what.match is not None:
        found["wo"] = f"{what.match.value}:{what.place}:{question.areas.dataset if question.areas is not None else ''}"
    if what.time:
        found["wann"] = what.time
    if what.latest:
        found["neueste"] = "on"
    if question.every is not None:
        found["je"] = question.every.value
    found |= {
        name: day.isoformat()
        for name, day in (("von", question.since), ("bis", question.until))
        if isinstance(day, date)
    }
    if question.by:
        found["nach"] = question.by
    other = question.other
    people = around.people
    if question.compared is Comparison.RATIO and other is not None and other == people and question.per == 1000:
        return found | {"vergleich": _PEOPLE}
    if question.compared is not Comparison.NONE:
        found["vergleich"] = question.compared.value
    if other is not None:
        found |= {
            "andere": other.dataset,
            "andere_mass": f"{other.function.value}:{other.field}",
            "je_wie_viele": str(question.per),
        }
        condition = other.share or next(iter(other.filters), None)
        if condition is not None:
            found |= {"andere_nur": condition.field, "andere_wert": "; ".join(condition.values)}
    return found


def first(known: Known, around: Around) -> dict[str, str]:
    """Return what a form starts with for a data set: its main measure, by district where there is a way to one."""
    part = main_part(known)
    found = {"was": known.name, "mass": f"{part.function.value}:{part.field}"}
    way = next((one for one in meaning.ways(known, around.areas) if one.areas is not None), None)
    if way is not None:
        found["wo"] = _way(way)
    if part.time:
        found |= {"wann": part.time, "neueste": "on"}
    return found


class KeepForm(Form):
    """How a question is kept: what it is called, for whom, for which purpose."""

    title = explained(
        forms.CharField(label=_("Titel"), max_length=200, help_text=_("Woran man die Frage wiedererkennt.")),
        _("Spielplätze je 1.000 Kinder"),
    )
    note = explained(
        forms.CharField(
            label=_("Anmerkung"),
            required=False,
            max_length=1_000,
            widget=forms.Textarea({"rows": 3}),
            help_text=_("Wozu die Frage dient und was bei ihrer Antwort zu bedenken ist."),
        ),
        _("Für den Jugendhilfeausschuss im März."),
    )
    purpose = explained(
        forms.ChoiceField(
            label=_("Vorgeschlagener Zweck"),
            required=False,
            help_text=_("Wer die Frage öffnet, fragt für diesen Zweck oder nennt einen anderen."),
        ),
        _("Kommunalstatistik"),
    )
    visibility = explained(
        forms.ChoiceField(
            label=_("Wer darf die Frage öffnen?"),
            help_text=_("Jede und jeder sieht nur, was die eigenen Rechte erlauben; die Frage gibt nichts weiter."),
        ),
        _("meine Stelle"),
    )
    frage = forms.CharField(widget=forms.HiddenInput, max_length=20_000)

    def __init__(self, *args: Any, purposes: Choices, visibilities: list[Visibility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]
        self.fields["visibility"].choices = [(one.value, said(one.label)) for one in visibilities]  # type: ignore[attr-defined]
