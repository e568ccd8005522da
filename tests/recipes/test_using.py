# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every recipe of the program in an empty town, then in a second one whose files differ (requirement T14)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allmende.engine.addresses import AddressRefused
from allmende.engine.recipes import Choice, Kind
from allmende.hub.door import connection_names
from allmende.insight import door as insight
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from allmende.recipes import door
from allmende.recipes.models import Change, Use
from allmende.rights.terms import ANYONE, OPERATOR
from tests.factories import Town
from tests.hub.live import Hub
from tests.hub.town import Service
from tests.recipes.using import given

NAMES = sorted(one.recipe.name for one in door.shipped())

#: How many rows the sample of each recipe gives, and a question about it with its answer's first row.
ROWS = {
    "baugenehmigungen": 40, "baumkataster": 60, "einwohner": 112, "energie_gebaeude": 144, "gewerbemeldungen": 768,
    "haushalt": 120, "kita_plaetze": 12, "ratsvorlagen": 24, "spielplaetze": 18, "zaehlstellen": 1344,
}  # fmt: skip

#: What the second town has to decide: columns that nobody can guess, and checks that fail for a reason.
DECIDED: dict[str, dict[str, Any]] = {
    "baumkataster": {"columns": {"Baumart": "Art deutsch"}},
    "energie_gebaeude": {"columns": {"Bezugsfläche (m²)": "NGF (m²)"}},
    "kita_plaetze": {"columns": {"Stadtteil": "Sozialraum"}},
    "zaehlstellen": {"columns": {"Zählstelle": "Messstelle"}},
    "ratsvorlagen": {"accepted": {"check:missing:art": "Unser Verfahren gibt die Art nicht aus."}},
}


def row_count(hub: Hub, town: Town, name: str) -> int:
    answer = hub.ask(f"SELECT count(*) FROM {town.slug}.{name}", who="owner") if town is hub.town else None
    if answer is None:
        import httpx

        body = {"sql": f"SELECT count(*) FROM {town.slug}.{name}", "purpose": "statistics"}
        headers = {"Authorization": f"Bearer {hub.token('owner', town)}"}
        answer = httpx.post(hub.url, json=body, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["rows"][0][0])


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_in_an_empty_town(name: str, hub: Hub, oparl: Service, folder: Path) -> None:
    using = given(hub.town, name, folder, service=oparl)
    actor = hub.town.subject("it")
    tried = door.try_recipe(actor, using, tenant=hub.town.slug)
    # Another test of the package may have used it in this town before: then its questions are not kept twice.
    before = [one for one in insight.saved(actor) if one.question.what.dataset == f"auenstadt.{name}"]
    assert tried.deviations == () and tried.blocked == ()
    assert all(outcome.passed for outcomes in tried.outcomes.values() for outcome in outcomes)
    used = door.use_recipe(actor, using, tenant=hub.town.slug)
    assert row_count(hub, hub.town, name) == ROWS[name]
    recipe = door.by_name(actor, name, tenant=hub.town.slug).recipe
    entry = recipe.datasets[0].entry
    refused = hub.ask(f"SELECT * FROM auenstadt.{name} LIMIT 1", who="staff")
    assert refused.status_code == (403 if entry.cls == "restricted" else 200), refused.text
    assert used.kept == len(recipe.questions) - len(before)
    assert len(before) in {0, len(recipe.questions)}
    shown = [one for one in insight.saved(actor) if one.question.what.dataset == f"auenstadt.{name}"]
    assert {one.title for one in shown} == {question.title.de for question in recipe.questions}
    assert all('"auenstadt.' in question.question and "{town}" not in question.question for question in used.questions)
    found = door.use(actor, used.connection, tenant=hub.town.slug)
    assert found is not None and found.recipe == recipe and found.deviations == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_second_town_decides_only_on_what_differs(
    name: str, hub: Hub, rieth: Town, oparl: Service, folder: Path
) -> None:
    using = given(rieth, name, folder, other=True, service=oparl)
    decided = DECIDED.get(name, {})
    tried = door.try_recipe(OPERATOR, using, tenant="rieth")
    assert tried.deviations
    assert {d.key for d in tried.failed} == set(decided.get("accepted", {}))
    slug = door.by_name(OPERATOR, name, tenant="rieth").recipe.datasets[0].slug
    choices = {slug: Choice(columns=decided.get("columns", {}))}
    if tried.blocked or tried.failed:
        with pytest.raises(Problem) as refused:
            door.use_recipe(OPERATOR, using, tenant="rieth")
        assert isinstance(refused.value, Invalid | Conflict)
        assert name not in connection_names(tenant="rieth")  # nothing half done
    used = door.use_recipe(OPERATOR, using, tenant="rieth", choices=choices, accepted=decided.get("accepted"))
    assert row_count(hub, rieth, name) >= ROWS[name]
    assert {d.decision for d in used.deviations} <= {"adapted", "left_out", "accepted"}
    kept = door.use(OPERATOR, used.connection, tenant="rieth")
    assert kept is not None and kept.deviations == used.deviations
    if "accepted" in decided:
        assert [d.note for d in kept.deviations if d.kind is Kind.CHECK] == ["Unser Verfahren gibt die Art nicht aus."]


