# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fitting recipes to a town's own file: what deviates is found and said, never guessed silently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from allmende.engine import recipes
from allmende.engine.mapping import compile_relation, resolve
from allmende.engine.recipes import Choice, Fitted, Kind
from allmende.kernel.errors import Invalid
from allmende.recipes.samples import WRITERS, sample
from tests.engine.read.duck import Duck
from tests.engine.recipes.test_seal import body

FILES = sorted(set(WRITERS) - {"ratsvorlagen"})


@pytest.fixture(scope="module")
def duck() -> Iterator[Duck]:
    yield Duck()


def fitted(name: str, folder: Path, *, other: bool = False, choice: Choice | None = None) -> Fitted:
    dataset = recipes.load(recipes.opened(body(name)).body).datasets[0]
    path = sample(name, folder, other=other)
    return recipes.fit(
        dataset.slug, dataset.mapping, path, root=folder, pattern=path.name, choice=choice, not_read=dataset.not_read
    )


def found(one: Fitted) -> set[tuple[str, str, str]]:
    return {(d.kind.value, d.expected, d.found) for d in one.deviations}


@pytest.mark.parametrize("name", FILES)
def test_a_recipe_fits_its_own_sample_without_deviation(name: str, tmp_path: Path) -> None:
    one = fitted(name, tmp_path)
    assert (one.deviations, one.blocked, one.dropped) == ((), (), ())


