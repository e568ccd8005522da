# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pictures people send, cleaned: SVG through a list of what is allowed, PNG reduced to what makes its picture.

An SVG is a document that can run programs and fetch from elsewhere. So it is not searched for what is bad: a new one is
written that holds only elements, attributes and values named here. Besides, it is shown as an image only and served with
a policy that allows nothing.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: The largest picture taken, in bytes, and its longest side in pixels.
LARGEST = 512 << 10
LONGEST = 4000

SVG = "image/svg+xml"
PNG = "image/png"

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "title",
        "desc",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "pattern",
    ]
)
#: Presentation properties: allowed as attributes, and in ``style``, from which they are made attributes.
_PROPERTIES = frozenset(
    [
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "opacity",
        "clip-path",
        "clip-rule",
        "mask",
        "color",
        "display",
        "visibility",
        "stop-color",
        "stop-opacity",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "text-anchor",
        "letter-spacing",
        "vector-effect",
    ]
)
_ATTRIBUTES = _PROPERTIES | frozenset(
    [
        "id",
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "d",
        "points",
        "transform",
        "offset",
        "preserveAspectRatio",
        "version",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
        "patternUnits",
        "patternContentUnits",
        "patternTransform",
        "dx",
        "dy",
        "rotate",
        "textLength",
        "lengthAdjust",
    ]
)
_INSIDE = re.compile(r"#[A-Za-z_][\w.-]{0,100}\Z")
#: A value has no function but those of colours and transforms, and a reference into the picture itself.
_VALUE = re.compile(
    r"(?:[^()\\<>&@;:]|(?:rgba?|hsla?|matrix|translate|rotate|scale|skewX|skewY)\([^()\\<>&@;:]*\)"
    r"|url\(\s*['\"]?#[A-Za-z_][\w.-]{0,100}['\"]?\s*\))*\Z"
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
#: An SVG has at most so many elements, one within the other so deep.
_MOST, _DEEPEST = 20_000, 60

_PNG = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sRGB", b"gAMA", b"cHRM"})


class Picture(NamedTuple):
    """A cleaned picture."""

    media_type: str
    content: bytes


def clean(sent: bytes) -> Picture:
    """Return the picture cleaned. Raises Invalid where it is too large, of another kind, or holds no picture."""
    if not sent or len(sent) > LARGEST:
        most = LARGEST >> 10
        raise Invalid(
            Text(f"Das Bild ist leer oder größer als {most} KB.", f"The picture is empty or larger than {most} KB.")
        )
    if sent.startswith(_PNG):
        return Picture(PNG, _png(sent))
    if b"<svg" in sent or b":svg" in sent or sent.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Picture(SVG, _Drawing().of(sent))
    raise Invalid(Text("Bitte ein Bild als SVG oder PNG wählen.", "Please choose a picture as SVG or PNG."))


class _Drawing:
    """Reads one SVG and writes the clean one."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._depth = self._seen = 0
        self._left_out = 0  # how deep inside something that is not allowed
        self._css: list[str] | None = None
        self._rules: dict[str, dict[str, str]] = {}

    def of(self, sent: bytes) -> bytes:
        """Return the clean drawing. Raises Invalid."""
        parser = expat.ParserCreate(namespace_separator="\n")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity  # no entity is made, so none grows
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        try:
            parser.Parse(sent, True)
        except expat.ExpatError as error:
            raise Invalid(
                Text(
                    f"Die SVG-Datei ist fehlerhaft (Zeile {error.lineno}). Speichern Sie sie als „Einfaches SVG“.",
                    f"The SVG file is broken (line {error.lineno}). Save it as “plain SVG”.",
                )
            ) from None
        if not any(part.startswith(("<path", "<rect", "<circle", "<ellipse", "<poly", "<use", "<text", "<line"))
                   for part in self._out):  # fmt: skip
            raise Invalid(
                Text(
                    "In der SVG-Datei ist keine Zeichnung. Eingebettete Fotos nehmen wir nicht an; wählen Sie ein PNG.",
                    "There is no drawing in the SVG file. Embedded photographs are not taken; choose a PNG.",
                )
            )
        return "".join(self._out).encode()

    def _entity(self, *_: object) -> None:
        raise Invalid(
            Text(
                "Die SVG-Datei erklärt eigene Zeichenfolgen (ENTITY); das nehmen wir nicht an.",
                "The SVG file declares entities; that is not taken.",
            )
        )

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._seen += 1
        self._depth += 1
        if self._seen > _MOST or self._depth > _DEEPEST:
            raise Invalid(
                Text(
                    "Die SVG-Datei ist zu verschachtelt oder zu groß.", "The SVG file is nested too deep or too large."
                )
            )
        space, _, local = name.rpartition("\n")
        if self._depth == 1 and (space, local) != (_SVG, "svg"):
            raise Invalid(Text("Das ist keine SVG-Datei.", "This is no SVG file."))
        if space == _SVG and local == "style" and not self._left_out:
            self._css = []
        if self._left_out or space != _SVG or local not in _ELEMENTS:
            self._left_out += 1
            return
        kept = self._attributes(given)
        if self._depth == 1:
            kept = {"xmlns": _SVG} | kept
        self._out.append(f"<{local}{''.join(f' {key}={quoteattr(value)}' for key, value in kept.items())}>")

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._css is not None:
            self._read_css("".join(self._css))
            self._css = None
        if self._left_out:
            self._left_out -= 1
            return
        self._out.append(f"</{name.rpartition(chr(10))[2]}>")

    def _text(self, words: str) -> None:
        if self._css is not None:
            self._css.append(words)
        elif not self._left_out and self._depth:
            self._out.append(escape(words))

    def _attributes(self, given: dict[str, str]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for name in given.get("class", "").split():
            kept |= self._rules.get(name, {})
        for name, value in given.items():
            if name in _ATTRIBUTES and _VALUE.match(value.strip()):
                kept[name] = value.strip()
            elif name in {"href", f"{_XLINK}\nhref"} and _INSIDE.match(value.strip()):
                kept["href"] = value.strip()
        return kept | _declarations(given.get("style", ""))

    def _read_css(self, sheet: str) -> None:
        """Read plain rules of classes, as drawing programs write them; nothing else of a style sheet."""
        for selectors, body in _RULE.findall(_COMMENT.sub("", sheet)):
            for selector in selectors.split(","):
                if re.fullmatch(r"\s*\.[\w-]+\s*", selector):
                    self._rules.setdefault(selector.strip()[1:], {}).update(_declarations(body))


def _declarations(style: str) -> dict[str, str]:
    """Return the allowed properties of a ``style``."""
    found = {}
    for part in style.split(";"):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name in _PROPERTIES and value and _VALUE.match(value):
            found[name] = value
    return found


def _png(sent: bytes) -> bytes:
    """Return the PNG with the parts that make its picture (ISO/IEC 15948, 5.3), each checked."""
    broken = Invalid(Text("Die PNG-Datei ist fehlerhaft.", "The PNG file is broken."))
    out, place, data, size = [_PNG], len(_PNG), bytearray(), (0, 0)
    kind = b""
    while kind != b"IEND":
        if place + 12 > len(sent):
            raise broken
        length, kind = struct.unpack_from(">I4s", sent, place)
        body = sent[place + 8 : place + 8 + length]
        if len(body) != length or sent[place + 8 + length : place + 12 + length] != struct.pack(
            ">I", zlib.crc32(kind + body)
        ):
            raise broken
        if (place == len(_PNG)) != (kind == b"IHDR") or (kind == b"IHDR" and length != 13):
            raise broken
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
            if not (0 < size[0] <= LONGEST and 0 < size[1] <= LONGEST):
                raise Invalid(
                    Text(
                        f"Das Bild ist breiter oder höher als {LONGEST} Bildpunkte.",
                        f"The picture is wider or higher than {LONGEST} pixels.",
                    )
                )
        if kind == b"IDAT":
            data += body
        if kind in _KEPT:
            out.append(sent[place : place + 12 + length])
        place += 12 + length
    most = size[1] * (size[0] * 8 + 1) + (1 << 16)  # 16 bits of four channels, a filter byte for each line
    try:
        unpacked = zlib.decompressobj().decompress(bytes(data), most + 1)
    except zlib.error:
        raise broken from None
    if not 0 < len(unpacked) <= most:
        raise broken
    return b"".join(out)


def pixels(content: bytes) -> tuple[int, int]:
    """Return width and height of a cleaned PNG, in pixels."""
    width, height = struct.unpack_from(">II", content, len(_PNG) + 8)
    return width, height
