# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the town's papers say, whom they are given to, and that each kind is accessible."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from django.test import Client

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Anonymised, FieldDraft, Mode
from allmende.engine.paper.model import Paper
from allmende.engine.paper.press import render
from allmende.hub.terms import BindingView
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.models import Person, Tenant
from allmende.portal import permission
from allmende.portal.papers.agreement import agreement
from allmende.portal.papers.common import Frame
from allmende.portal.papers.council import council
from allmende.portal.papers.note import note
from allmende.portal.papers.profile import profile
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Class, Coarsen, GranteeKind, Visibility
from allmende.webkit.pictures import clean
from tests.engine.paper.judge import Look, text, verapdf
from tests.factories import Town, make_dataset, small_town
from tests.portal.papers import ANSWERED, ENGLISH, GERMAN, READ_AT, REPORT
from tests.webkit.test_pictures import png

pytestmark = pytest.mark.django_db

_FIELDS = tuple(
    FieldDraft(
        name=f"spalte_{n}", type="DOUBLE", unit="m", title=Text(f"Spalte {n}", ""), meaning=Text("lang " * 60, "")
    )
    for n in range(40)
)


@pytest.fixture
def town() -> Town:
    town = small_town()
    Tenant.objects.filter(slug=town.slug).update(second_factor="nobody", practice=True)
    return town


