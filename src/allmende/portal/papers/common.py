# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What all papers have: whose they are, of which day, and how values are written on them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import date, datetime
from typing import cast

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from allmende.catalogue.door import licences
from allmende.engine.paper.model import Block, Language, Paper, Town
from allmende.engine.paper.press import render
from allmende.kernel.clock import now
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import TenantView
from allmende.portal import site
from allmende.webkit.language import language
from allmende.webkit.pictures import SVG, pixels


class Frame(msgspec.Struct, frozen=True):
    """Town, language and day of a paper."""

    town: Town
    language: Language
    day: date

    def said(self, text: Text) -> str:
        """Return the text in the paper's language; the German where the English is empty."""
        return text.in_(self.language) or text.de

    def __call__(self, german: str, english: str) -> str:
        """Return the words of the paper's language."""
        return english if self.language == "en" else german

    def paper(self, title: str, blocks: Iterable[Block], subtitle: str = "") -> Paper:
        """Return the paper of this town and day."""
        return Paper(
            title=title,
            subtitle=subtitle,
            language=self.language,
            town=self.town,
            date=self.day,
            blocks=tuple(blocks),
        )


def frame(request: HttpRequest, in_language: str = "") -> Frame:
    """Return the frame of papers for the town whose pages are shown."""
    tenant = site.tenant_of(request)
    shown = site.of(tenant)
    tongue = cast("Language", in_language or language())
    mark = tenant.paper_mark if tenant else None
    town = Town(
        name=shown.town,
        colour=shown.colour,
        ink=shown.ink,
        arms=_arms(tenant) if tenant else "",
        practice=mark.in_(tongue) if mark else "",
    )
    return Frame(town, tongue, timezone.localtime(now()).date())


def _arms(tenant: TenantView) -> str:
    """Return the town's arms as an SVG; a picture of pixels becomes the image of one."""
    picture = organisations.arms(tenant.slug) if tenant.arms else None
    if picture is None:
        return ""
    if picture.media_type == SVG:
        return picture.content.decode()
    width, height = pixels(picture.content)
    coded = base64.b64encode(picture.content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:{picture.media_type};base64,{coded}"/></svg>'
    )


def answer(paper: Paper, name: str) -> HttpResponse:
    """Return the paper as a PDF to look at; ``name`` without ending. It is made for this reader and kept nowhere."""
    response = HttpResponse(render(paper), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["Vary"] = "Cookie, Accept-Language"
    return response


def listed(values: Iterable[str]) -> str:
    """Return the values in one line; a dash where there are none."""
    return ", ".join(values) or "–"


def moment(value: datetime | None, frame: Frame) -> str:
    """Return date and time of day in the town's time zone."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    return f"{day(local, frame)}, {local:%H:%M}"


def day(value: date | datetime | None, frame: Frame) -> str:
    """Return a date in figures: 28.11.2026, in English 2026-11-28."""
    if value is None:
        return "–"
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value:%d.%m.%Y}" if frame.language == "de" else f"{value:%Y-%m-%d}"


def figure(value: object, frame: Frame) -> str:
    """Return a number with the language's separators; anything else as it is, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    written = f"{value:,}" if isinstance(value, int) else f"{float(f'{value:.6g}'):,}"
    return written.translate(str.maketrans(",.", ".,")) if frame.language == "de" else written


def licence_named(given: str, frame: Frame) -> str:
    """Return the licence's name, given by its id, URI or the address of its wording; else what was given."""
    for one in licences().values():
        if given and given in {one.id, one.uri, one.text}:
            return frame.said(one.title)
    return given
