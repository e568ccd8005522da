# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists fed by delivered files: dropped, decided on, stored, followed by the next month's, gone back to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from allmende.catalogue import door as catalogue
from allmende.engine.lists.model import Answer, Decisions, HiddenDecision, PersonalDecision, Reaction
from allmende.hub.domain import deliveries, incoming, originals, versions
from allmende.hub.models import Copy, DeliveredList, Delivery, ListVersion
from allmende.hub.queries import lists as reading
from allmende.hub.terms import DeliveryState, Way
from allmende.hub.tools import tools
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import (
    OPERATOR,
    Attribution,
    Class,
    Delay,
    GranteeKind,
    HideColumn,
    Obligation,
    RowFilter,
    RowRange,
    Subject,
)
from tests.hub.live import Hub
from tests.hub.pages import client_of, pages_of, sent
from tests.hub.sheets import HEADINGS, ROWS, month, sheet

NAMES = ("Erika Mustermann", "Max Beispiel", "Sabine Schneider", "Thomas Weber")


@pytest.fixture(scope="module")
def clerk(hub: Hub) -> Iterator[Subject]:
    """Somebody who may connect and describe in every unit."""
    organisations.give_role(
        OPERATOR, tenant=hub.town.slug, person=hub.town.people["it"], role="quality_assurer", unit=hub.town.root
    )
    with pages_of(hub):
        yield hub.town.subject("it")


def taken(hub: Hub, who: Subject, content: bytes, *, name: str = "Spielplätze.xlsx", dataset: str = "") -> Any:
    return incoming.receive(
        who, tenant=hub.town.slug, unit=hub.town.units["environment"], name=name, pieces=[content], dataset=dataset
    )


def entry_for(slug: str, **changed: Any) -> versions.Entry:
    from tests.hub.town import connection_file

    def entry(mapping: Any) -> Any:
        plain = msgspec.to_builtins(mapping)
        given = {
            "read": plain["read"],
            "fields": plain["fields"],
            "title": {"de": f"Liste {slug}", "en": slug},
        } | changed
        return connection_file(f"{slug}_quelle", {"kind": "files"}, {slug: given})

    return entry


def stored(
    hub: Hub, who: Subject, slug: str, content: bytes | None = None, *, every: str = "month", **changed: Any
) -> str:
    """Store a list as a person would who finds every guess right."""
    arrived = taken(hub, who, content or month(9))
    arrived = incoming.decide(who, arrived, Decisions(looked=True), key=("nr",))
    return versions.store_first(who, arrived, entry_for(slug, **changed), every=every)


def bring(hub: Hub, dataset: str, content: bytes, name: str = "Spielplätze.xlsx") -> tuple[Delivery, str]:
    """Deliver as an office does that has no account."""
    row = incoming.list_row(hub.town.slug, dataset)
    delivery, said = deliveries.deliver(row, way=Way.FOLDER, name=name, pieces=[content])
    return delivery, said.de


def left_behind() -> list[Path]:
    return [path for path in tools().passing.rglob("*") if path.is_file()]


def test_a_list_becomes_a_data_set_with_its_original_sealed(hub: Hub, clerk: Subject) -> None:
    content = month(9)
    dataset = stored(hub, clerk, "plaetze", content)
    rows = hub.rows("SELECT count(*) AS n, sum(flaeche_m) AS m FROM auenstadt.plaetze")
    assert rows == [[10, 8735.5]]
    (delivery,) = Delivery.objects.filter(feed__binding_id=dataset)
    lying = tools().files / delivery.path
    assert lying.stat().st_mode & 0o777 == 0o600
    assert b"Spielplatz" not in lying.read_bytes() and content[:4] not in lying.read_bytes()
    assert b"".join(originals.read(delivery)) == content
    (version,) = ListVersion.objects.filter(feed__binding_id=dataset)
    assert (version.number, version.stand) == (1, "2026-09-30")
    assert version.copy.as_of.astimezone(versions._ZONE).date().isoformat() == "2026-09-30"
    assert left_behind() == []


