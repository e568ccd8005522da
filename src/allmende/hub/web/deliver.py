# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page behind an upload link: an office without an account delivers one file and is told at once whether it fits."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from allmende.hub.domain import links
from allmende.hub.queries import lists as reading
from allmende.hub.template import template
from allmende.hub.terms import DeliveryState
from allmende.hub.web.lists import template_answer
from allmende.kernel.errors import Problem
from allmende.webkit.forms import Form, explained, refused


class DeliveryForm(Form):
    """The file."""

    file = explained(
        forms.FileField(
            label=gettext_lazy("Datei"),
            help_text=gettext_lazy("Excel, CSV, ODS oder XML, höchstens 50 MB."),
            allow_empty_file=True,
        ),
        "Spielplaetze_Oktober_2026.xlsx",
    )


@never_cache
def deliver(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what is expected; take a file and say what became of it."""
    link = links.open_link(secret)
    form = DeliveryForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {}
    status = 200
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            delivery, said = links.send(secret, name=sent.name, pieces=sent.chunks())
        except Problem as problem:
            refused(form, problem)
            status = problem.status
        else:
            state = DeliveryState(delivery.state)
            context |= {"said": said, "state": state.value, "file": delivery.file}
            form = DeliveryForm()
    elif request.method == "POST":
        status = 400
    shown = {"form": form, "asked": reading.asked(link), "secret": secret}
    answer = render(request, "hub/deliver.html", context | shown, status=status)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def empty(request: HttpRequest, secret: str) -> HttpResponse:  # noqa: ARG001 (the address is the permission)
    """Hand out the empty template to whoever has the link."""
    link = links.open_link(secret)
    asked = reading.asked(link)
    return template_answer(template(asked.title, asked.expected, tuple(link.feed.key)), link.feed.binding.name)
