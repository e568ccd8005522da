# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a recipe may say, what it must not carry, and how its checks count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from allmende.engine import recipes
from allmende.engine.plan import Field, Relation
from allmende.engine.recipes.checks import Checks, described
from allmende.engine.recipes.model import numbers
from allmende.kernel.errors import Problem
from tests.engine.read.duck import Duck
from tests.engine.recipes.test_seal import SHELF, body

SHIPPED = sorted(path.name.removesuffix(".rezept.toml") for path in SHELF.glob("*.toml"))


@pytest.fixture(scope="module")
def duck() -> Iterator[Duck]:
    yield Duck()


def plain(name: str = "zaehlstellen") -> dict[str, Any]:
    recipe = recipes.load(recipes.opened(body(name)).body)
    value: dict[str, Any] = msgspec.to_builtins(recipe)
    return value


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_written_is_what_was_read(name: str) -> None:
    recipe = recipes.load(recipes.opened(body(name)).body)
    assert recipe.name == name
    assert recipes.load(recipes.dump(recipe)) == recipe
    assert recipes.leaks(recipe) == ()
    assert "üblichen" in recipe.procedure.export.de or "Ämter" in recipe.procedure.export.de or name == "ratsvorlagen"
    assert 2 <= len(recipe.questions) <= 3


def test_ten_come_with_the_program() -> None:
    assert len(SHIPPED) == 10


@pytest.mark.parametrize("name", ["einwohner", "gewerbemeldungen", "kita_plaetze", "baugenehmigungen"])
def test_small_counts_of_persons_are_never_proposed_open(name: str) -> None:
    recipe = recipes.load(recipes.opened(body(name)).body)
    assert {d.entry.cls for d in recipe.datasets} == {"restricted"}
    assert all(d.privacy.fields for d in recipe.datasets)
    assert recipe.release.proposal in {"table", "closed"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "public"}, "public"),
        ({"unknown": 1}, "unknown"),
        ({"version": "neu"}, "version"),
        ({"access": {"kind": "postgres"}}, "tables are read from databases"),
        ({"access": {"kind": "http"}}, "fetch belongs"),
    ],
)
def test_a_wrong_key_is_named(change: dict[str, Any], said: str) -> None:
    import tomli_w

    with pytest.raises(Problem) as refused:
        recipes.load(tomli_w.dumps(plain() | change))
    assert said in refused.value.detail.en


def test_fields_named_in_checks_and_screening_exist_and_personal_ones_are_screened() -> None:
    for path, value, said in (
        (("checks", "required"), ["gibt_es_nicht"], "has no field gibt_es_nicht"),
        (("privacy", "fields"), [{"field": "nie", "why": {"de": "x", "en": "x"}}], "has no field nie"),
    ):
        given = plain()
        given["datasets"][0][path[0]][path[1]] = value
        with pytest.raises(msgspec.ValidationError, match=said):
            msgspec.convert(given, recipes.Recipe)
    given = plain()
    given["datasets"][0]["mapping"]["fields"][5]["personal"] = True
    with pytest.raises(msgspec.ValidationError, match="privacy says nothing on anzahl"):
        msgspec.convert(given, recipes.Recipe)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("Fragen an maria.muster@auenstadt.example", "eine E-Mail-Adresse"),
        ("liegt auf srv-db01.stadt.intern", "ein Rechnername aus dem internen Netz"),
        ("http://dbserver/export", "ein Rechnername"),
        ("erreichbar unter 10.3.0.17", "eine Adresse im Netz (IP)"),
        (r"\\fileserver\statistik$", "ein Ordner"),
        (r"H:\Statistik", "ein Ordner"),
        ("im Ordner /srv/daten", "ein Ordner"),
        ("Durchwahl 0251 492-1234", "eine Telefonnummer"),
        ("Ansprechpartnerin ist Frau Beispiel", "der Name einer Person"),
        ("Passwort: Sommer2026", "ein Kennwort oder Schlüssel"),
        ("die Liste von Erika Mustermann", "ein Name aus dieser Kommune (Rechner, Benutzer oder Person)"),
        ("läuft auf ORACLE7", "ein Name aus dieser Kommune (Rechner, Benutzer oder Person)"),
    ],
)
def test_what_must_not_travel_is_found_in_any_words(words: str, what: str) -> None:
    given = plain()
    given["datasets"][0]["entry"]["limits"]["de"] = words
    recipe = msgspec.convert(given, recipes.Recipe)
    (leak,) = recipes.leaks(recipe, ["Erika Mustermann", "oracle7"])
    assert (leak.where, leak.what.de) == ("datasets[1].entry.limits.de", what)


