# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the pages that compose several rooms."""

from __future__ import annotations

from django.urls import path

from allmende.portal.web import dataset, frame, handbook, home, log, words

urlpatterns = [
    path("", home.home, name="home"),
    path("nachweis/", log.log, name="log"),
    path("regeln/", words.rules, name="rules"),
    path("ueber/", words.about, name="about"),
    path("barrierefreiheit/", words.accessibility, name="accessibility"),
    path("handbuch/", handbook.contents, name="handbook"),
    path("handbuch/alles/", handbook.whole, name="handbook_whole"),
    path("handbuch/glossar/", handbook.glossary, name="glossary"),
    path("handbuch/<slug:slug>/", handbook.chapter, name="handbook_chapter"),
    path("<slug:tenant>/dataset/<slug:slug>", dataset.dataset, name="dataset"),
    path("farben/<slug:tenant>.css", frame.colours, name="colours"),
]
