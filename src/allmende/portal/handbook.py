# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The user handbook: ``docs/handbuch/*.md``, built into the product, read once, searched in memory. Django-free.

A chapter's file is ``NN-slug.md``; its first line is the title, its first paragraph says what it is good for. Links between
chapters are written as between files and lead to pages. Raw HTML is not understood.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from allmende.catalogue.words import fold, stems

#: Where the pages of the handbook stand.
ADDRESS: Final = "/handbuch/"
#: Letters of a place found by a search that are shown.
EXCERPT: Final = 220
_NAME = re.compile(r"(\d\d)-([a-z0-9-]+)\.md\Z")
_HEADING = re.compile(r"<(/?)h([2-5])( id=\"[^\"]*\")?>")
_LINK = re.compile(r"(?:\d\d-)?([a-z0-9-]+)\.md(#.*)?\Z")


class Section(msgspec.Struct, frozen=True):
    """A piece of a chapter under one heading; ``text`` is plain, for the search."""

    anchor: str
    title: str
    text: str


class Chapter(msgspec.Struct, frozen=True):
    """A chapter: its place among the addresses, its title and first sentence, its HTML and its sections."""

    slug: str
    title: str
    intro: str
    html: str
    sections: tuple[Section, ...]

    @property
    def address(self) -> str:
        """Its page."""
        return f"{ADDRESS}{self.slug}/"

    @property
    def nested(self) -> str:
        """Its HTML one level deeper, for the page that holds all chapters."""
        return _HEADING.sub(lambda tag: f"<{tag[1]}h{int(tag[2]) + 1}{_own(tag[3], self.slug)}>", self.html)


class Hit(msgspec.Struct, frozen=True):
    """A place in the handbook where all words of a search stand."""

    chapter: str
    title: str
    address: str
    excerpt: tuple[tuple[str, bool], ...]  # words, and whether each was looked for


def folder() -> Path:
    """Return where the chapters lie: inside the package, or beside the source."""
    inside = Path(__file__).parent / "handbuch"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "docs" / "handbuch"


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters in their order; none where the folder is absent."""
    found = sorted(path for path in folder().glob("*.md") if _NAME.match(path.name))
    return tuple(_read(path.name, path.read_text(encoding="utf-8")) for path in found)


def chapter(slug: str) -> Chapter | None:
    """Return the chapter of that name."""
    return next((each for each in chapters() if each.slug == slug), None)


def search(words: str) -> list[Hit]:
    """Return the places where all words stand, headings first; words are found inside compounds and in all endings."""
    wanted = stems(words)
    if not wanted:
        return []
    hits = []
    for each in chapters():
        for section in each.sections:
            title, text = fold(section.title), fold(section.text)
            if all(word in title or word in text for word in wanted):
                address = each.address + (f"#{section.anchor}" if section.anchor else "")
                weight = sum(word in title for word in wanted)
                hits.append((-weight, Hit(each.title, section.title, address, _excerpt(section.text, wanted))))
    return [hit for _, hit in sorted(hits, key=lambda pair: pair[0])]


def anchor(title: str) -> str:
    """Return the name of a heading within its page."""
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")


def _read(name: str, text: str) -> Chapter:
    match = _NAME.match(name)
    assert match is not None
    slug = match.group(2)
    reader = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    tokens = reader.parse(re.sub(r"\A(?:<!--.*?-->\s*)+", "", text, flags=re.DOTALL))
    title, intro, sections = "", "", []
    heading, pieces = ("", ""), [""]
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            words = _plain(tokens[place + 1])
            if token.tag == "h1":
                title = words
                heading = ("", words)
                continue
            sections.append(Section(*heading, " ".join(pieces).strip()))
            heading, pieces = (anchor(words), words), []
            token.attrSet("id", heading[0])
        elif token.type == "inline":
            _lead(token)
            if tokens[place - 1].type != "heading_open":
                pieces.append(_plain(token))
                intro = intro or _plain(token)
        elif token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type == "fence":
            pieces.append(token.content)
    sections.append(Section(*heading, " ".join(pieces).strip()))
    if not title or not intro:
        raise ValueError(f"{name}: a chapter begins with a title and a sentence")
    body = [token for token in tokens if not _of_title(tokens, token)]
    html = reader.renderer.render(body, reader.options, {})
    box = '<div class="table-box" tabindex="0" role="group" aria-label="Tabelle">'
    html = html.replace("<table", f"{box}<table").replace("</table>", "</table></div>")
    return Chapter(slug, title, intro, html, tuple(section for section in sections if section.text or section.title))


def _own(identity: str | None, slug: str) -> str:
    return identity.replace('id="', f'id="{slug}-') if identity else ""


def _of_title(tokens: list[Token], token: Token) -> bool:
    at = tokens.index(token)
    return at < 3 and tokens[0].tag == "h1"


def _lead(token: Token) -> None:
    """Let links between chapters lead to pages, and pictures to where they are served."""
    for child in token.children or ():
        if child.type == "link_open" and (match := _LINK.match(str(child.attrGet("href") or ""))):
            child.attrSet("href", f"{ADDRESS}{match.group(1)}/{match.group(2) or ''}")


def _plain(token: Token) -> str:
    """Return the words of a token."""
    pieces = [
        child.content if child.type in {"text", "code_inline"} else " " if child.type == "softbreak" else ""
        for child in token.children or ()
    ]
    return "".join(pieces).strip()


def _excerpt(text: str, wanted: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Return the words around the first place."""
    words = text.split()
    found = [any(each in fold(word) for each in wanted) for word in words]
    begin = max((found.index(True) if True in found else 0) - 8, 0)
    end, length = begin, 0
    while end < len(words) and length + len(words[end]) < EXCERPT:
        length += len(words[end]) + 1
        end += 1
    shown = list(zip(words[begin:end], found[begin:end], strict=True))
    return tuple([("…", False)] * (begin > 0) + shown + [("…", False)] * (end < len(words)))