def test_next_month_becomes_a_new_version_and_one_goes_back(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "monatlich")
    changed = [list(row) for row in ROWS]
    changed[1][5] = "mangelhaft"
    changed = [*changed[:4], *changed[5:], [11, "Spielplatz Neu", "Mühlenweg 5", 77, "01.10.2026", "gut"]]
    delivery, said = bring(hub, dataset, month(10, changed))
    assert delivery.state == DeliveryState.TAKEN, said
    assert (
        said == "Die Datei passt und ist übernommen: 10 Zeilen, Stand 2026-10-31. Neu: 1, weggefallen: 1, geändert: 1."
    )
    assert hub.rows("SELECT nr FROM auenstadt.monatlich ORDER BY nr DESC LIMIT 1") == [[11]]
    versions.go_back(clerk, dataset, 1, tenant=hub.town.slug, reason="Oktober war falsch")
    assert hub.rows("SELECT max(nr) AS n FROM auenstadt.monatlich") == [[10]]
    versions.go_back(clerk, dataset, 2, tenant=hub.town.slug, reason="doch richtig")
    assert hub.rows("SELECT max(nr) AS n FROM auenstadt.monatlich") == [[11]]
    view = reading.one_list(clerk, dataset, tenant=hub.town.slug)
    assert [(one.number, one.in_force) for one in view.versions] == [(2, True), (1, False)]
    assert view.versions[0].difference is not None
    assert view.versions[0].difference.came_examples == (), "the register holds counts, not rows"