def test_using_opens_nothing_to_the_public(hub: Hub) -> None:
    """The recipe proposes open data; they are so only when somebody with ``release`` decided it."""
    assert hub.rows("SELECT count(*) FROM auenstadt.baumkataster") == [[60]]
    assert hub.ask("SELECT * FROM auenstadt.baumkataster").status_code in {401, 403, 404}


def test_the_town_chooses_the_class(hub: Hub, folder: Path) -> None:
    using = given(
        hub.town,
        "haushalt",
        folder,
        connection="streng",
        names={"haushalt": "streng"},
        classes={"haushalt": "restricted"},
    )
    door.use_recipe(hub.town.subject("it"), using, tenant="auenstadt")
    assert hub.ask("SELECT * FROM auenstadt.streng", who="staff").status_code == 403


def test_the_columns_of_names_are_not_there(hub: Hub) -> None:
    """The samples hold names of inspectors, applicants and managers; the data sets do not."""
    for name, words in (
        ("baumkataster", "kontrolle"), ("baugenehmigungen", "bauherr"), ("kita_plaetze", "leitung"), ("ratsvorlagen", "person"),
    ):  # fmt: skip
        columns = hub.ask(f"SELECT * FROM auenstadt.{name} LIMIT 1", who="owner").json()["columns"]
        assert not [c["name"] for c in columns if words in c["name"]]


def test_release_tables_are_made_by_who_may_release(hub: Hub) -> None:
    connection = connection_names(tenant="auenstadt")["einwohner"]
    with pytest.raises(Forbidden):
        door.make_release(hub.town.subject("it"), connection, tenant="auenstadt")
    made = door.make_release(hub.town.subject("gate"), connection, tenant="auenstadt")
    assert set(made.tables) == {"einwohner"}
    shown = hub.ask("SELECT * FROM auenstadt.einwohner", who="staff")
    assert shown.status_code == 200, shown.text
    body = shown.json()
    place = [c["name"] for c in body["columns"]].index("anzahl")
    harbour = [row for row in body["rows"] if "Hafen" in row and ("unter 3" in row or "3 bis unter 6" in row)]
    assert harbour and all(row[place] is None for row in harbour)  # three and two children are not shown
    with pytest.raises(NotFound):
        door.make_release(
            hub.town.subject("gate"), connection_names(tenant="auenstadt")["haushalt"], tenant="auenstadt"
        )


@pytest.mark.parametrize(("who", "error"), [("staff", Forbidden), ("owner", Forbidden), ("protection", Forbidden)])
def test_who_may_not(who: str, error: type[Problem], hub: Hub, folder: Path) -> None:
    """A recipe gives no right: who may not connect cannot look at it, try it or use it."""
    using = given(hub.town, "haushalt", folder, connection="anders")
    actor = hub.town.subject(who)
    before = Use.objects.count()
    for verb in (door.try_recipe, door.use_recipe):
        with pytest.raises(error):
            verb(actor, using, tenant="auenstadt")
    with pytest.raises(error):
        door.shelf(actor, tenant="auenstadt")
    with pytest.raises(error):
        door.take_in(actor, "rezept = 1", tenant="auenstadt")
    assert Use.objects.count() == before
    for read in (door.shelf, door.uses):
        with pytest.raises(Problem):
            read(ANYONE, tenant="auenstadt")


def test_connecting_is_not_describing(hub: Hub, folder: Path) -> None:
    """IT without the right to describe data cannot use a recipe either, as it cannot save a connection."""
    using = given(hub.town, "haushalt", folder)
    it = hub.town.subject("it")
    import msgspec

    less = msgspec.structs.replace(it, roles=frozenset(held for held in it.roles if held.role == "it"))
    with pytest.raises(Forbidden):
        door.try_recipe(less, using, tenant="auenstadt")


def test_nobody_works_in_another_town(hub: Hub, rieth: Town, folder: Path) -> None:
    using = given(rieth, "haushalt", folder)
    actor = hub.town.subject("it")
    with pytest.raises(NotFound):
        door.shelf(actor, tenant="rieth")
    with pytest.raises(NotFound):
        door.use_recipe(actor, using, tenant="rieth")


def test_a_folder_nobody_allowed_is_not_looked_into(hub: Hub, tmp_path: Path) -> None:
    using = given(hub.town, "haushalt", tmp_path / "erlaubt", connection="anders")
    import msgspec

    (tmp_path / "geheim").mkdir()
    (tmp_path / "geheim" / "Haushalt_Produkte.csv").write_text("Produkt;Art;Zeile\n1;2;3\n")
    with pytest.raises(AddressRefused):
        door.try_recipe(OPERATOR, msgspec.structs.replace(using, root=str(tmp_path / "geheim")), tenant="auenstadt")


def test_a_connection_of_another_is_not_taken_over(hub: Hub, folder: Path) -> None:
    using = given(hub.town, "baumkataster", folder, connection="haushalt")
    with pytest.raises(Conflict, match="another short name"):
        door.use_recipe(OPERATOR, using, tenant="auenstadt")


def test_each_use_is_in_the_register(hub: Hub) -> None:
    entry = Change.objects.filter(tenant="auenstadt", verb="use_recipe", detail__name="einwohner").first()
    assert entry is not None
    assert entry.actor == hub.town.people["it"] and entry.detail["version"] == "1.0.0"
