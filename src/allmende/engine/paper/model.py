# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a paper holds: plain words in one language, in blocks. Knows no page layout."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a field is called date)
from typing import Literal

import msgspec

Language = Literal["de", "en"]


class Heading(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="heading"):
    """A heading; level 1 stands under the paper's title. Headings are the file's bookmarks."""

    text: str
    level: Literal[1, 2] = 1


class Paragraph(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="paragraph"):
    """Running text; line breaks are kept."""

    text: str


class Facts(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="facts"):
    """Names and what belongs to them, read out as a list of terms."""

    pairs: tuple[tuple[str, str], ...]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A table's column. ``width`` is its share of what is left over; 0 means as wide as its words."""

    title: str
    width: int = 0
    right: bool = False  # numbers


class Table(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="table"):
    """A table; its header is repeated on each page."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="picture"):
    """A drawing as SVG with the words that stand for it. ``width`` in percent of the text's width."""

    svg: str
    alt: str
    caption: str = ""
    width: int = 100


class List(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="list"):
    """A list of points."""

    items: tuple[str, ...]
    numbered: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="note"):
    """A remark set apart; ``warning`` for what must not be overlooked."""

    text: str
    title: str = ""
    warning: bool = False


class Sources(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="sources"):
    """Where what the paper says comes from, numbered."""

    items: tuple[str, ...]


class Signatures(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="signatures"):
    """Lines to sign on, each with what belongs there."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Facts | Table | Picture | List | Note | Sources | Signatures


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """Whose paper it is. ``practice`` is the band of a practice town, "" for a real one; ``arms`` an SVG or ""."""

    name: str
    colour: str  # #rrggbb
    ink: str = "#ffffff"  # what can be read on the colour
    arms: str = ""
    practice: str = ""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper."""

    title: str
    town: Town
    date: Date
    blocks: tuple[Block, ...]
    subtitle: str = ""
    language: Language = "de"