@pytest.mark.parametrize(
    "words", ["https://oparl.org, Abschnitt 2.5", "Stand: 31.12.2024", "je 1.000 Einwohner", "WZ 2008"]
)
def test_ordinary_words_pass(words: str) -> None:
    given = plain()
    given["text"]["de"] = words
    assert recipes.leaks(msgspec.convert(given, recipes.Recipe), ["Erika Mustermann"]) == ()


def test_checks_count_what_fails_and_say_nothing_of_values(duck: Duck) -> None:
    rows = "SELECT * FROM (VALUES (1, 'Nord', 3, 4, 7), (1, 'Süd', 1, 1, 3), (2, NULL, 900, 0, 900), (3, 'Mond', NULL, 5, 5)) t(nr, ort, a, b, c)"
    fields = (
        Field("nr", "INTEGER"),
        Field("ort", "VARCHAR"),
        Field("a", "INTEGER"),
        Field("b", "INTEGER"),
        Field("c", "INTEGER"),
    )
    checks = msgspec.convert(
        {
            "rows": {"at_least": 5},
            "required": ["ort", "nr"],
            "key": ["nr"],
            "ranges": [{"field": "a", "minimum": 0, "maximum": 100}],
            "one_of": [{"field": "ort", "values": ["Nord", "Süd"]}],
            "missing": [{"field": "a", "at_most": 0.25}, {"field": "ort", "at_most": 0.2}],
            "sums": [{"parts": ["a", "b"], "equals": "c"}],
        },
        Checks,
    )
    (counted,) = duck(recipes.select(checks, Relation(rows, fields)))
    outcomes = recipes.judge(checks, counted)
    assert [(o.name, o.passed, o.rows) for o in outcomes] == [
        ("rows", False, 4),
        ("required:ort", False, 1),
        ("required:nr", True, 0),
        ("key:nr", False, 1),
        ("range:a", False, 1),
        ("one_of:ort", False, 1),
        ("missing:a", True, 0),
        ("missing:ort", False, 1),
        ("sum:c", False, 1),
    ]
    assert "Mond" not in str(outcomes) and "900" not in str(outcomes)
    assert len(described(checks)) == len(outcomes)
    assert [o.name for o in recipes.judge(checks.without({"a"}), [4, 1, 0, 1, 1, 1])] == [
        "rows", "required:ort", "required:nr", "key:nr", "one_of:ort", "missing:ort",
    ]  # fmt: skip


def test_versions_of_the_procedure() -> None:
    procedure = recipes.load(recipes.opened(body("ratsvorlagen")).body).procedure
    assert [procedure.fits(v) for v in ("", "0.9", "1.0", "1.1", "1.1.3", "1.2", "2")] == [
        True, False, True, True, True, False, False,
    ]  # fmt: skip
    assert numbers("Version 4.12") == (4, 12)


def test_a_path_out_of_the_folder_is_no_recipe(tmp_path: Path) -> None:
    from allmende.engine.mapping import resolve

    given = plain()
    given["datasets"][0]["mapping"]["read"]["files"] = "../../etc/*"
    recipe = msgspec.convert(given, recipes.Recipe)
    with pytest.raises(Problem, match="no file pattern"):
        resolve(recipe.datasets[0].mapping.read, tmp_path)