def test_a_failure_leaves_the_former_version_serving(hub: Hub, clerk: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = stored(hub, clerk, "standhaft")
    files = sorted(tools().files.rglob("*"))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(versions, "_in_force", fail)
    with pytest.raises(RuntimeError):
        bring(hub, dataset, month(10, ROWS[:9]))
    monkeypatch.undo()
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.standhaft") == [[10]]
    assert sorted(tools().files.rglob("*")) == files
    assert Copy.objects.filter(binding_id=UUID(dataset)).count() == 1
    assert Delivery.objects.filter(feed__binding_id=dataset).count() == 1
    assert left_behind() == []


def test_the_same_file_again_is_said_and_kept_aside(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "zweimal")
    delivery, said = bring(hub, dataset, b"".join(originals.read(Delivery.objects.get(feed__binding_id=dataset))))
    assert delivery.state == DeliveryState.ASIDE
    assert said.startswith("Genau diese Datei liegt schon vor")
    assert ListVersion.objects.filter(feed__binding_id=dataset).count() == 1


def test_the_same_rows_in_another_file_make_no_version(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "gleich")
    delivery, said = bring(hub, dataset, month(10))
    assert (delivery.state, ListVersion.objects.filter(feed__binding_id=dataset).count()) == (DeliveryState.ASIDE, 1)
    assert said.startswith("Die Datei enthält dieselben Zeilen")


def test_two_files_for_the_same_month(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "doppelt")
    first, _ = bring(hub, dataset, month(10, ROWS[:9]), "a.xlsx")
    second, said = bring(hub, dataset, month(10, ROWS[:8]), "b.xlsx")
    assert (first.state, second.state) == (DeliveryState.TAKEN, DeliveryState.ASIDE)
    assert "Für den Stand 2026-10 liegt schon eine andere Datei vor („a.xlsx“" in said
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.doppelt") == [[9]]
    again = incoming.take_up(clerk, str(second.id), tenant=hub.town.slug)
    again = incoming.decide(clerk, again, msgspec.structs.replace(again.decisions, looked=True), key=("nr",))
    with pytest.raises(Conflict):
        deliveries.accept(clerk, again)
    assert deliveries.accept(clerk, again, insist=True) == 3
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.doppelt") == [[8]]
    second.refresh_from_db()
    assert second.state == DeliveryState.TAKEN


def test_an_older_file_is_laid_aside(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "aelter")
    delivery, said = bring(hub, dataset, month(3, ROWS[:9]))
    assert delivery.state == DeliveryState.ASIDE
    assert said == "Diese Datei ist älter (Stand 2026-03-31) als der neueste Stand 2026-09-30."


def test_a_file_for_the_wrong_town(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "fremd")
    delivery, said = bring(hub, dataset, month(10, ROWS[:9], title="Spielplätze der Stadt Nebenhausen"))
    assert delivery.state == DeliveryState.ASIDE
    assert said == "Diese Datei gehört offenbar zu einer anderen Kommune („Nebenhausen“ im Titel), nicht zu Auenstadt."


def test_a_file_of_another_list(hub: Hub, clerk: Subject) -> None:
    other = [(f"K{n}", f"Kita {n}", 20 + n, "städtisch") for n in range(1, 12)]
    headings = ("Kennung", "Einrichtung", "Plätze", "Träger")
    arrived = taken(hub, clerk, sheet(other, headings=headings, title="Kitas", total=False), name="Kitas.xlsx")
    arrived = incoming.decide(clerk, arrived, Decisions(looked=True))
    kitas = versions.store_first(clerk, arrived, entry_for("kitas", title={"de": "Kitas geheim", "en": "Kitas"}))
    dataset = stored(hub, clerk, "verwechselt")
    delivery, said = bring(
        hub, dataset, sheet(other[:9], headings=headings, title="Kitas", stand="31.10.2026", total=False)
    )
    assert delivery.state == DeliveryState.ASIDE
    assert said.startswith(
        "Diese Datei passt nicht zu dieser Liste: von den erwarteten Spalten sind nur 0 da, es fehlen „Nr.“"
    )
    assert "Kitas" not in said, "who delivers learns of no other list"
    assert str(delivery.looks_like) == kitas
    (shown,) = [
        one for one in reading.one_list(clerk, dataset, tenant=hub.town.slug).deliveries if one.state == "aside"
    ]
    assert "Sie sieht aus wie eine Datei der Liste „Kitas geheim“." in shown.reason.de


def test_columns_that_changed_wait_for_somebody(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "spalten")
    rows = [(*row, 2027) for row in ROWS]
    delivery, said = bring(hub, dataset, month(10, rows, headings=(*HEADINGS, "Nächste Prüfung")))
    assert delivery.state == DeliveryState.WAITING, said
    assert said.startswith("Die Spalten haben sich geändert:") and "rüfung" in said.replace("pruefung", "Prüfung")
    assert "naechste_pruefung" not in hub.ask("SELECT * FROM auenstadt.spalten", who="owner").text
    again = incoming.take_up(clerk, str(delivery.id), tenant=hub.town.slug)
    again = incoming.decide(clerk, again, msgspec.structs.replace(again.decisions, looked=True), key=("nr",))
    assert deliveries.accept(clerk, again, insist=True) == 2
    assert hub.rows("SELECT count(naechste_pruefung) AS n FROM auenstadt.spalten") == [[10]]
    versions.go_back(clerk, dataset, 1, tenant=hub.town.slug, reason="noch nicht")
    answer = hub.ask("SELECT naechste_pruefung FROM auenstadt.spalten", who="owner")
    assert answer.status_code == 400


def test_many_rows_gone_wait_for_somebody(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "schwund")
    delivery, said = bring(hub, dataset, month(10, ROWS[:5]))
    assert (delivery.state, said.split(".")[0]) == (DeliveryState.WAITING, "Von 10 Zeilen fehlen 5")


def test_hidden_names_stop_before_anything_is_stored(hub: Hub, clerk: Subject) -> None:
    files = sorted(tools().files.rglob("*"))
    arrived = taken(hub, clerk, month(9, hidden=NAMES))
    assert arrived.proposal.reaction is Reaction.STOP
    assert not any(name in arrived.proposal.__repr__() for name in NAMES), "values are masked"
    with pytest.raises(Invalid):
        versions.store_first(clerk, arrived, entry_for("gestoppt"))
    incoming.stop(clerk, arrived)
    assert left_behind() == []
    assert sorted(tools().files.rglob("*")) == files
    assert not DeliveredList.objects.filter(binding__name="gestoppt").exists()
    with pytest.raises(NotFound):
        incoming.find(clerk, arrived.id)
    for path in hub.data.rglob("*"):
        assert not (path.is_file() and any(name.encode() in path.read_bytes() for name in NAMES)), path


#: Addresses beside names are taken for people's; these are playgrounds'.
PLACES = PersonalDecision(do=Answer.NOT_PERSONAL, column="Adresse", because="Anschriften der Spielplätze")


def decided_out() -> Decisions:
    return Decisions(
        looked=True,
        personal=(PersonalDecision(do=Answer.LEAVE_OUT, column="Pate"), PLACES),
        hidden=(HiddenDecision(do=Answer.LEAVE_OUT, kind="column", sheet="Liste"),),  # type: ignore[arg-type]
    )


def test_names_left_out_are_stored_nowhere_and_next_month_neither(hub: Hub, clerk: Subject) -> None:
    arrived = incoming.decide(clerk, taken(hub, clerk, month(9, hidden=NAMES)), decided_out(), key=("nr",))
    assert arrived.proposal.reaction is not Reaction.STOP, arrived.proposal.reasons
    dataset = versions.store_first(clerk, arrived, entry_for("ohne_namen"), every="month")
    assert "pate" not in hub.ask("SELECT * FROM auenstadt.ohne_namen", who="owner").text
    (delivery,) = Delivery.objects.filter(feed__binding_id=dataset)
    assert delivery.path == "", "the original holds what was not to be stored"
    following, said = bring(hub, dataset, month(10, ROWS[:9], hidden=NAMES))
    assert following.state == DeliveryState.TAKEN, said
    assert following.path == ""
    assert left_behind() == []


def test_names_kept_need_the_class_and_its_legal_basis(hub: Hub, clerk: Subject) -> None:
    keep = msgspec.structs.replace(
        decided_out(),
        personal=(PersonalDecision(do=Answer.KEEP, column="Pate"), PLACES),
        hidden=(HiddenDecision(do=Answer.KEEP, kind="column", sheet="Liste"),),  # type: ignore[arg-type]
    )
    arrived = incoming.decide(clerk, taken(hub, clerk, month(9, hidden=NAMES)), keep)
    with pytest.raises(Invalid) as refused:
        versions.store_first(clerk, arrived, entry_for("mit_namen"))
    assert "personenbezogen" in refused.value.detail.de
    assert sorted((tools().files / "lists").rglob(f"*{arrived.id}*/*")) == []
    entry = entry_for("mit_namen", legal_basis="§ 3 Landesdatenschutzgesetz", **{"class": "personal"})
    versions.store_first(clerk, arrived, entry)
    assert hub.ask("SELECT * FROM auenstadt.mit_namen", who="owner").status_code == 403


def test_dates_are_coarsened_before_they_are_stored(hub: Hub, clerk: Subject) -> None:
    arrived = incoming.decide(
        clerk, taken(hub, clerk, month(9)), Decisions(looked=True), key=("nr",), coarser={"eroeffnet": "year"}
    )
    versions.store_first(clerk, arrived, entry_for("grob"))
    assert hub.rows("SELECT eroeffnet FROM auenstadt.grob WHERE nr = 1") == [[1998]]


def test_who_may_not_drop_list_nor_decide(hub: Hub, clerk: Subject) -> None:
    staff, owner = hub.town.subject("staff"), hub.town.subject("owner")
    with pytest.raises(Forbidden):
        taken(hub, staff, month(9))
    with pytest.raises(Forbidden):  # the owner describes, but connects nothing
        taken(hub, owner, month(9))
    dataset = stored(hub, clerk, "rechte")
    arrived = taken(
        hub, owner, month(10, ROWS[:9]), dataset=dataset
    )  # the next file of an own list needs no connecting
    with pytest.raises(NotFound):
        incoming.find(clerk, arrived.id)
    other = hub.town.subject("youth")
    for verb in (
        lambda: taken(hub, other, month(10), dataset=dataset),
        lambda: versions.go_back(other, dataset, 1, tenant=hub.town.slug, reason="x"),
        lambda: deliveries.change_list(other, dataset, tenant=hub.town.slug, every="", always_ask=False, key=()),
    ):
        with pytest.raises(Forbidden):
            verb()
    with pytest.raises(NotFound):
        reading.one_list(other, dataset, tenant=hub.town.slug)
    incoming.stop(owner, arrived)
    assert left_behind() == []


def test_what_nobody_decides_on_vanishes(hub: Hub, clerk: Subject) -> None:
    import os

    arrived = taken(hub, clerk, month(9))
    old = arrived.place.stat().st_mtime - incoming.HELD_S - 1
    os.utime(arrived.place / "state.json", (old, old))
    with pytest.raises(NotFound):
        incoming.find(clerk, arrived.id)
    assert incoming.forget_incoming() == 1
    assert left_behind() == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("leer.xlsx", b"", "leer"),
        ("kaputt.xlsx", b"PK\x03\x04 nothing", "kaputt.xlsx"),
        ("bild.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(100), "bild.xlsx"),
    ],
)
def test_bad_files_are_refused_in_a_sentence(hub: Hub, clerk: Subject, name: str, content: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        taken(hub, clerk, content, name=name)
    assert said in refused.value.detail.de and refused.value.detail.en
    assert left_behind() == []


def test_an_unreadable_delivery_is_kept_aside(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "unlesbar")
    delivery, said = bring(hub, dataset, b"PK\x03\x04 nothing", "kaputt.xlsx")
    assert delivery.state == DeliveryState.ASIDE and "kaputt.xlsx" in said
    assert b"".join(originals.read(delivery)) == b"PK\x03\x04 nothing"
    deliveries.dismiss(clerk, str(delivery.id), tenant=hub.town.slug)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.path) == (DeliveryState.DISMISSED, "")
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.unlesbar") == [[10]]


