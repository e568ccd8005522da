# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms of the connect assistant for databases and interfaces: where it is, then which table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.connection import Fetch, Http, MySQL, Paging, Postgres
from allmende.engine.look import TableSeen
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.organisations.terms import UnitView
from allmende.organisations.words import unit_choices
from allmende.webkit.forms import Form, explained

#: The name a connection file keeps a secret under, until the data source has its short name.
SECRET = "zugang"  # noqa: S105 (a name, no secret)

S = TypeVar("S", Postgres, MySQL, Http)

#: Which of its fields each way of paging needs.
_NEEDS = {
    "next_link": ("next",),
    "page": ("parameter",),
    "offset": ("parameter",),
    "cursor": ("next", "parameter"),
}


class OwnedForm(Form):
    """A source and who answers for it."""

    def __init__(self, *args: Any, units: Iterable[UnitView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = explained(
            forms.ChoiceField(
                label=_("Verantwortliche Stelle"),
                help_text=_("Wer für diese Daten einsteht."),
                choices=unit_choices(units),
            ),
            _("Umweltamt"),
        )


class DatabaseForm(OwnedForm):
    """Step one for a database: where it is and who reads there."""

    kind = explained(
        forms.ChoiceField(
            label=_("Art der Datenbank"),
            choices=(("postgres", "PostgreSQL"), ("mysql", "MySQL / MariaDB")),
            help_text=_("Welches Programm die Tabellen hält; das weiß, wer das Fachverfahren betreut."),
        ),
        "PostgreSQL",
    )
    host = explained(
        forms.CharField(
            label=_("Rechner"),
            max_length=253,
            help_text=_(
                "Name oder Adresse des Rechners; im internen Netz muss die Verwaltung der Anlage ihn erlauben."
            ),
        ),
        "db.auenstadt.example",
    )
    port = explained(
        forms.IntegerField(
            label=_("Port"),
            required=False,
            min_value=1,
            max_value=65535,
            help_text=_("Leer heißt: der übliche, 5432 für PostgreSQL und 3306 für MySQL."),
        ),
        "5432",
    )
    database = explained(
        forms.CharField(label=_("Datenbank"), max_length=63, help_text=_("Ihr Name auf diesem Rechner.")), "verkehr"
    )
    user = explained(
        forms.CharField(
            label=_("Benutzer"),
            max_length=63,
            help_text=_("Am besten einer, der nur lesen darf, und nur die Tabellen, um die es geht."),
        ),
        "allmende_lesen",
    )
    password = explained(
        forms.CharField(
            label=_("Kennwort der Datenbank"),
            required=False,
            strip=False,
            max_length=500,
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
            help_text=_("Es wird verschlüsselt aufbewahrt und nie wieder angezeigt."),
        ),
        _("das Kennwort, das die Technik für diesen Benutzer vergeben hat"),
    )
    sslmode = explained(
        forms.ChoiceField(
            label=_("Verschlüsselung"),
            initial="verify-full",
            choices=(
                ("verify-full", _("verschlüsselt, Zertifikat geprüft")),
                ("require", _("verschlüsselt, Zertifikat nicht geprüft")),
                ("disable", _("unverschlüsselt")),
            ),
            help_text=_("Ohne geprüftes Zertifikat nur in einem Netz, dem Sie trauen."),
        ),
        _("verschlüsselt, Zertifikat geprüft"),
    )
    ca = explained(
        forms.CharField(
            label=_("Zertifikat, dem vertraut wird"),
            required=False,
            max_length=65536,
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
            help_text=_(
                "Nur für MySQL mit geprüftem Zertifikat: das der ausstellenden Stelle oder des Servers als Text (PEM)."
            ),
        ),
        "-----BEGIN CERTIFICATE----- …",
    )

    def clean(self) -> dict[str, Any]:
        """Check that a certificate is there where one is checked against, and only there."""
        given = super().clean() or {}
        if {"kind", "sslmode", "ca"} <= set(given):
            wanted = given["kind"] == "mysql" and given["sslmode"] == "verify-full"
            if wanted and not given["ca"]:
                self.add_error(
                    "ca", _("MySQL prüft nur gegen ein Zertifikat, das Sie nennen; die Technik der Datenbank hat es.")
                )
            elif given["ca"] and not wanted:
                self.add_error("ca", _("Das gehört nur zu MySQL mit geprüftem Zertifikat; sonst bitte leer lassen."))
        return given

    def leads_to(self) -> Postgres | MySQL:
        """Return where the form leads. Raises Invalid."""
        given = self.cleaned_data
        plain = {name: given[name] for name in ("host", "database", "user")} | {"secret": SECRET}
        plain |= {"port": given["port"]} if given["port"] else {}
        if given["kind"] == "mysql":
            # MySQL's client compares no name with the certificate: what is checked is who has issued it
            tls = {"sslmode": "verify-ca", "ca": given["ca"]} if given["ca"] else {"sslmode": given["sslmode"]}
            return _converted(plain | {"kind": "mysql"} | tls, MySQL)
        return _converted(plain | {"kind": "postgres", "sslmode": given["sslmode"]}, Postgres)


class TableForm(Form):
    """Step one, still: which of the database's tables."""

    table = explained(
        forms.TypedChoiceField(
            label=_("Tabelle"),
            coerce=int,
            widget=forms.RadioSelect,
            help_text=_("Eine Tabelle oder Sicht wird ein Datensatz; dahinter stehen ihre Spalten."),
        ),
        "public.zaehlung (id, bezirk, anzahl)",
    )

    def __init__(self, *args: Any, tables: Iterable[TableSeen], **kwargs: Any) -> None:
        listed = [
            (number, f"{table.schema}.{table.name} ({', '.join(column.name for column in table.columns)})")
            for number, table in enumerate(tables)
        ]
        super().__init__(*args, choices={"table": listed}, **kwargs)


def _pointer(label: Any, sentence: Any, example: str) -> forms.Field:
    """Return the field for a way into an answer in JSON (RFC 6901)."""
    return explained(
        forms.RegexField(
            r"^/[^\s]*$",
            label=label,
            required=False,
            max_length=300,
            help_text=sentence,
            error_messages={"invalid": _("Der Weg beginnt mit einem Schrägstrich.")},
        ),
        example,
    )


class InterfaceForm(OwnedForm):
    """Step one for an address on the net: what is fetched, and how its pages follow each other."""

    url = explained(
        forms.CharField(
            label=_("Adresse im Netz"),
            max_length=2000,
            help_text=_("Beginnt mit https:// oder http://; ein Kennwort gehört nicht hinein."),
        ),
        "https://api.stadt.example/orte",
    )
    format = explained(
        forms.ChoiceField(
            label=_("Format"),
            choices=(("json", "JSON"), ("csv", "CSV")),
            help_text=_("Wie die Antwort geschrieben ist."),
        ),
        "JSON",
    )
    records = _pointer(
        _("Wo die Einträge stehen"),
        _("Bei JSON der Weg zur Liste der Einträge; leer, wenn die Antwort selbst die Liste ist."),
        "/items",
    )
    paging = explained(
        forms.ChoiceField(
            label=_("Seiten"),
            choices=(
                ("none", _("alles auf einmal")),
                ("next_link", _("die Antwort nennt die Adresse der nächsten Seite")),
                ("link_header", _("die Kopfzeile „Link“ nennt die nächste Seite")),
                ("page", _("Nummer der Seite in der Adresse")),
                ("offset", _("Nummer des ersten Eintrags in der Adresse")),
                ("cursor", _("die Antwort nennt eine Marke für die nächste Seite")),
            ),
            help_text=_("Wie man bei JSON zu den nächsten Einträgen kommt."),
        ),
        _("alles auf einmal"),
    )
    next = _pointer(
        _("Wo die nächste Seite genannt ist"), _("Der Weg zur Adresse oder Marke in der Antwort."), "/links/next"
    )
    parameter = explained(
        forms.RegexField(
            r"^[A-Za-z0-9_.\[\]-]+$",
            label=_("Name der Seitenangabe"),
            required=False,
            max_length=60,
            help_text=_("Wie Seite, Eintrag oder Marke in der Adresse heißt."),
        ),
        "page",
    )
    token = explained(
        forms.CharField(
            label=_("Zugangsschlüssel"),
            required=False,
            max_length=2000,
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
            help_text=_(
                "Nur wenn die Schnittstelle einen verlangt; er wird verschlüsselt aufbewahrt und nie angezeigt."
            ),
        ),
        _("der Schlüssel, den der Anbieter Ihnen gegeben hat"),
    )

    def clean(self) -> dict[str, Any]:
        """Check that the way of paging has what it needs."""
        given = super().clean() or {}
        for name in _NEEDS.get(given.get("paging", ""), ()):
            if name in given and not given[name]:
                self.add_error(name, _("Für diese Art von Seiten wird das gebraucht."))
        return given

    def leads_to(self) -> Http:
        """Return the interface. Raises Invalid."""
        given = self.cleaned_data
        plain = {"kind": "http", "url": given["url"]} | ({"secret": SECRET} if given["token"] else {})
        return _converted(plain, Http)

    def what(self) -> Fetch:
        """Return what is fetched."""
        given = self.cleaned_data
        needs = _NEEDS.get(given["paging"], ())
        paging = Paging(kind=given["paging"], **{name: given[name] for name in needs})
        return Fetch(format=given["format"], records=given["records"], paging=paging)


def _converted(plain: dict[str, Any], kind: type[S]) -> S:
    try:
        return msgspec.convert(plain, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error
