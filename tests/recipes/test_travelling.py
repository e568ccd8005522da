# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From town to town: exported, signed, trusted or not, taken in; and what deviates travels back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from allmende.engine import recipes
from allmende.engine.recipes import Choice
from allmende.engine.recipes.model import Decision, Procedure
from allmende.hub.door import allow_address, connection_names
from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.recipes import door
from allmende.recipes.models import KeptRecipe
from allmende.recipes.terms import About
from allmende.recipes.today import waiting
from allmende.rights.terms import OPERATOR
from tests.factories import Town
from tests.hub import town as silos
from tests.hub.live import Hub
from tests.recipes.using import given

OTHER_MASTER = bytes(reversed(range(32)))


def about(**changes: Any) -> About:
    said = Text(
        "Bäume der Stadt, wie das Grünflächenamt sie führt.", "The town's trees as the parks department keeps them."
    )
    plain = {
        "name": "baeume_auenstadt",
        "version": "1.0",
        "title": Text("Bäume", "Trees"),
        "text": said,
        "procedure": Procedure(name="Baumkataster Grün", export=Text("CSV", "CSV"), since="4.2"),
        "licence": "http://dcat-ap.de/def/licenses/cc-zero",
        "release": Decision(proposal="open", why=Text("Bäume.", "Trees.")),
        "why": {"ausfuhr": Text("Bäume sind keine Menschen.", "Trees are no people.")},
    }
    return About(**(plain | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trees(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("baeume") / "GEHEIMER-ORDNER"
    made = silos.trees(
        folder, "ausfuhr", ask="Zimmer 12, Frau Beispiel, 0251 492-1234", limits={"de": "Grob.", "en": "Rough."}
    )
    return silos.connect(hub, made, root=folder).connection


def test_what_is_exported_is_signed_and_names_nothing_of_the_town(hub: Hub, trees: str) -> None:
    text = door.export_recipe(hub.town.subject("it"), trees, about(), tenant="auenstadt")
    sealed = recipes.opened(text)
    assert (sealed.by, sealed.signed) == ("Auenstadt", True)
    recipe = recipes.load(sealed.body)
    (dataset,) = recipe.datasets
    assert recipe.author == "Auenstadt" and recipe.procedure.since == "4.2"
    assert [f.name for f in dataset.mapping.fields] == ["id", "art", "hoehe", "bezirk"]
    assert dataset.checks.required == ("id",)
    for word in ("GEHEIMER", "Beispiel", "492", "environment", "Linde", "20,0", "root", "secret", "host ="):
        assert word not in text, word


def test_a_database_leaves_its_place_and_secret_at_home(hub: Hub) -> None:
    with silos.traffic_database("allmende_test_recipes", "GEHEIM-0815") as at:
        allow_address(OPERATOR, tenant="auenstadt", place=at["host"], port=at["port"], reason="Test")
        made = silos.connect(hub, silos.traffic(at, "strassenverkehr"), secret=at["password"])
        why = {"strassenverkehr": Text("Nur Zählungen.", "Counts only.")}
        text = door.export_recipe(OPERATOR, made.connection, about(why=why), tenant="auenstadt")
        recipe = recipes.load(recipes.opened(text).body)
        assert recipe.access.kind == "postgres"
        for word in ("GEHEIM-0815", "allmende_test_recipes", str(at["port"]), str(at["host"])):
            assert word not in text, word
        named = about(why={"strassenverkehr": Text(f"aus {at['database']}", "x")})
        with pytest.raises(Invalid) as refused:
            door.export_recipe(OPERATOR, made.connection, named, tenant="auenstadt")
        assert refused.value.more["places"] == ["datasets[1].privacy.why.de"]


@pytest.mark.parametrize(
    "words",
    [
        "Fragen an gruen@auenstadt.example",
        "liegt auf srv1.stadt.intern",
        "Kennwort: Sommer2026",
        "von Frau Beispiel gepflegt",
        "owner",
    ],
)
def test_words_that_must_not_travel_stop_the_export(words: str, hub: Hub, trees: str) -> None:
    """Also the name of somebody who works for the town, here “owner”."""
    with pytest.raises(Invalid, match="cannot leave the town"):
        door.export_recipe(OPERATOR, trees, about(text=Text(words, "")), tenant="auenstadt")


def test_who_may_not_export(hub: Hub, trees: str) -> None:
    for who in ("staff", "protection", "gate"):
        with pytest.raises(Forbidden):
            door.export_recipe(hub.town.subject(who), trees, about(), tenant="auenstadt")
        with pytest.raises(Forbidden):
            door.export_shelf(hub.town.subject(who), door.shipped()[0].digest, tenant="auenstadt")
    with pytest.raises(NotFound):
        door.export_recipe(OPERATOR, trees, about(), tenant="rieth")


def test_the_screening_is_asked_for(hub: Hub, trees: str) -> None:
    with pytest.raises(Invalid, match="why this class"):
        door.export_recipe(OPERATOR, trees, about(why={}), tenant="auenstadt")


def test_from_one_town_into_the_other(hub: Hub, rieth: Town, trees: str, folder: Path) -> None:
    """T14: exported in Auenstadt, taken in and connected in Rieth, with Rieth's own file."""
    text = door.export_recipe(OPERATOR, trees, about(), tenant="auenstadt")
    digest = door.take_in(OPERATOR, text, tenant="rieth")
    one = door.on_shelf(OPERATOR, digest, tenant="rieth")
    assert (one.standing, one.signer) == (door.Standing.OWN, "Auenstadt")
    (folder / "liste.csv").write_text("id,Baumart,hoehe,bezirk\n7,Linde,9.5,Dorf\n8,Esche,4.25,Aue\n", "utf-8")
    allow_address(OPERATOR, tenant="rieth", place=str(folder), reason="Test")
    using = given(rieth, "haushalt", folder)
    using = msgspec.structs.replace(using, digest=digest, files={"ausfuhr": "liste.csv"})
    choices = {"ausfuhr": Choice(columns={"art": "Baumart"})}
    used = door.use_recipe(OPERATOR, using, tenant="rieth", choices=choices)
    assert {(d.kind.value, d.expected, d.found) for d in used.deviations} == {
        ("separator", ";", ","),
        ("renamed", "art", "Baumart"),
        ("decimal", ",", "."),
    }
    import httpx

    body = {"sql": "SELECT id, art, hoehe FROM rieth.ausfuhr ORDER BY id", "purpose": "statistics"}
    headers = {"Authorization": f"Bearer {hub.token('owner', rieth)}"}
    assert httpx.post(hub.url, json=body, headers=headers, timeout=60).json()["rows"] == [
        [7, "Linde", 9.5],
        [8, "Esche", 4.25],
    ]


def test_one_changed_byte_is_refused_on_the_way_in(hub: Hub, trees: str) -> None:
    text = door.export_recipe(OPERATOR, trees, about(version="1.1"), tenant="auenstadt")
    before = KeptRecipe.objects.count()
    for at in (0, 40, text.index("art"), text.index("[signature]") + 3, len(text) - 10):
        changed = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
        with pytest.raises(Invalid):
            door.take_in(OPERATOR, changed, tenant="rieth", unsigned_because="trotzdem")
    assert KeptRecipe.objects.count() == before


def test_without_signature_somebody_says_why(hub: Hub) -> None:
    text = recipes.dump(recipes.load(door.shipped()[0].body)).replace('version = "1.0.0"', 'version = "1.0.1"')
    actor = hub.town.subject("it")
    with pytest.raises(door.Unsigned):
        door.take_in(actor, text, tenant="auenstadt")
    digest = door.take_in(actor, text, tenant="auenstadt", unsigned_because="kam mit der Post")
    one = door.on_shelf(actor, digest, tenant="auenstadt")
    assert (one.standing, one.unsigned_because) == (door.Standing.UNSIGNED, "kam mit der Post")
    sealed = recipes.signed(text, by="Nachbarstadt", at=now(), master=OTHER_MASTER)
    assert door.take_in(actor, sealed, tenant="auenstadt") == digest  # the same recipe, now with a signature
    one = door.on_shelf(actor, digest, tenant="auenstadt")
    assert (one.standing, one.signer, one.unsigned_because) == (door.Standing.UNKNOWN, "Nachbarstadt", "")
    door.take_off(actor, digest, tenant="auenstadt")
    with pytest.raises(NotFound):
        door.take_off(actor, digest, tenant="auenstadt")


def test_a_recipe_that_carries_what_must_not_travel_is_not_taken(hub: Hub) -> None:
    plain = msgspec.to_builtins(recipes.load(door.shipped()[0].body))
    plain["text"]["de"] = "Fragen an maria.muster@rieth.example"
    text = recipes.signed(
        recipes.dump(msgspec.convert(plain, recipes.Recipe)), by="Rieth", at=now(), master=OTHER_MASTER
    )
    with pytest.raises(Invalid, match=r"must not travel.*text\.de"):
        door.take_in(OPERATOR, text, tenant="auenstadt")


def test_a_name_is_believed_only_for_a_trusted_key(hub: Hub) -> None:
    """Anybody can write a town's name into a signature; only the key counts, and the town's administrator says whose."""
    text = recipes.signed(door.shipped()[1].body + "# Fassung\n", by="Auenstadt", at=now(), master=OTHER_MASTER)
    digest = door.take_in(OPERATOR, text, tenant="auenstadt")
    it, admin = hub.town.subject("it"), hub.town.subject("admin")
    assert door.on_shelf(it, digest, tenant="auenstadt").standing is door.Standing.UNKNOWN
    key = recipes.public_key(OTHER_MASTER)
    with pytest.raises(Forbidden):
        door.trust_key(it, key, name="Stadt Rieth", tenant="auenstadt")
    door.trust_key(admin, key, name="Stadt Rieth", tenant="auenstadt")
    one = door.on_shelf(it, digest, tenant="auenstadt")
    assert (one.standing, one.signer, one.fingerprint) == (
        door.Standing.TRUSTED,
        "Stadt Rieth",
        recipes.fingerprint(key),
    )
    assert [k.name for k in door.trusted_keys(it, tenant="auenstadt")] == ["Stadt Rieth"]
    with pytest.raises(Forbidden):
        door.distrust_key(it, key, tenant="auenstadt")
    door.distrust_key(admin, key, tenant="auenstadt")
    assert door.on_shelf(it, digest, tenant="auenstadt").standing is door.Standing.UNKNOWN
    with pytest.raises(Invalid):
        door.trust_key(admin, "kein Schlüssel", name="x", tenant="auenstadt")


def test_another_towns_shelf_is_not_ours(hub: Hub, rieth: Town) -> None:
    text = recipes.signed(door.shipped()[2].body + "# nur Rieth\n", by="Rieth", at=now(), master=OTHER_MASTER)
    digest = door.take_in(OPERATOR, text, tenant="rieth")
    with pytest.raises(NotFound):
        door.on_shelf(hub.town.subject("it"), digest, tenant="auenstadt")


@pytest.mark.parametrize(
    ("words", "version", "names"),
    [
        ("oparl", "", ["ratsvorlagen"]),
        ("Ratsinformationssystem", "1.1", ["ratsvorlagen"]),
        ("Ratsinformationssystem", "2.0", []),
        ("melderegister", "", ["einwohner"]),
        ("bäume", "", ["baeume_auenstadt", "baumkataster"]),
        ("Baumkataster Grün", "4.1", ["baumkataster"]),
        ("Baumkataster Grün", "4.3", ["baeume_auenstadt", "baumkataster"]),
        ("einhorn", "", []),
    ],
)
def test_found_by_name_and_version_of_the_procedure(
    words: str, version: str, names: list[str], hub: Hub, rieth: Town, trees: str
) -> None:
    door.take_in(
        OPERATOR, door.export_recipe(OPERATOR, trees, about(version="2.0"), tenant="auenstadt"), tenant="rieth"
    )
    found = door.shelf(OPERATOR, tenant="rieth", words=words, version=version)
    assert sorted({one.recipe.name for one in found}) == names


def test_what_deviates_travels_back_as_a_proposal(hub: Hub, rieth: Town, folder: Path) -> None:
    using = given(
        rieth, "energie_gebaeude", folder, other=True, connection="energie2", names={"energie_gebaeude": "energie2"}
    )
    used = door.use_recipe(OPERATOR, using, tenant="rieth")
    text = door.export_deviations(rieth.subject("it"), used.connection, tenant="rieth")
    with pytest.raises(Forbidden):
        door.export_deviations(rieth.subject("staff"), used.connection, tenant="rieth")
    sealed = recipes.opened(text)
    assert sealed.by == "Rieth"
    given_back = tomllib.loads(sealed.body)
    assert given_back["recipe"]["name"] == "energie_gebaeude"
    assert {(d["kind"], d.get("expected", ""), d.get("found", "")) for d in given_back["deviations"]} == {
        ("renamed", "Verbrauch (kWh)", "Verbrauch (MWh)"), ("unit", "kWh", "MWh"),
        ("missing", "Bezugsfläche (m²)", ""), ("new", "", "NGF (m²)"),
    }  # fmt: skip
    assert str(folder) not in text and "Rathaus" not in text

    it = hub.town.subject("it")
    with pytest.raises(Invalid):
        door.receive_deviations(it, text.replace("NGF", "BGF"), tenant="auenstadt")
    with pytest.raises(Forbidden):
        door.receive_deviations(hub.town.subject("staff"), text, tenant="auenstadt")
    assert door.receive_deviations(it, text, tenant="auenstadt") == "energie_gebaeude"
    assert door.receive_deviations(it, text, tenant="auenstadt") == "energie_gebaeude"  # once is enough
    before = door.by_name(it, "energie_gebaeude", tenant="auenstadt").recipe
    (proposal,) = door.proposals(it, "energie_gebaeude", tenant="auenstadt")
    (told,) = waiting(it, now())
    assert (told.kind, told.address) == (
        "recipes.proposal",
        f"/rezepte/{door.by_name(it, 'energie_gebaeude', tenant='auenstadt').digest}/",
    )
    assert list(waiting(hub.town.subject("staff"), now())) == list(waiting(rieth.subject("it"), now())) == []
    assert (proposal.town, proposal.version, len(proposal.deviations)) == ("Rieth", "1.0.0", 4)
    assert (
        door.settle_proposal(it, proposal.id, tenant="auenstadt", how="in Version 1.1 aufgenommen")
        == "energie_gebaeude"
    )
    assert list(waiting(it, now())) == []
    (settled,) = door.proposals(it, "energie_gebaeude", tenant="auenstadt")
    assert settled.settled == "in Version 1.1 aufgenommen"
    with pytest.raises(NotFound):
        door.settle_proposal(it, proposal.id, tenant="auenstadt", how="noch einmal")
    assert door.by_name(it, "energie_gebaeude", tenant="auenstadt").recipe == before  # a proposal changes nothing


def test_deviations_of_an_unknown_recipe_or_none_at_all(hub: Hub, trees: str) -> None:
    with pytest.raises(Invalid, match="holds no deviations"):
        door.receive_deviations(OPERATOR, door.shipped()[0].body, tenant="auenstadt")
    with pytest.raises(NotFound):
        door.export_deviations(OPERATOR, trees, tenant="auenstadt")
    body = 'abweichung = 1\ntown = "Rieth"\n[recipe]\nname = "unbekannt"\nversion = "1"\ndigest = "' + "0" * 64 + '"\n'
    with pytest.raises(door.Unsigned):
        door.receive_deviations(OPERATOR, body, tenant="auenstadt")
    with pytest.raises(NotFound):
        door.receive_deviations(OPERATOR, body, tenant="auenstadt", unsigned=True)


def test_a_connection_made_with_a_recipe_hands_its_checks_and_words_on(hub: Hub, folder: Path) -> None:
    using = given(hub.town, "spielplaetze", folder, connection="plaetze", names={"spielplaetze": "plaetze"})
    used = door.use_recipe(OPERATOR, using, tenant="auenstadt")
    mine = about(name="plaetze_neu", version="1.1", why={})
    text = door.export_recipe(OPERATOR, used.connection, mine, tenant="auenstadt")
    recipe = recipes.load(recipes.opened(text).body)
    (dataset,) = recipe.datasets
    old = door.by_name(OPERATOR, "spielplaetze", tenant="auenstadt").recipe.datasets[0]
    assert (dataset.slug, dataset.checks, dataset.privacy.why, dataset.not_read) == (
        "plaetze",
        old.checks,
        old.privacy.why,
        old.not_read,
    )
    assert [q.question.count('"{town}.plaetze"') for q in recipe.questions] == [1, 1]
    assert connection_names(tenant="auenstadt")["plaetze"] == used.connection
    assert organisations.tenant("auenstadt").name == recipe.author
