# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The guided start: only whoever holds the start code founds the town, once; afterwards only its administrator."""

from __future__ import annotations

from typing import Any

import pytest

from allmende.kernel.errors import Conflict, Forbidden, Invalid, Problem
from allmende.organisations import door
from allmende.organisations.models import Change, Municipality, Person, Start, Tenant, Unit
from allmende.organisations.terms import SecondFactor
from allmende.rights.terms import ANYONE, OPERATOR
from allmende.webkit.pictures import SVG, Picture
from tests.factories import small_town

pytestmark = pytest.mark.django_db

TOWN = door.TownAnswer(name="Neuenstadt", land="HE", inhabitants=60_000, ags="06531999")
FOUNDER = door.Founder(
    name="Ayşe Yıldız", email="a.yildiz@neuenstadt.example", password="gemeinsam und nach Regeln", office="Hauptamt"
)


def directory(*rows: tuple[str, str, int]) -> bytes:
    """Return a file of the shape of GV100AD: a Land, a district, the municipalities, Latin-1, lines of 220."""
    lines = ["1020250131" + "06" + " " * 10 + "Hessen".ljust(50), "4020250131" + "06531".ljust(12) + "Gießen".ljust(50)]
    for ags, name, people in rows:
        line = f"6020250131{ags}0000{name:<50}{'':<50}64{'':<4}{7_262:011d}{people:011d}{people // 2:011d}"
        lines.append(line.ljust(220))
    return "\r\n".join(lines).encode("cp1252")


def started(**more: Any) -> str:
    mark = door.enter_code(door.start_code(OPERATOR))
    door.keep_town(mark, TOWN)
    return mark


def test_the_code_is_shown_to_the_operator_alone_and_stays_the_same_until_a_new_one_is_asked_for() -> None:
    code = door.start_code(OPERATOR)
    assert len(code) == 14 and code == door.start_code(OPERATOR)
    with pytest.raises(Forbidden):
        door.start_code(ANYONE)
    mark = door.enter_code(code.lower().replace("-", " "))
    assert door.holds_start(mark)
    assert door.start_code(OPERATOR, new=True) != code
    assert not door.holds_start(mark)
    with pytest.raises(Forbidden):
        door.enter_code(code)
    assert code.replace("-", "") not in str(Start.objects.values())


@pytest.mark.parametrize("code", ["", "XXXX-XXXX-XXXX", "\0", "' OR 1=1", "ÄÖÜ" * 4])
def test_who_has_no_code_is_nobody(code: str) -> None:
    door.start_code(OPERATOR)
    with pytest.raises(Forbidden):
        door.enter_code(code)


@pytest.mark.parametrize("mark", ["", "0" * 64])
def test_without_the_mark_nothing_is_kept_and_nobody_becomes_administrator(mark: str) -> None:
    door.start_code(OPERATOR)
    for attempt in (
        lambda: door.keep_town(mark, TOWN),
        lambda: door.keep_looks(mark, colour_given="#123456", arms=None),
        lambda: door.load_municipalities_at_start(mark, directory(("06531005", "Gießen", 1))),
        lambda: door.found_town(mark, FOUNDER),
        lambda: door.drafted_arms(mark),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert not Tenant.objects.exists() and not Person.objects.exists() and not Municipality.objects.exists()


def test_the_town_with_its_first_administrator() -> None:
    mark = started()
    door.keep_looks(mark, colour_given="#0B6E4F", arms=Picture(SVG, b"<svg/>"))
    person = door.found_town(mark, FOUNDER)
    town = door.tenant("neuenstadt")
    assert (town.name, town.land, town.inhabitants, town.colour, town.practice) == (
        "Neuenstadt", "HE", 60_000, "#0b6e4f", False,
    )  # fmt: skip
    assert town.second_factor is SecondFactor.ROLES
    assert door.arms("neuenstadt") == Picture(SVG, b"<svg/>") and town.arms
    subject = door.subject_of_person("neuenstadt", person.id)
    assert subject.administration
    assert [held.role for held in subject.roles] == ["datenbeauftragte"]
    assert person.unit_name.de == "Hauptamt"
    assert Person.objects.get(id=person.id).check_password(FOUNDER.password)
    assert door.start_state().done == ("town", "looks", "founder")
    assert Start.objects.get().draft == {}
    assert FOUNDER.password not in str(list(Change.objects.values()))


def test_the_code_serves_one_start() -> None:
    mark = started()
    code = door.start_code(OPERATOR)
    door.found_town(mark, FOUNDER)
    assert not door.holds_start(mark)
    with pytest.raises(Conflict):
        door.enter_code(code)
    with pytest.raises(Conflict):
        door.start_code(OPERATOR)
    with pytest.raises(Forbidden):
        door.found_town(mark, FOUNDER)
    assert Person.objects.count() == 1


def test_where_a_town_is_set_up_there_is_no_start() -> None:
    small_town()
    with pytest.raises(Conflict):
        door.start_code(OPERATOR)


def test_beside_a_practice_town_there_is() -> None:
    small_town()
    Tenant.objects.update(practice=True)
    assert door.enter_code(door.start_code(OPERATOR))


def test_the_practice_town_alone_has_no_start(settings: Any) -> None:
    settings.DEMO = True
    with pytest.raises(Conflict):
        door.start_code(OPERATOR)


def test_what_fails_leaves_nothing_half_done() -> None:
    mark = started()
    with pytest.raises(Problem):
        door.found_town(mark, door.Founder(name="X", email="keine Adresse", password="x" * 12, office="Hauptamt"))
    assert not Tenant.objects.exists() and not Unit.objects.exists()
    assert door.holds_start(mark)
    assert door.start_state().town["name"] == "Neuenstadt"


def test_before_the_municipality_nobody_is_entered() -> None:
    mark = door.enter_code(door.start_code(OPERATOR))
    with pytest.raises(Conflict):
        door.found_town(mark, FOUNDER)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ags": "0653"}, "ags"),
        ({"ags": "09162000"}, "land"),
        ({"land": "", "ags": ""}, "land"),
        ({"land": "XX", "ags": ""}, "land"),
        ({"inhabitants": 0}, "inhabitants"),
        ({"inhabitants": 6_000_000}, "inhabitants"),
        ({"name": "Auenstadt"}, "slug"),
        ({"name": "123"}, "slug"),
    ],
)
def test_a_wrong_answer_names_its_field(wrong: dict[str, Any], field: str) -> None:
    mark = door.enter_code(door.start_code(OPERATOR))
    values: dict[str, Any] = {"name": "Neuenstadt", "land": "HE", "inhabitants": 5, "ags": "06531999"} | wrong
    with pytest.raises(Invalid) as refused:
        door.keep_town(mark, door.TownAnswer(**values))
    assert refused.value.more["field"] == field