def test_old_versions_and_originals_are_read_under_the_same_rights(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "geschuetzt", None, **{"class": "restricted"})
    bring(hub, dataset, month(10, ROWS[:9]))
    client = client_of(hub, "it")
    page = f"/listen/{dataset}/fassung/1/"
    assert "Spielplatz Am Anger" not in client.get(page).content.decode()
    refused = client.get(page, {"zeilen": "1", "zweck": "statistics"}).content.decode()
    assert "Spielplatz Am Anger" not in refused and "note--bad" in refused
    delivery = Delivery.objects.filter(feed__binding_id=dataset).last()
    assert delivery is not None
    assert client.post(f"/listen/lieferung/{delivery.id}/original/", {"zweck": "statistics"}).status_code == 403
    own = client_of(hub, "owner")
    shown = own.get(page, {"zeilen": "1", "zweck": "statistics"}).content.decode()
    assert "Spielplatz Am Anger" in shown
    changed = own.get(f"/listen/{dataset}/fassung/2/", {"zeilen": "1", "zweck": "statistics"}).content.decode()
    assert "weggefallen" in changed and "Spielplatz Am See" in changed and "Spielplatz Am Anger" not in changed
    answer = own.post(f"/listen/lieferung/{delivery.id}/original/", {"zweck": "statistics"})
    assert answer.status_code == 200 and answer.content[:2] == b"PK"


