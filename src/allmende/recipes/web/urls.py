# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from allmende.recipes.web import pages

urlpatterns = [
    path("rezepte/", pages.shelf, name="recipes"),
    path("rezepte/einlesen/", pages.take_in, name="recipe_take_in"),
    path("rezepte/anwenden/", pages.apply, name="recipe_apply"),
    path("rezepte/schluessel/", pages.keys, name="recipe_keys"),
    path("rezepte/vorgang/<id:trial>/", pages.trial, name="recipe_trial"),
    path("rezepte/vorschlag/<id:proposal>/", pages.settle, name="recipe_settle"),
    path("rezepte/aus/<id:connection>/", pages.make, name="recipe_make"),
    path("rezepte/abweichungen/<id:connection>/", pages.deviations, name="recipe_deviations"),
    path("rezepte/freigabe/<id:connection>/", pages.release, name="recipe_release"),
    path("rezepte/<slug:digest>/", pages.recipe, name="recipe"),
    path("rezepte/<slug:digest>/datei/", pages.download, name="recipe_download"),
    path("rezepte/<slug:digest>/weg/", pages.take_off, name="recipe_take_off"),
]
