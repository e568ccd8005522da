# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Of a picture only the picture is left; town colours can be read."""

from __future__ import annotations

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.kernel.errors import Invalid
from allmende.webkit.colours import contrast, readable
from allmende.webkit.pictures import LARGEST, PNG, SVG, clean

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'


def drawn(inside: str, *, before: str = "") -> str:
    """Return what is left of a drawing with a red rectangle and ``inside``."""
    return clean(f'{before}{HEAD}<rect width="5" height="5" fill="#f00"/>{inside}</svg>'.encode()).content.decode()


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<script xlink:href="https://evil.example/x.js"/>',
        '<g onload="alert(1)"><path d="M0 0" onclick="alert(1)"/></g>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<image href="https://evil.example/pixel.png"/>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xlink:href="data:image/svg+xml,evil"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="https://evil.example"/></body></foreignObject>',
        '<path fill="url(https://evil.example/#a)" d="M0 0"/>',
        '<path style="fill:url(https://evil.example/x);background:url(//evil.example)" d="M0 0"/>',
        '<path style="fill:u\\72l(//evil.example)" d="M0 0"/>',
        "<style>@import url(https://evil.example/x.css); .a{fill:url(//evil.example)}</style>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        '<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">alert(1)</handler>',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        '<metadata>evil</metadata><?xml-stylesheet href="https://evil.example"?><!-- evil -->',
        "<g><script>alert(1)</script></g><style><script>alert(1)</script></style>",
        '<text font-family="x&quot; onload=&quot;alert(1)">a</text>',
        '<filter><feImage href="https://evil.example"/></filter>',
    ],
)
def test_what_could_run_or_fetch_is_gone(bad: str) -> None:
    left = drawn(bad)
    assert '<rect width="5" height="5" fill="#f00"></rect>' in left
    for word in ("evil", "alert", "script", 'onload="', "onclick", "foreign", "import", "<style", "animate", "set "):
        assert word not in left.replace("&quot; onload=&quot;alert(1)", "")
    again = clean(left.encode()).content.decode()
    assert again == left


def test_what_makes_the_drawing_stays() -> None:
    left = drawn(
        '<defs><linearGradient id="a"><stop offset="0" style="stop-color:#ffcc00;stop-opacity:.5"/></linearGradient></defs>'
        '<style type="text/css"><![CDATA[ .st0{fill:#009640;stroke:none;} /* x */ .st1, .st2{fill:url(#a)} ]]></style>'
        '<g transform="translate(1,2) rotate(45)"><path class="st0" d="M0,0 L5,5z"/><circle class="st2" r="2"/></g>'
        '<use xlink:href="#a"/><title>Wappen von Auenstadt &amp; Umland</title>'
    )
    for part in (
        'stop-color="#ffcc00"', 'fill="#009640"', 'fill="url(#a)"', 'transform="translate(1,2) rotate(45)"',
        'href="#a"', "Wappen von Auenstadt &amp; Umland", 'viewBox="0 0 10 10"',
    ):  # fmt: skip
        assert part in left


def test_a_document_type_is_dropped_and_entities_are_refused() -> None:
    public = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert "DOCTYPE" not in drawn("", before=public)
    for bomb in (
        '<!ENTITY a "b">',
        '<!ENTITY % a SYSTEM "file:///etc/passwd">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
    ):
        with pytest.raises(Invalid):
            drawn("<text>x</text>", before=f"<!DOCTYPE svg [{bomb}]>")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a",
        b"<html><svg></svg></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"<svg><rect/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><rect>",
        HEAD.encode() + b"<g>" * 100 + b"<rect/>" + b"</g>" * 100 + b"</svg>",
        HEAD.encode() + b"<g/>" * 30_000 + b"</svg>",
        b"x" * (LARGEST + 1),
        HEAD.encode("utf-16") + b"\x00",
    ],
)
def test_what_is_no_picture_is_refused_in_words(sent: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        clean(sent)
    assert refused.value.detail.de


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*more: bytes, width: int = 2, height: int = 2, data: bytes | None = None) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(b"\0" * (height * (width * 3 + 1))) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_png_keeps_its_picture_and_nothing_else() -> None:
    found = clean(png(chunk(b"tEXt", b"Author\0Erika"), chunk(b"eXIf", b"GPS")) + b"<script>")
    assert found == (PNG, png())


@pytest.mark.parametrize(
    "broken",
    [
        png()[:-20],
        png().replace(b"IDAT", b"IDAX"),
        png(width=5000),
        png(data=b"xx"),
        png(data=zlib.compress(b"\0" * 5_000_000)),
    ],
    ids=["cut", "checksum", "wide", "not packed", "bomb"],
)
def test_a_broken_png_is_refused(broken: bytes) -> None:
    with pytest.raises(Invalid):
        clean(broken)


def test_the_kind_is_told() -> None:
    assert clean(f'{HEAD}<path d="M0 0"/></svg>'.encode()).media_type == SVG


@given(st.binary(max_size=400))
def test_no_bytes_break_it(sent: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", HEAD.encode()):
        with contextlib.suppress(Invalid):
            clean(start + sent)


@given(st.integers(0, 0xFFFFFF))
def test_every_town_colour_can_be_read_on_white(number: int) -> None:
    colour = f"#{number:06x}"
    found = readable(colour)
    assert contrast(found, "#ffffff") >= 4.5
    assert (found == colour) == (contrast(colour, "#ffffff") >= 4.5)


def test_the_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