def test_what_is_coarsened_now_is_not_read_from_older_versions(hub: Hub, clerk: Subject) -> None:
    arrived = incoming.decide(
        clerk, taken(hub, clerk, month(9)), Decisions(looked=True), key=("nr",), personal=("eroeffnet",)
    )
    entry = entry_for("vergroebert", legal_basis="§ 3 Landesdatenschutzgesetz", **{"class": "personal"})
    dataset = versions.store_first(clerk, arrived, entry)
    again = incoming.decide(
        clerk,
        taken(hub, clerk, month(10, ROWS[:9]), dataset=dataset),
        Decisions(looked=True),
        key=("nr",),
        coarser={"eroeffnet": "year"},
    )
    with pytest.raises(Forbidden):  # what is less personal now is opened by whoever releases
        deliveries.accept(clerk, again, insist=True)
    assert deliveries.accept(OPERATOR, again, insist=True) == 2
    entry_now, _ = catalogue.draft(OPERATOR, dataset)
    catalogue.change_dataset(OPERATOR, dataset, msgspec.structs.replace(entry_now, cls=Class.INTERNAL))
    own = client_of(hub, "owner")
    for number in (1, 2):
        page = own.get(f"/listen/{dataset}/fassung/{number}/", {"zeilen": "1", "zweck": "statistics"}).content.decode()
        assert "Spielplatz Am Anger" in page or "Spielplatz Am See" in page, number
        assert "1998-05-01" not in page and "01.05.1998" not in page and "2005-05-05" not in page, number


def test_what_was_taken_is_data_and_no_delivery_to_look_at(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "genommen", None, **{"class": "restricted"})
    delivery, _ = bring(hub, dataset, month(10, ROWS[:9]))
    assert delivery.state == DeliveryState.TAKEN
    with pytest.raises(Conflict):
        incoming.take_up(clerk, str(delivery.id), tenant=hub.town.slug)
    client = client_of(hub, "it")
    assert client.post(f"/listen/lieferung/{delivery.id}/ansehen/").status_code == 409
    assert left_behind() == []


