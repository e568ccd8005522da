# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The handbook is whole: every chapter reads, every link leads somewhere, the search finds words as people write them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from allmende.config.demo.cast import cast
from allmende.portal import handbook
from allmende.webkit.glossary import entries, entry

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
SOURCE = ROOT / "src/allmende"
#: The chapters a town was promised, in their order.
PROMISED = [
    *("was-ist-allmende", "erste-stunde", "daten-finden", "liste-ablegen", "fragen-stellen", "quelle-anbinden"),
    *(
        "wer-darf-was",
        "nachweis",
        "papiere",
        "heute",
        "rezepte",
        "freigeben-und-erlauben",
        "rechtstexte",
        "recht-im-land",
    ),
    *("rundgang-datenbeauftragte", "rundgang-fachamt", "rundgang-datenschutz", "rundgang-leitung", "betrieb"),
]
#: Functions whose words stand on the screen, and which of their arguments is the German one.
_SPEAKS = {"Text": 0, "_": 0, "gettext": 0, "gettext_lazy": 0, "ngettext": 0, "_rule": 2}
_TRANSLATE = re.compile(r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")
_BLOCK = re.compile(r"{%\s*blocktranslate\b[^%]*%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)
_HOLE = re.compile(r"{{.*?}}|%\(\w+\)s|\0")


def texts() -> dict[str, str]:
    """Return the chapters as they are written, by name, without the lines of commands."""
    found = {path.stem[3:]: path.read_text("utf-8") for path in sorted((ROOT / "docs/handbuch").glob("*.md"))}
    return {name: re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE) for name, text in found.items()}


def _spoken(tree: ast.AST) -> Iterator[str]:
    """Return what a module says in German; a hole (NUL) where something is put in."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = _SPEAKS.get(node.func.id, len(node.args))
        if place >= len(node.args):
            continue
        said = node.args[place]
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield said.value
        elif isinstance(said, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in said.values)  # type: ignore[misc]


def _german(value: Any) -> Iterator[str]:
    """Return the German words of a TOML file: ``de``, and names."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if key in {"de", "name", "title", "product"} and isinstance(inside, str):
                yield inside
            else:
                yield from _german(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _german(inside)


@cache
def screen() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return all that templates, forms, navigation and registers say in German: whole texts, and those with holes."""
    said: set[str] = set()
    for path in SOURCE.rglob("*.html"):
        text = path.read_text("utf-8")
        said.update(double or single for double, single in _TRANSLATE.findall(text))
        for block in _BLOCK.findall(text):
            said.update(re.split(r"{%\s*plural\s*%}", block))
    for path in SOURCE.rglob("*.py"):
        said.update(_spoken(ast.parse(path.read_text("utf-8"))))
    for path in SOURCE.rglob("*.toml"):
        said.update(_german(tomllib.loads(path.read_text("utf-8"))))
    holed = {each for each in said if _HOLE.search(each) and len(_HOLE.sub("", each).strip(" „“:.,()")) > 4}
    patterns = (".+".join(re.escape(part) for part in _HOLE.split(each)) for each in holed)
    return frozenset(said - holed), tuple(re.compile(each) for each in patterns)


def on_screen(words: str) -> bool:
    """Return whether the program says exactly this somewhere; a colon at the end does not count."""
    whole, holed = screen()
    return words in whole or f"{words}:" in whole or any(pattern.fullmatch(words) for pattern in holed)


def named(text: str) -> list[str]:
    """Return the names of buttons, pages and fields in a chapter: in italics, or quoted behind a word that announces one."""
    plain = re.sub(r"`[^`]*`", "", text).replace("**", "")
    italics = re.findall(r"(?<![*\w])\*(?![\s*])([^*]+?)(?<!\s)\*(?![*\w])", plain)
    announced = re.findall(r"(?:Knopf|Knöpfe|Seite|Feld)\s+„([^“]+)“", plain)
    return [" ".join(each.split()) for each in (*italics, *announced)]


def addresses(text: str) -> list[str]:
    """Return the pages' addresses in a chapter: what is set as code and begins with a slash."""
    return re.findall(r"`(/[^`\s]*)`", text)


def test_the_promised_chapters_are_there() -> None:
    assert [chapter.slug for chapter in handbook.chapters()] == PROMISED


@pytest.mark.parametrize("name", PROMISED)
def test_every_address_of_a_chapter_is_a_page(name: str) -> None:
    towns = {town.slug for town in cast().towns}
    connected = {
        dataset["slug"]
        for path in (SOURCE / "config/demo/connections").glob("*.toml")
        for dataset in tomllib.loads(path.read_text("utf-8"))["datasets"]
    }
    for address in addresses(texts()[name]):
        match = resolve(address)
        if "tenant" in match.kwargs:
            assert match.kwargs["tenant"] in towns, address
        if match.url_name == "dataset":
            assert match.kwargs["slug"] in connected, address
        if match.url_name == "handbook_chapter":
            assert match.kwargs["slug"] in PROMISED, address


@pytest.mark.parametrize("name", PROMISED)
def test_every_name_in_a_chapter_stands_on_the_screen(name: str) -> None:
    assert [each for each in named(texts()[name]) if not on_screen(each)] == []


def test_a_name_or_address_that_is_not_there_would_be_found() -> None:
    text = "Drücken Sie *Alles löschen* auf der Seite „Nirgends“ (`/nirgends/da/`), dann *Liste ablegen*."
    assert [each for each in named(text) if not on_screen(each)] == ["Alles löschen", "Nirgends"]
    assert addresses(text) == ["/nirgends/da/"]
    with pytest.raises(Resolver404):
        resolve("/nirgends/da/")
    assert on_screen("Als Nora Petersen eintreten")
    assert on_screen("Nachweis der Zugriffe")


@pytest.mark.parametrize("name", [slug for slug in PROMISED if slug.startswith("rundgang-")])
def test_a_walk_has_its_steps_a_person_of_the_practice_town_and_a_refusal(name: str) -> None:
    text = texts()[name]
    steps = re.findall(r"^\d+\. (.+?)(?=^\d+\. |^#|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    assert 8 <= len(steps) <= 12
    assert all(addresses(step) for step in steps), [step for step in steps if not addresses(step)]
    assert any(person.name in text for person in cast().people)
    assert "**Ablehnung**" in text


def anchors(chapter: handbook.Chapter) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', chapter.html))


def test_every_link_leads_to_a_chapter_and_a_heading_that_is_there() -> None:
    every = {chapter.slug: chapter for chapter in handbook.chapters()}
    assert every
    for chapter in every.values():
        links = re.findall(r'href="([^"]+)"', chapter.html)
        for link in links:
            if link.startswith("#"):
                assert link[1:] in anchors(chapter), f"{chapter.slug}: {link}"
            if link.startswith(handbook.ADDRESS):
                slug, _, place = link.removeprefix(handbook.ADDRESS).partition("/")
                if slug == "glossar":
                    continue
                assert slug in every, f"{chapter.slug}: {link}"
                assert not place or place[1:] in anchors(every[slug]), f"{chapter.slug}: {link}"
            assert not link.endswith(".md"), f"{chapter.slug}: {link}"


def test_raw_html_is_shown_and_not_obeyed() -> None:
    made = handbook._read("01-x.md", "# T\n\nSatz <script>alert(1)</script>.\n\n<div onclick=x>\n")
    assert "<script" not in made.html
    assert "<div onclick" not in made.html


def test_a_wide_table_scrolls_in_its_own_box() -> None:
    made = handbook._read("01-x.md", "# T\n\nSatz.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    (name,) = re.findall(r'<div class="([^"]+)" tabindex="0" role="group" aria-label="Tabelle"><table', made.html)
    assert f".{name} {{" in (ROOT / "frontend/src/data.css").read_text("utf-8")


def test_headings_go_down_a_level_where_all_chapters_stand_on_one_page() -> None:
    made = handbook._read("01-x.md", "# T\n\nSatz.\n\n## Groß & klein\n\nMehr.\n")
    assert made.html.count('<h2 id="gross-klein">Groß &amp; klein</h2>') == 1
    assert '<h3 id="x-gross-klein">Groß &amp; klein</h3>' in made.nested
    assert "<h1" not in made.html


@pytest.mark.parametrize("words", ["straßenbäume", "strassenbaeume", "Baum", "BÄUME"])
def test_words_are_found_as_people_write_them(words: str) -> None:
    hits = {(hit.chapter, hit.title): hit for hit in handbook.search(words)}
    assert any(marked for _, marked in hits["Daten finden", "Suchen"].excerpt)


def test_all_words_must_stand_in_one_place_and_headings_come_first() -> None:
    assert handbook.search("Ablehnung Regel Grund")[0].title == "Ablehnung"
    assert handbook.search("einhorn") == []
    assert handbook.search("   ") == []


@pytest.mark.django_db
def test_the_pages(client: Client) -> None:
    assert "Daten finden" in client.get("/handbuch/").content.decode()
    found = client.get("/handbuch/", {"q": "Baum <b>"}).content.decode()
    assert "Baum &lt;b&gt;" in found
    for chapter in handbook.chapters():
        assert client.get(chapter.address).status_code == 200
    assert client.get("/handbuch/gibt-es-nicht/").status_code == 404
    whole = client.get("/handbuch/alles/").content.decode()
    identities = re.findall(r' id="([^"]+)"', whole)
    assert len(identities) == len(set(identities))
    glossary = client.get("/handbuch/glossar/").content.decode()
    assert all(f'id="{each.anchor}"' in glossary for each in entries())


def test_the_pages_words_are_those_of_the_projects_glossary() -> None:
    for each in entries():
        assert each.term.de in GLOSSARY, each.term.de
        assert each.meaning.de.endswith(".")
        assert each.meaning.en.endswith(".")
    with pytest.raises(KeyError):
        entry("nothing")
