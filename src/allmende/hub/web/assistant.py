# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms of the connect assistant: send a file, put right how it is read, say what it is."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import CLASS_TITLES, VISIBILITY_TITLES, Mode
from allmende.engine.mapping import Csv, Excel, Field, Mapping, Type
from allmende.engine.mapping.model import ENCODINGS
from allmende.hub.domain.uploads import Upload
from allmende.hub.web.corrections import Block, corrected, correction_fields
from allmende.hub.web.editors.given import with_present
from allmende.hub.web.opening import OwnedForm
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.rights.terms import Class, Visibility
from allmende.webkit.forms import Form, explained, short_name
from allmende.webkit.language import said

TYPES = (
    (Type.TEXT.value, _("Text")),
    (Type.INTEGER.value, _("ganze Zahl")),
    (Type.NUMBER.value, _("Zahl mit Komma")),
    (Type.DECIMAL.value, _("Geldbetrag")),
    (Type.BOOLEAN.value, _("ja oder nein")),
    (Type.DATE.value, _("Datum")),
    (Type.TIME.value, _("Uhrzeit")),
    (Type.TIMESTAMP.value, _("Datum und Uhrzeit")),
    (Type.INSTANT.value, _("Zeitpunkt mit Zone")),
    (Type.GEOMETRY.value, _("Ort oder Fläche")),
)
#: Between marks for "no value" in one line of the form; some have a blank in them.
_MARKS = " | "
SEPARATORS = ((";", _("Strichpunkt ;")), (",", _("Komma ,")), ("\t", _("Tabulator")), ("|", _("senkrechter Strich |")))


#: A step in the form, its fields, and whether something is wrong with one of them.
Step = tuple[Block, list[forms.BoundField], bool]


class FileForm(OwnedForm):
    """Step one: the file and who answers for it."""

    file = explained(
        forms.FileField(
            label=_("Datei"),
            help_text=_("CSV, Excel, Parquet, GeoJSON, JSON, GeoPackage oder ODS, höchstens 200 MB."),
            allow_empty_file=True,
        ),
        "Spielplaetze_2026.xlsx",
    )


