# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the pages that compose several rooms."""

from __future__ import annotations

from django.urls import path

from allmende.portal.web import dataset, frame, grants, handbook, home, legal, log, papers, unveilings, words
from allmende.rights.terms import Effect

urlpatterns = [
    path("", home.home, name="home"),
    path("nachweis/", log.log, name="log"),
    path("nachweis/namen/", unveilings.unveilings, name="unveilings"),
    path("nachweis/namen/beantragen/<id:entry>/", unveilings.ask, name="ask_unveiling"),
    path("nachweis/namen/<id:unveiling>/zustimmen/", unveilings.approve, name="approve_unveiling"),
    path("nachweis/namen/<id:unveiling>/zeigen/", unveilings.open_, name="open_unveiling"),
    path("regeln/", words.rules, name="rules"),
    path("ueber/", words.about, name="about"),
    path("handbuch/", handbook.contents, name="handbook"),
    path("handbuch/alles/", handbook.whole, name="handbook_whole"),
    path("handbuch/glossar/", handbook.glossary, name="glossary"),
    path("handbuch/<slug:slug>/", handbook.chapter, name="handbook_chapter"),
    path("impressum/", legal.imprint, name="imprint"),
    path("datenschutz/", legal.privacy, name="privacy"),
    path("barrierefreiheit/", legal.accessibility, name="accessibility"),
    path("<slug:tenant>/impressum/", legal.imprint, name="imprint"),
    path("<slug:tenant>/datenschutz/", legal.privacy, name="privacy"),
    path("<slug:tenant>/barrierefreiheit/", legal.accessibility, name="accessibility"),
    path("rechtliches/", legal.overview, name="legal"),
    path("rechtliches/muster/<slug:slug>/", legal.template, name="template"),
    path("rechtliches/muster/<slug:slug>.pdf", legal.template_paper, name="template_paper"),
    path("rechtliches/<slug:kind>/bearbeiten/", legal.edit, name="edit_statement"),
    path("<slug:tenant>/rechtliches/<slug:kind>.pdf", legal.statement_paper, name="statement_paper"),
    path("<slug:tenant>/dataset/<slug:slug>", dataset.dataset, name="dataset"),
    path("<slug:tenant>/dataset/<slug:slug>/erlauben/", grants.give, {"effect": Effect.ALLOW}, name="allow_use"),
    path("<slug:tenant>/dataset/<slug:slug>/untersagen/", grants.give, {"effect": Effect.DENY}, name="deny_use"),
    path("<slug:tenant>/dataset/<slug:slug>/erlaubnis/<id:grant>/", grants.withdraw, name="withdraw_grant"),
    path("<slug:tenant>/dataset/<slug:slug>/steckbrief.pdf", papers.dataset_profile, name="dataset_profile"),
    path("<slug:tenant>/dataset/<slug:slug>/vereinbarung/<id:grant>.pdf", papers.use_agreement, name="agreement"),
    path("quellen/datensatz/<id:dataset>/vermerk.pdf", papers.import_note, name="import_note"),
    path("stadt/stelle/<id:unit>/datensaetze.pdf", papers.unit_register, name="unit_register"),
    path("auswertung/frage/<id:question>/vorlage.pdf", papers.question_paper, name="question_paper"),
    path("auswertung/antwort/vorlage.pdf", papers.answer_paper, name="answer_paper"),
    path("daten/verzeichnis.pdf", papers.town_register, name="town_register"),
    path("farben/<slug:tenant>.css", frame.colours, name="colours"),
]
