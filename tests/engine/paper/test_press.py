# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Papers are accessible, say what they were given and nothing else, and cannot hang or reach anything."""

from __future__ import annotations

import re
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from allmende.engine.paper import press
from allmende.engine.paper.model import (
    Block,
    Column,
    Facts,
    Heading,
    List,
    Note,
    Paper,
    Paragraph,
    Picture,
    Signatures,
    Sources,
    Table,
    Town,
)
from allmende.engine.paper.press import render
from allmende.kernel.errors import Invalid, TooMuch, Unready
from tests.engine.paper.judge import REPOSITORY, Look, text, verapdf

_SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10"'
SQUARE = f'<svg {_SVG}><rect width="9" height="9"/></svg>'


def paper(*blocks: Block, title: str = "Bäume", language: str = "de", practice: str = "") -> Paper:
    town = Town(name="Auenstadt", colour="#22429e", arms=SQUARE, practice=practice)
    return Paper(title=title, town=town, date=date(2026, 11, 28), blocks=blocks, language=language)  # type: ignore[arg-type]


def table(rows: int, word: str = "Linde") -> Table:
    columns = (Column(title="Baum", width=1), Column(title="Höhe", right=True))
    return Table(columns=columns, rows=tuple((f"{word} {n}", str(n)) for n in range(rows)), caption="Bäume am Markt")


EVERYTHING = paper(
    Heading(text="Was"),
    Paragraph(text="Ein Absatz.\nUnd eine Zeile."),
    Heading(text="Genauer", level=2),
    Facts(pairs=(("Stelle", "Grünflächenamt"), ("Ein Name, der nicht in die erste Spalte passt", "zwei\nZeilen"))),
    table(90),
    Picture(svg=SQUARE, alt="Ein Quadrat", caption="Bild", width=30),
    List(items=("eins", "zwei")),
    List(items=("eins", "zwei"), numbered=True),
    Note(title="Hinweis", text="Achtung", warning=True),
    Sources(items=("Baumliste, Stand 2026",)),
    Signatures(lines=("Ort, Datum", "Unterschrift")),
    practice="Übungsstadt",
)


def test_every_block_is_accessible(tmp_path: Path) -> None:
    english = paper(Paragraph(text="Words"), Sources(items=("a",)), language="en")
    verapdf(tmp_path, {"everything": render(EVERYTHING), "english": render(english), "empty": render(paper())})


def test_structure_language_bookmarks_and_alternatives(tmp_path: Path) -> None:
    pdf = render(EVERYTHING)
    look = Look(pdf)
    assert look.language == "de"
    assert look.title == "Bäume"
    assert look.bookmarks() == ["Bäume", "Was", "Genauer", "Quellen"]
    assert look.alternatives() == ["Wappen", "Ein Quadrat"]
    tags = look.tags()
    assert tags.count("TH") == 2  # one header, though the table runs over two pages
    assert tags.count("TR") == 91
    assert [tag for tag in tags if tag in {"H1", "H2", "H3"}] == ["H1", "H2", "H3", "H2"]
    said = text(pdf, tmp_path)
    assert said.count("Baum ") >= look.pages - 1 >= 2  # the header is repeated on each page the table is on
    assert said.count("Auenstadt · 28. November 2026") == look.pages
    assert f"Seite {look.pages} von {look.pages}" in said
    assert said.count("Übungsstadt") == look.pages


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("no")',
        '#import "@preview/cetz:0.4.0"; #read("/etc/passwd")',
        '"); #sys.inputs.paper',
        "$ x^2 $ *fett* _kursiv_ @ref <label> = Titel",
        "\\ \\u{41} `raw` //comment /* x */ ~ --- ...",
        "</text> {{ x }} ${x} %s",
    ],
)
def test_words_are_never_code(hostile: str, tmp_path: Path) -> None:
    blocks = (
        Heading(text=hostile),
        Paragraph(text=hostile),
        Facts(pairs=((hostile, hostile),)),
        List(items=(hostile,)),
        Note(title=hostile, text=hostile),
        Sources(items=(hostile,)),
        Table(columns=(Column(title=hostile, width=1),), rows=((hostile,),), caption=hostile),
        Signatures(lines=(hostile,)),
    )
    pdf = render(paper(*blocks, title=hostile))
    said = "".join(text(pdf, tmp_path).split())
    assert said.count("".join(hostile.split())) >= 10  # each of them, as it was given
    assert Look(pdf).title == hostile


