# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The handbook is whole: every chapter reads, every link leads somewhere, the search finds words as people write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from allmende.portal import handbook
from allmende.webkit.glossary import entries, entry

GLOSSARY = (Path(__file__).parents[2] / "docs/glossary.md").read_text("utf-8")


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


def test_headings_go_down_a_level_where_all_chapters_stand_on_one_page() -> None:
    made = handbook._read("01-x.md", "# T\n\nSatz.\n\n## Groß & klein\n\nMehr.\n")
    assert made.html.count('<h2 id="gross-klein">Groß &amp; klein</h2>') == 1
    assert '<h3 id="x-gross-klein">Groß &amp; klein</h3>' in made.nested
    assert "<h1" not in made.html


@pytest.mark.parametrize("words", ["straßenbäume", "strassenbaeume", "Baum", "BÄUME"])
def test_words_are_found_as_people_write_them(words: str) -> None:
    (hit,) = handbook.search(words)
    assert (hit.chapter, hit.title) == ("Daten finden", "Suchen")
    assert any(marked for _, marked in hit.excerpt)


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