def test_a_delivery_is_decided_once(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "einmal")
    delivery, _ = bring(hub, dataset, month(10, ROWS[:5]))
    ways = [incoming.take_up(clerk, str(delivery.id), tenant=hub.town.slug) for _ in range(2)]
    deliveries.dismiss(clerk, str(delivery.id), tenant=hub.town.slug)
    for one in ways:
        with pytest.raises(Conflict, match="decided already"):
            deliveries.accept(clerk, one, insist=True)
        incoming.stop(clerk, one)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DISMISSED
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.einmal") == [[10]]


@pytest.mark.parametrize(
    ("obligation", "status"),
    [
        (RowRange("flaeche_m", "1", "2"), 403),
        (RowFilter("zustand", ("gut",)), 403),
        (HideColumn("name"), 403),
        (Delay("eroeffnet", 30), 403),
        (Attribution("Stadt Auenstadt"), 200),
    ],
)
def test_an_original_is_for_whoever_may_read_all_of_it(
    hub: Hub, clerk: Subject, obligation: Obligation, status: int
) -> None:
    slug = f"ganz_{type(obligation).__name__.lower()}"
    dataset = stored(hub, clerk, slug, None, **{"class": "restricted"})
    delivery = Delivery.objects.get(feed__binding_id=dataset)
    draft = rights.GrantDraft(
        resource=dataset,
        grantee_kind=GranteeKind.PERSON,
        grantee=hub.town.people["it"],
        purposes=frozenset({"statistics"}),
        obligations=(obligation,),
    )
    rights.give_grant(OPERATOR, draft)
    answer = client_of(hub, "it").post(f"/listen/lieferung/{delivery.id}/original/", {"zweck": "statistics"})
    assert answer.status_code == status


@pytest.mark.parametrize("name", ["state.json", "rows.parquet", "../../state.json"])
def test_a_files_name_is_none_of_ours(name: str, hub: Hub, clerk: Subject) -> None:
    content = month(9)
    arrived = taken(hub, clerk, content, name=name)
    assert arrived.path.read_bytes() == content
    assert arrived.path.parent.parent == arrived.place
    assert incoming.find(clerk, arrived.id).sha256 == arrived.sha256
    incoming.stop(clerk, arrived)


def test_the_whole_way_in_the_page(hub: Hub, clerk: Subject) -> None:
    client = client_of(hub, "it")
    begun = client.post(
        "/listen/ablegen/",
        {
            "file": SimpleUploadedFile("Liste.xlsx", month(9, hidden=NAMES)),
            "unit": hub.town.units["environment"],
            "dataset": "",
        },
    )
    assert begun.status_code == 302, begun.content.decode()
    look = client.get(begun["Location"]).content.decode()
    assert "Angehalten" in look and "Spielplatz Am Anger" in look
    assert not any(name in look for name in NAMES), "names in the original are covered"
    given = {name: value for name, value in sent(look).items() if not re.match(r"(personal|hidden)_\d+$", name)}
    again = client.post(begun["Location"], given | {"weiter": "1"}, follow=True).content.decode()
    assert "ist noch über das Verborgene oder Personenbezogene zu entscheiden" in again
    answers = dict.fromkeys(re.findall(r'name="((?:personal|hidden)_\d+)"', look), "leave-out")
    onward = client.post(begun["Location"], given | answers | {"key_0": "on", "weiter": "1"})
    assert onward["Location"].endswith("/eintrag/"), onward.content.decode()
    client.get(onward["Location"])
    saved = client.post(
        onward["Location"],
        {
            "title_de": "Spielplätze", "slug": "auf_der_seite", "description": "Plätze", "cls": "internal",
            "visibility": "administration", "purposes": ["statistics"], "rhythm": "UNKNOWN", "source": "Liste",
            "source_slug": "liste_seite", "every": "month",
        },
    )  # fmt: skip
    assert saved.status_code == 302, saved.content.decode()
    page = client.get(saved["Location"]).content.decode()
    assert "Es gilt Fassung 1" in page
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.auf_der_seite") == [[10]]
    assert left_behind() == []