def test_letters_the_typeface_lacks_are_marked_and_said(tmp_path: Path) -> None:
    said = text(render(paper(Paragraph(text="漢字 \ue000 Ж α\u0007"))), tmp_path)
    assert "\ufffd\ufffd \ufffd Ж α" in said
    assert "die unsere Schrift nicht hat" in said
    assert "unsere Schrift" not in text(render(paper(Paragraph(text="Ж α"))), tmp_path)


def test_letters_in_a_drawing_too(tmp_path: Path) -> None:
    drawing = f'<svg {_SVG}><text font-family="Fira Sans" font-size="1">漢 \u2011 Süd \ue000</text></svg>'
    pdf = render(paper(Picture(svg=drawing, alt="x")))
    verapdf(tmp_path, {"letters": pdf})
    assert "Süd" in text(pdf, tmp_path) and "unsere Schrift" in text(pdf, tmp_path)


def test_a_drawing_reaches_no_file_and_no_net() -> None:
    for address in ("/etc/passwd", "http://127.0.0.1:9/x.png", "../letters.json"):
        drawing = f'<svg {_SVG}><image xlink:href="{address}" width="5" height="5"/></svg>'
        try:
            pdf = render(paper(Picture(svg=drawing, alt="x")))
        except Invalid:
            continue
        assert b"root:" not in pdf


@pytest.mark.parametrize(
    "drawing",
    [
        "",
        "<svg",
        "<html/>",
        f'<svg {_SVG}><defs><g id="a0"><rect width="1" height="1"/></g>'
        + "".join(f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9))
        + '</defs><use xlink:href="#a8"/></svg>',
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
        f"<svg {_SVG}><text>" + "&c;" * 10_000 + "</text></svg>",
    ],
)
def test_a_broken_or_exploding_drawing_is_refused_soon(drawing: str) -> None:
    began = time.monotonic()
    with pytest.raises((Invalid, TooMuch)):
        render(paper(Picture(svg=drawing, alt="x")))
    assert time.monotonic() - began < press.SECONDS


def test_a_drawing_needs_words() -> None:
    with pytest.raises(Invalid, match="words"):
        render(paper(Picture(svg=SQUARE, alt=" ")))


def test_too_long_a_table_and_uneven_rows_are_refused() -> None:
    with pytest.raises(Invalid, match="too long"):
        render(paper(table(press.MOST_ROWS + 1)))
    with pytest.raises(Invalid, match="cells"):
        render(paper(Table(columns=(Column(title="a"),), rows=(("a", "b"),))))


def test_time_and_memory_of_a_paper_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    render(paper(table(1000)))
    with monkeypatch.context() as little:
        little.setattr(press, "MEMORY", 48 << 20)
        with pytest.raises(TooMuch):
            render(paper(table(1000)))
    with monkeypatch.context() as soon:
        soon.setattr(press, "SECONDS", 0.01)
        with pytest.raises(TooMuch):
            render(paper())


def test_only_so_many_are_set_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(press, "PATIENCE", 0.05)
    with press._turns, pytest.raises(Unready, match="moment"):
        render(paper())
    assert render(paper()).startswith(b"%PDF-")


def test_a_paper_takes_under_two_seconds() -> None:
    began = time.monotonic()
    render(EVERYTHING)
    assert time.monotonic() - began < 2


def test_the_how_tos_example_makes_a_paper(tmp_path: Path) -> None:
    guide = (REPOSITORY / "docs" / "how-to" / "papers.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    said: dict[str, object] = {}
    exec(example, said)
    pdf = said["pdf"]
    assert isinstance(pdf, bytes)
    assert "Am meisten Bäume hat die Altstadt." in text(pdf, tmp_path)