DEVIATIONS: dict[str, set[tuple[str, str, str]]] = {
    "baugenehmigungen": {("separator", ";", ","), ("renamed", "Eingang", "Antragseingang")},
    "baumkataster": {
        ("encoding", "utf-8", "iso-8859-1"), ("separator", ";", "|"), ("missing", "Baumart", ""), ("new", "", "Art deutsch"),
        ("renamed", "Stammumfang (cm)", "Stammumfang (mm)"), ("unit", "cm", "mm"), ("new", "", "Vitalität"),
    },
    "einwohner": {
        ("encoding", "windows-1252", "utf-8"), ("separator", ";", ","), ("header", "4", "5"),
        ("renamed", "Stadtteil", "Statistischer Stadtteil"),
    },
    "energie_gebaeude": {
        ("renamed", "Verbrauch (kWh)", "Verbrauch (MWh)"), ("unit", "kWh", "MWh"), ("missing", "Bezugsfläche (m²)", ""),
        ("new", "", "NGF (m²)"),
    },
    "gewerbemeldungen": {("encoding", "windows-1252", "utf-8"), ("renamed", "Abmeldungen", "Abmeldungen (Anzahl)")},
    "haushalt": {("separator", ";", "\t"), ("renamed", "Ertrags- und Aufwandsarten", "Ertrags-/Aufwandsart")},
    "kita_plaetze": {
        ("encoding", "windows-1252", "utf-8"), ("missing", "Stadtteil", ""), ("new", "", "Sozialraum"),
        ("new", "", "Öffnungszeit"),
    },
    "spielplaetze": {
        ("header", "4", "5"), ("renamed", "Altersgruppe", "Geeignet für"), ("renamed", "Spielgeräte", "Anzahl Spielgeräte"),
    },
    "zaehlstellen": {
        ("separator", ";", ","), ("header", "2", "3"), ("missing", "Zählstelle", ""), ("new", "", "Messstelle"),
        ("dates", "%d.%m.%Y", "%Y-%m-%d"),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_another_towns_file_deviates_in_just_these(name: str, tmp_path: Path) -> None:
    one = fitted(name, tmp_path, other=True)
    assert found(one) == DEVIATIONS[name]
    assert one.blocked == {"kita_plaetze": ("Stadtteil",), "zaehlstellen": ("Zählstelle",)}.get(name, ())


def test_one_year_more_is_no_deviation(tmp_path: Path) -> None:
    """The budget of the other town plans for 2030, the residents' table has one reference date more."""
    assert all("Plan 2030" not in d.found for d in fitted("haushalt", tmp_path, other=True).deviations)


def test_a_column_that_is_needed_is_asked_for_and_then_read(tmp_path: Path, duck: Duck) -> None:
    choice = Choice(columns={"Zählstelle": "Messstelle"})
    one = fitted("zaehlstellen", tmp_path, other=True, choice=choice)
    assert one.blocked == () and ("renamed", "Zählstelle", "Messstelle") in found(one)
    relation = compile_relation(one.mapping, files=resolve(one.mapping.read, tmp_path))
    assert duck.rows(f"SELECT count(DISTINCT zaehlstelle), min(tag)::VARCHAR FROM ({relation.sql})") == [
        (2, "2026-05-04")
    ]


def test_another_unit_is_converted(tmp_path: Path, duck: Duck) -> None:
    totals = []
    for other, folder in ((False, tmp_path / "a"), (True, tmp_path / "b")):
        one = fitted("energie_gebaeude", folder, other=other)
        relation = compile_relation(one.mapping, files=resolve(one.mapping.read, folder))
        (row,) = duck.rows(f"SELECT avg(verbrauch) FROM ({relation.sql}) WHERE energietraeger = 'Strom'")
        totals.append(row[0])
    assert totals[0] == pytest.approx(totals[1], rel=0.2)  # both in kWh; unconverted they differ a thousandfold


def test_new_columns_are_taken_only_when_asked_and_never_names(tmp_path: Path) -> None:
    assert [f.name for f in fitted("baumkataster", tmp_path, other=True).mapping.fields][-1] == "ort"
    taken = fitted("baumkataster", tmp_path, other=True, choice=Choice(taken=("Vitalität",)))
    assert [f.name for f in taken.mapping.fields][-1] == "vitalitaet"
    (tmp_path / "Spielplaetze.csv").write_text(
        "Nr.;Name;Ansprechpartner;Länge;Breite\n1;Anger;Muster;7,6;51,9\n", "utf-8"
    )
    dataset = recipes.load(recipes.opened(body("spielplaetze")).body).datasets[0]
    with pytest.raises(Invalid, match="looks like people"):
        recipes.fit(
            "spielplaetze", dataset.mapping, tmp_path / "Spielplaetze.csv", root=tmp_path, pattern="*.csv",
            choice=Choice(taken=("Ansprechpartner",)),
        )  # fmt: skip


def test_a_column_of_names_is_never_guessed_for_another(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text(
        "Kita-Jahr;Leitung der Einrichtung;Stadtteil;Plätze U3;Plätze Ü3;Plätze gesamt\n", "utf-8"
    )
    dataset = recipes.load(recipes.opened(body("kita_plaetze")).body).datasets[0]
    one = recipes.fit("kita_plaetze", dataset.mapping, tmp_path / "k.csv", root=tmp_path, pattern="k.csv")
    assert one.blocked == ("Einrichtung",)


def test_excel_instead_of_csv(tmp_path: Path, duck: Duck) -> None:
    """The list as a CSV file: another kind of file, the same rows."""
    rows = "Spielplätze\n\nNr.;Name;Adresse;Stadtteil;Fläche (m²);Letzte Hauptprüfung;Breite;Länge\n1;Anger;Weg 1;Nord;1.200,5;01.02.2026;51,95;7,61\n"
    (tmp_path / "liste.csv").write_text(rows, "cp1252")
    dataset = recipes.load(recipes.opened(body("spielplaetze")).body).datasets[0]
    one = recipes.fit("spielplaetze", dataset.mapping, tmp_path / "liste.csv", root=tmp_path, pattern="liste.csv")
    assert {d.kind for d in one.deviations} == {Kind.FORMAT, Kind.MISSING}
    relation = compile_relation(one.mapping, files=resolve(one.mapping.read, tmp_path))
    assert duck.rows(f"SELECT nummer, flaeche, geprueft_am::VARCHAR, round(ST_X(ort), 2) FROM ({relation.sql})") == [
        ("1", 1200.5, "2026-02-01", 7.61)
    ]


@pytest.mark.parametrize(
    ("columns", "said"),
    [({"Datum": "Tag"}, "no column “Tag”"), ({"Datum": "Uhrzeit", "Uhrzeit": "Uhrzeit"}, "cannot stand for two")],
)
def test_a_choice_that_does_not_fit_is_refused(columns: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=said):
        fitted("zaehlstellen", tmp_path, choice=Choice(columns=columns))


def test_the_wrong_file_is_refused_in_words(tmp_path: Path) -> None:
    dataset = recipes.load(recipes.opened(body("einwohner")).body).datasets[0]
    path = sample("haushalt", tmp_path)
    with pytest.raises(Invalid, match="Is it the right file"):
        recipes.fit("einwohner", dataset.mapping, path, root=tmp_path, pattern=path.name)


def test_the_other_decimal_mark(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(
        "Baum-Nr.;Baumart;Höhe (m);Rechtswert;Hochwert\n1;Linde;12.5;405000,1;5757000,1\n2;Eiche;9.25;405001,1;5757001,1\n",
        "utf-8",
    )
    dataset = recipes.load(recipes.opened(body("baumkataster")).body).datasets[0]
    one = recipes.fit("baumkataster", dataset.mapping, tmp_path / "b.csv", root=tmp_path, pattern="b.csv")
    assert ("decimal", ",", ".") in found(one)
