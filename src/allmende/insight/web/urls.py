# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from allmende.insight.web import build, keep, questions

urlpatterns = [
    path("auswertung/", questions.start, name="insight"),
    path("auswertung/bauen/", build.build, name="build"),
    path("auswertung/antwort/", questions.answered, name="answer"),
    path("auswertung/behalten/", keep.keep, name="keep"),
    path("auswertung/frage/<id:question>/", questions.question, name="question"),
    path("auswertung/frage/<id:question>/aendern/", keep.change, name="change_question"),
    path("auswertung/frage/<id:question>/kopieren/", keep.copy, name="copy_question"),
    path("auswertung/frage/<id:question>/loeschen/", keep.delete, name="delete_question"),
]