def as_(town: Town, who: str = "") -> Client:
    client = Client(headers={"accept-language": "de"})
    if who:
        client.force_login(
            Person.objects.get(id=town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    return client


def grant(town: Town, dataset: str) -> str:
    return rights.give_grant(
        OPERATOR,
        rights.GrantDraft(
            resource=dataset,
            grantee_kind=GranteeKind.UNIT,
            grantee=town.units["youth"],
            purposes=frozenset({"social_planning"}),
            obligations=(Coarsen("id", "10"),),
            legal_basis="§ 80 SGB VIII",
        ),
    )


def dataset_profile(town: Town, dataset: str, frame: Frame) -> Paper:
    shown = catalogue.dataset_by_id(town.subject("owner"), dataset)
    return profile(shown, mode=Mode.COPY, system="Grünkataster", contact="baum@auenstadt.example", frame=frame)


def dataset_agreement(town: Town, dataset: str) -> Paper:
    shown = catalogue.dataset_by_id(town.subject("owner"), dataset)
    (permit,) = permission.grants(shown)
    return agreement(shown, permit, number=permit.id, contact="baum@auenstadt.example", frame=GERMAN)


def import_note(frame: Frame, *, samples: bool = True) -> Paper:
    binding = BindingView(
        dataset="x", tenant="auenstadt", name="spielplaetze", mode=Mode.NIGHTLY, mapping_version=3, report=REPORT,
        read_at=READ_AT, copy_as_of=None, copy_rows=None, copy_failed_at=None, copy_error=Text("", ""),
    )  # fmt: skip
    title, unit = Text("Spielplätze", "Playgrounds"), Text("Grünflächenamt", "Parks office")
    return note(binding, title=title, system="Liste", unit=unit, report=REPORT, samples=samples, frame=frame)


def test_each_kind_of_paper_is_accessible(town: Town, tmp_path: Path) -> None:
    plain = make_dataset(town)
    wide = make_dataset(town, "wide", fields=_FIELDS, anonymised=Anonymised.LATER, limits=Text("lang " * 200, ""))
    grant(town, plain)
    verapdf(
        tmp_path,
        {
            "profile": render(dataset_profile(town, plain, GERMAN)),
            "profile-wide": render(dataset_profile(town, wide, ENGLISH)),
            "agreement": render(dataset_agreement(town, plain)),
            "note": render(import_note(GERMAN)),
            "note-english": render(import_note(ENGLISH)),
            "council": render(council(ANSWERED, number="2026/117", frame=GERMAN)),
            "register": as_(town, "owner").get(f"/stadt/stelle/{town.units['environment']}/datensaetze.pdf").content,
        },
    )


def test_the_profile_is_one_page_and_says_who_may_use_it(town: Town, tmp_path: Path) -> None:
    wide = make_dataset(
        town, "wide", fields=_FIELDS, limits=Text("Bäume in Gärten fehlen.", ""), anonymised=Anonymised.LATER
    )
    pdf = render(dataset_profile(town, wide, GERMAN))
    assert Look(pdf).pages == 1
    said = " ".join(text(pdf, tmp_path).split())
    for words in (
        "Straßenbäume", "Umweltamt", "verwaltungsintern", "Umweltplanung", "Bäume in Gärten fehlen.", "spalte_0",
        "und 33 weitere Spalten", "Grünkataster", "auenstadt.wide", "nachträglich anonymisiert", "Kopie",
    ):  # fmt: skip
        assert words in said, words


def test_the_profile_is_given_to_whom_the_page_is_shown(town: Town, tmp_path: Path) -> None:
    make_dataset(town)
    make_dataset(town, "named", visibility=Visibility.UNITS, visible_to=frozenset({town.units["youth"]}))
    address = "/auenstadt/dataset/{}/steckbrief.pdf"
    answer = as_(town, "staff").get(address.format("trees"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "private, no-store"
    assert "Straßenbäume" in text(answer.content, tmp_path)
    for who, slug in (("", "trees"), ("it", "named"), ("", "nothing"), ("engineer", "trees")):
        assert as_(town, who).get(address.format(slug)).status_code == 404, (who, slug)


def test_no_paper_names_people_or_grants_to_the_public(town: Town, tmp_path: Path) -> None:
    id_ = make_dataset(town, cls=Class.INTERNAL, visibility=Visibility.PUBLIC, owner=town.people["owner"])
    grant(town, id_)
    said = text(as_(town).get("/auenstadt/dataset/trees/steckbrief.pdf").content, tmp_path)
    assert "Owner" not in said
    assert "Jugendamt" not in said


def test_the_register_holds_what_the_reader_may_know_of(town: Town, tmp_path: Path) -> None:
    make_dataset(town, "open", title=Text("Parks", ""), cls=Class.OPEN, visibility=Visibility.PUBLIC)
    make_dataset(town, "inside", title=Text("Baustellen", ""))
    make_dataset(town, "youth", title=Text("Jugendzentren", ""), unit="youth")
    unit = town.units["environment"]
    public = text(as_(town).get(f"/stadt/stelle/{unit}/datensaetze.pdf").content, tmp_path)
    assert "Parks" in public and "Baustellen" not in public and "1 Datensatz." in public
    assert "wovon alle wissen dürfen" in public
    inside = text(as_(town, "staff").get(f"/stadt/stelle/{unit}/datensaetze.pdf").content, tmp_path)
    assert "Baustellen" in inside and "Jugendzentren" not in inside and "2 Datensätze." in inside
    assert "nur innerhalb der" in inside
    every = text(as_(town, "staff").get("/daten/verzeichnis.pdf").content, tmp_path)
    assert "Jugendzentren" in every and "3 Datensätze." in every
    assert as_(town).get(f"/stadt/stelle/{town.people['owner']}/datensaetze.pdf").status_code == 404


def test_the_agreement_says_what_the_grant_says(town: Town, tmp_path: Path) -> None:
    id_ = make_dataset(town)
    number = grant(town, id_)
    address = f"/auenstadt/dataset/trees/vereinbarung/{number}.pdf"
    said = " ".join(text(as_(town, "owner").get(address).content, tmp_path).split())
    for words in (
        "Umweltamt",
        "Jugendamt",
        "Sozial- und Jugendhilfeplanung",
        "§ 80 SGB VIII",
        "„id“",
        number,
        "Muster",
    ):
        assert words in said, words
    assert as_(town).get(address).status_code == 401
    assert as_(town, "engineer").get(address).status_code in {403, 404}
    other = make_dataset(town, "other")
    assert other and as_(town, "owner").get(f"/auenstadt/dataset/other/vereinbarung/{number}.pdf").status_code == 404
    rights.withdraw_grant(OPERATOR, number)
    assert as_(town, "owner").get(address).status_code == 404


def test_the_note_tells_what_was_read_repaired_and_refused(tmp_path: Path) -> None:
    said = " ".join(text(render(import_note(GERMAN)), tmp_path).split())
    for words in (
        "210",
        "207",
        "k.A.",
        "4, 9",
        "7, 8, 11",
        "Die Datei ist beschädigt.",
        "Fassung 3",
        "07:30",
        "Nichts Auffälliges",
    ):
        assert words in said, words
    assert "k.A." not in text(render(import_note(GERMAN, samples=False)), tmp_path)


def test_the_council_paper_is_two_pages_and_hides_no_refusal(tmp_path: Path) -> None:
    pdf = render(council(ANSWERED, number="2026/117", frame=GERMAN))
    look = Look(pdf)
    assert look.pages == 2
    assert look.alternatives() == ["Karte der Stadtteile, drei Klassen."]
    said = " ".join(text(pdf, tmp_path).split())
    for words in (
        "Vorlage zur Kenntnis 2026/117", "Im Schnitt sind es 1,2.", "Stadtteil 24", "Spielplätze freier Träger fehlen.",
        "Mühlenberg", "weniger Kinder", "Anfrage an die Statistikstelle", "Bürgeramt", "Dritteln",
    ):  # fmt: skip
        assert words in said, words
    long = msgspec.structs.replace(ANSWERED, rows=ANSWERED.rows * 20, refused=())
    pdf = render(council(long, frame=GERMAN))
    assert Look(pdf).pages == 2
    said = " ".join(text(pdf, tmp_path).split())
    assert "und 452 weitere Zeilen" in said and "Nichts wurde zurückgehalten." in said


ARMS = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect width='9' height='9' fill='#c00'/></svg>"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_paper_bears_the_towns_arms_and_the_mark_of_practice(town: Town, kind: str, tmp_path: Path) -> None:
    make_dataset(town)
    address = "/auenstadt/dataset/trees/steckbrief.pdf"
    plain = as_(town, "owner").get(address).content
    sent = ARMS if kind == "svg" else png()
    organisations.change_town(OPERATOR, organisations.TownChange(arms=clean(sent)), tenant=town.slug)
    paper = as_(town, "owner").get(address).content
    assert "Wappen" not in str(Look(plain).alternatives()) and "Wappen" in str(Look(paper).alternatives())
    assert (kind == "png") == any(page.get_images() for page in Look(paper).file.pages)
    assert "ÜBUNGSSTADT" in text(paper, tmp_path)