def test_afterwards_only_the_administrator_goes_on() -> None:
    person = door.found_town(started(), FOUNDER)
    admin = door.subject_of_person("neuenstadt", person.id)
    other = small_town("talheim", name="Talheim")
    for stranger in (ANYONE, other.subject("admin"), other.subject("staff")):
        with pytest.raises(Problem):
            door.step_done(stranger, "signin")
        with pytest.raises(Problem):
            door.finish_start(stranger)
    door.step_done(admin, "signin")
    door.finish_start(admin)
    assert door.start_state().finished


def test_a_town_is_changed_by_its_administrator_alone() -> None:
    town, other = small_town(), small_town("talheim", name="Talheim")
    change = door.TownChange(name="Auenstadt am See", inhabitants=61_000, colour="#123456")
    for stranger in (town.subject("owner"), other.subject("admin"), ANYONE):
        with pytest.raises(Forbidden):
            door.change_town(stranger, change, tenant="auenstadt")
    view = door.change_town(town.subject("admin"), change, tenant="auenstadt")
    assert (view.name, view.inhabitants, view.colour) == ("Auenstadt am See", 61_000, "#123456")
    assert door.unit("auenstadt", view.root).name.de == "Auenstadt am See"
    with pytest.raises(Invalid):
        door.change_town(town.subject("admin"), door.TownChange(second_factor=SecondFactor.NOBODY), tenant="auenstadt")


def test_the_directory_is_read_from_the_official_form() -> None:
    rows = [("06531005", "Gießen, Universitätsstadt", 93_082), ("05515000", "Münster, Stadt", 322_904)]
    assert door.load_municipalities(OPERATOR, directory(*rows)) == 2
    found = door.municipality("06531005")
    assert found is not None
    assert (found.name, found.inhabitants, found.as_of.isoformat()) == (
        "Gießen, Universitätsstadt",
        93_082,
        "2025-01-31",
    )
    assert door.municipality("06531006") is None
    assert door.load_municipalities(OPERATOR, directory(rows[1])) == 1
    assert door.municipality("06531005") is None
    utf8 = directory(rows[0]).decode("cp1252").encode()
    assert door.load_municipalities(OPERATOR, utf8) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"name;ags\nUlm;08421000\n", b"60", b"6020251331" + b"x" * 200, b"60" + b"0" * 200],
    ids=["empty", "zip", "csv", "short", "date", "zeros"],
)
def test_another_file_is_refused_whole(content: bytes) -> None:
    door.load_municipalities(OPERATOR, directory(("06531005", "Gießen", 1)))
    with pytest.raises(Invalid):
        door.load_municipalities(OPERATOR, content)
    assert door.municipalities() == 1


def test_the_directory_is_brought_in_by_who_administers() -> None:
    town = small_town()
    with pytest.raises(Forbidden):
        door.load_municipalities(town.subject("owner"), directory(("06531005", "Gießen", 1)))
    assert door.load_municipalities(town.subject("admin"), directory(("06531005", "Gießen", 1))) == 1