class ReadingForm(Form):
    """Step two: how the file is read, and each column's name, type and unit."""

    def __init__(self, *args: Any, mapping: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mapping = mapping
        read = mapping.read
        if isinstance(read, Csv):
            self.fields["encoding"] = explained(
                forms.ChoiceField(
                    label=_("Zeichensatz"),
                    choices=[(name, name) for name in ENCODINGS],
                    initial=read.encoding,
                    help_text=_("Wenn Umlaute falsch aussehen, ist es ein anderer."),
                ),
                "windows-1252",
            )
            self.fields["separator"] = explained(
                forms.ChoiceField(
                    label=_("Trennzeichen"),
                    choices=with_present(SEPARATORS, read.separator),
                    initial=read.separator,
                    help_text=_("Was zwischen zwei Spalten steht."),
                ),
                _("Strichpunkt"),
            )
        if isinstance(read, Csv | Excel):
            for name, label, sentence, example, initial in (
                ("skip", _("Zeilen vor der Kopfzeile"), _("Titel und Anmerkungen darüber."), "2", read.skip),
                ("header_rows", _("Kopfzeilen"), _("Zeilen mit den Namen der Spalten."), "1", read.header_rows),
            ):
                self.fields[name] = explained(
                    forms.IntegerField(label=label, min_value=0, max_value=1000, initial=initial, help_text=sentence),
                    example,
                )
        self.reading = tuple(self.fields)
        self.blocks, more = correction_fields(mapping)
        self.fields |= more
        for index, field in enumerate(mapping.fields):
            self._column(index, field)

    def _column(self, index: int, field: Field) -> None:
        def named(label: Any, widget: forms.Widget) -> forms.Widget:
            widget.attrs["aria-label"] = f"{label}: {field.source or field.name}"
            return widget

        title = said(field.title) if field.title else ""
        self.fields |= {
            f"keep_{index}": forms.BooleanField(
                required=False, initial=True, widget=named(_("Übernehmen"), forms.CheckboxInput())
            ),
            f"name_{index}": short_name(
                label=None,
                help_text="",
                example="",
                initial=field.name,
                widget=named(_("Name"), forms.TextInput()),
            ),
            f"title_{index}": forms.CharField(
                required=False, max_length=2000, initial=title, widget=named(_("Bedeutung"), forms.TextInput())
            ),
            f"type_{index}": forms.ChoiceField(
                choices=TYPES, initial=field.type.value, widget=named(_("Typ"), forms.Select())
            ),
            f"unit_{index}": forms.CharField(
                required=False, max_length=200, initial=field.unit, widget=named(_("Einheit"), forms.TextInput())
            ),
            f"decimal_{index}": forms.ChoiceField(
                choices=((".", "1.5"), (",", "1,5")),
                initial=field.decimal,
                widget=named(_("Dezimalzeichen"), forms.Select()),
            ),
            f"missing_{index}": forms.CharField(
                required=False, initial=_MARKS.join(field.missing), widget=named(_("Kein Wert"), forms.TextInput())
            ),
            f"personal_{index}": forms.BooleanField(
                required=False, initial=field.personal, widget=named(_("Personenbezogen"), forms.CheckboxInput())
            ),
        }
        for name in ("name", "title", "type", "unit", "decimal", "missing"):
            self.fields[f"{name}_{index}"].widget.attrs["class"] = "input"

    def columns(self) -> list[tuple[Field, list[forms.BoundField]]]:
        """Return each column with its fields, for the table."""
        parts = ("keep", "name", "title", "type", "unit", "decimal", "missing", "personal")
        return [(field, [self[f"{part}_{index}"] for part in parts]) for index, field in enumerate(self.mapping.fields)]

    def about_file(self) -> list[forms.BoundField]:
        """Return the fields about the file as a whole."""
        return [self[name] for name in self.reading]

    def about_steps(self) -> list[tuple[Any, bool, list[Step]]]:
        """Return the steps kind by kind: its title, whether there is one, and each step's fields."""
        shown = []
        for title, blocks in groupby(self.blocks, key=lambda block: block.kind.title):
            mine = [self._step(block) for block in blocks]
            shown.append((title, any(wrong or not block.new for block, _fields, wrong in mine), mine))
        return shown

    def _step(self, block: Block) -> Step:
        fields = [self[name] for name in block.names]
        return block, fields, any(bound.errors for bound in fields)

    def corrected(self) -> Mapping:
        """Return the mapping as the form has it. Raises Invalid where that is none."""
        given = self.cleaned_data
        changes = {name: given[name] for name in self.reading}
        fields = tuple(
            self._field(index, field) for index, field in enumerate(self.mapping.fields) if given[f"keep_{index}"]
        )
        try:
            mapping = corrected(msgspec.structs.replace(self.mapping, fields=fields), given)
            plain = msgspec.to_builtins(mapping)
            plain["read"] |= changes
            return msgspec.convert(plain, Mapping)
        except (msgspec.ValidationError, ValueError) as error:
            raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error

    def _field(self, index: int, field: Field) -> Field:
        given = {part: self.cleaned_data[f"{part}_{index}"] for part in ("name", "title", "type", "unit", "missing")}
        kind = Type(given["type"])
        numeric = kind in {Type.INTEGER, Type.NUMBER, Type.DECIMAL}
        decimal = self.cleaned_data[f"decimal_{index}"]
        same_marks = given["missing"] == _MARKS.join(field.missing).strip()
        marks = (mark.strip() for mark in given["missing"].split(_MARKS.strip()))
        return msgspec.structs.replace(
            field,
            name=given["name"],
            source=field.source or ("" if given["name"] == field.name else field.name),
            title=_title(field.title, given["title"]),
            type=kind,
            unit=field.unit if given["unit"] == field.unit.strip() else given["unit"],
            decimal=decimal,
            thousands="" if field.thousands == decimal else field.thousands,
            missing=field.missing if same_marks else tuple(dict.fromkeys(mark for mark in marks if mark)),
            formats=field.formats if kind is field.type else (),
            factor=field.factor if numeric else 1.0,
            offset=field.offset if numeric else 0.0,
            minimum=field.minimum if numeric else None,
            maximum=field.maximum if numeric else None,
            personal=self.cleaned_data[f"personal_{index}"],
        )


def _title(before: Text | None, given: str) -> Text | None:
    """Return the title: what nobody changed stays, in both languages; the form shows one of them."""
    if before is not None and given == said(before).strip():
        return before
    if not given:
        return None
    return Text(given, given)


class EntryForm(Form):
    """Step three: what the data set is, for whom, and where it comes from."""

    title_de = explained(
        forms.CharField(label=_("Titel"), max_length=300, help_text=_("Wie der Datensatz im Katalog heißt.")),
        _("Spielplätze"),
    )
    title_en = explained(
        forms.CharField(
            label=_("Englischer Titel"), max_length=300, required=False, help_text=_("Für englische Seiten.")
        ),
        "Playgrounds",
    )
    slug = short_name(
        label=_("Kurzname"),
        help_text=_("Kleinbuchstaben, Ziffern und Unterstriche; so heißt er in Auswertungen, für immer."),
        example="spielplaetze",
    )
    description = explained(
        forms.CharField(
            label=_("Beschreibung"),
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Was in einer Zeile steht und wie vollständig das ist."),
        ),
        _("Jeder städtische Spielplatz mit Adresse und Altersgruppe."),
    )
    cls = explained(
        forms.ChoiceField(
            label=_("Schutzklasse"), initial="internal", help_text=_("Wie sehr die Daten zu schützen sind.")
        ),
        _("verwaltungsintern"),
    )
    visibility = explained(
        forms.ChoiceField(
            label=_("Davon wissen darf"),
            initial="administration",
            help_text=_("Wer erfahren darf, dass es den Datensatz gibt; die Zeilen sind eine andere Frage."),
        ),
        _("die ganze Verwaltung"),
    )
    purposes = explained(
        forms.MultipleChoiceField(
            label=_("Zwecke"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Wofür die Daten vorgesehen sind (Zweckbindung)."),
        ),
        _("Stadtplanung"),
    )
    legal_basis = explained(
        forms.CharField(
            label=_("Rechtsgrundlage"),
            required=False,
            help_text=_("Worauf die Erhebung beruht; bei Personenbezug nötig."),
        ),
        "§ 15 Landesnaturschutzgesetz",
    )
    limits = explained(
        forms.CharField(
            label=_("Einschränkungen der Aussagekraft"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Was man aus den Daten nicht schließen darf."),
        ),
        _("Plätze privater Träger fehlen."),
    )
    licence = explained(
        forms.ChoiceField(
            label=_("Lizenz"), required=False, help_text=_("Unter welchen Bedingungen sie nutzbar sind.")
        ),
        "Datenlizenz Deutschland – Namensnennung",
    )
    rhythm = explained(
        forms.ChoiceField(
            label=_("Aktualisierung"), initial="UNKNOWN", help_text=_("Voraussichtlich; es ist kein Versprechen.")
        ),
        _("jährlich"),
    )
    contact = explained(
        forms.CharField(
            label=_("Wen man fragt"), required=False, max_length=300, help_text=_("Telefon oder Postfach.")
        ),
        "Grünflächenamt, gruen@auenstadt.example",
    )
    source = explained(
        forms.CharField(
            label=_("Datenquelle"),
            max_length=200,
            help_text=_("Das Fachverfahren oder die Liste, aus der die Daten kommen."),
        ),
        _("Spielplatzkontrolle, Excel-Liste des Grünflächenamts"),
    )
    source_slug = short_name(
        label=_("Kurzname der Datenquelle"),
        help_text=_("Kleinbuchstaben und Unterstriche."),
        example="spielplatzkontrolle",
    )

    def __init__(self, *args: Any, purposes: Iterable[tuple[str, Text]], **kwargs: Any) -> None:
        choices = {
            "cls": [(cls.value, said(CLASS_TITLES[cls])) for cls in Class],
            "visibility": [
                (one.value, said(VISIBILITY_TITLES[one])) for one in Visibility if one is not Visibility.UNITS
            ],
            "purposes": [(slug, said(title)) for slug, title in purposes],
            "licence": [("", "–"), *((one.id, said(one.title)) for one in catalogue.licences().values())],
            "rhythm": [(one.id, said(one.title)) for one in catalogue.rhythms().values()],
        }
        super().__init__(*args, choices=choices, **kwargs)

    def plain(self, upload: Upload, *, unit: str) -> dict[str, Any]:
        """Return the connection file this makes, as plain values; ``unit`` is the owner's slug."""
        given = self.cleaned_data
        source = msgspec.to_builtins(upload.leads_to)
        if source.get("secret"):
            source["secret"] = given["source_slug"]
        fetch = {"fetch": msgspec.to_builtins(upload.fetch)} if upload.fetch else {}
        return {
            "allmende": 1,
            "slug": given["source_slug"],
            "version": "1",
            "system": {
                "slug": given["source_slug"],
                "title": {"de": given["source"], "en": given["source"]},
                "unit": unit,
                "contact": given["contact"],
            },
            "source": source,
            "datasets": [
                {
                    "slug": given["slug"],
                    "mapping": msgspec.to_builtins(upload.mapping),
                    **fetch,
                    "catalogue": {
                        "title": {"de": given["title_de"], "en": given["title_en"] or given["title_de"]},
                        "description": {"de": given["description"], "en": given["description"]},
                        "unit": unit,
                        "class": given["cls"],
                        "visibility": given["visibility"],
                        "purposes": given["purposes"],
                        "legal_basis": given["legal_basis"],
                        "limits": {"de": given["limits"], "en": given["limits"]},
                        "licence": given["licence"],
                        "rhythm": given["rhythm"],
                        "ask": given["contact"],
                        "mode": Mode.DIRECT.value,
                    },
                }
            ],
        }
