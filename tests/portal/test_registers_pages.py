# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages that keep the registers: who may, and what they write. The verbs' own guards answer, role by role."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Anonymised, FieldDraft
from allmende.kernel import clock
from allmende.kernel.errors import Forbidden
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.organisations.models import Person, Tenant
from allmende.rights import door as rights
from allmende.rights import journal
from allmende.rights.current import raw_connection
from allmende.rights.domain.work import sealer
from allmende.rights.terms import (
    OPERATOR,
    Action,
    Attribution,
    Class,
    Coarsen,
    Delay,
    Effect,
    GranteeKind,
    HideColumn,
    NoOnwardUse,
    Outcome,
    RowFilter,
    RowRange,
    Secret,
    Visibility,
)
from tests.factories import PEOPLE, Town, make_dataset, small_town

pytestmark = pytest.mark.django_db

EVERYBODY = ("", *PEOPLE)
FIELDS = (
    FieldDraft(name="id", type="BIGINT"),
    FieldDraft(name="art", type="VARCHAR", title=Text("Baumart", "Species")),
    FieldDraft(name="gepflanzt", type="DATE"),
    FieldDraft(name="hoehe", type="DOUBLE", unit="m"),
)
BASE = "/auenstadt/dataset/trees"


@pytest.fixture
def town() -> Town:
    town = small_town()
    Tenant.objects.filter(slug=town.slug).update(second_factor="nobody", practice=True)
    return town


@pytest.fixture
def trees(town: Town) -> str:
    return make_dataset(town, "trees", fields=FIELDS, cls=Class.RESTRICTED, visibility=Visibility.PUBLIC)


def as_(town: Town, who: str) -> Client:
    client = Client(headers={"accept-language": "de"}, raise_request_exception=True)
    if who:
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(Person.objects.get(id=town.people[who]), backend=backend)
    return client


#: page of a data set of the environment office → who may open it, of all the town's people
MAY = {
    "erlauben/": {"owner"},
    "untersagen/": {"owner"},
    "teilen/": {"owner"},
    "eintrag/": {"owner", "quality"},
    "freigabe/": {"gate"},
}


@pytest.mark.parametrize("page", MAY)
def test_only_who_holds_the_right_opens_the_page_or_sends_its_form(page: str, town: Town, trees: str) -> None:
    before = catalogue.dataset(OPERATOR, town.slug, "trees")
    for who in EVERYBODY:
        client = as_(town, who)
        refused = 403 if who else 401
        assert client.get(f"{BASE}/{page}").status_code == (200 if who in MAY[page] else refused), who
        if who not in MAY[page]:
            assert client.post(f"{BASE}/{page}", {"reason": "x" * 30, "whom": "anyone:"}).status_code == refused, who
    assert catalogue.dataset(OPERATOR, town.slug, "trees") == before
    assert rights.grants_on(trees) == ()


def test_the_data_sets_page_offers_what_one_may_and_nothing_else(town: Town, trees: str) -> None:
    for who in EVERYBODY:
        page = as_(town, who).get(BASE).content.decode()
        offered = {part for part in MAY if f'href="{BASE}/{part}"' in page}
        assert offered == {part for part, people in MAY.items() if who in people}, who


@pytest.mark.parametrize("part", [*MAY, "erlaubnis/0195f000-0000-7000-8000-000000000000/"])
def test_a_hidden_data_set_has_no_pages_either(part: str, town: Town) -> None:
    make_dataset(town, "trees", visibility=Visibility.UNITS, visible_to=frozenset({town.units["baths"]}))
    method = "post" if part.startswith("erlaubnis") else "get"
    for who in ("gate", "youth"):
        hidden = getattr(as_(town, who), method)(f"{BASE}/{part}")
        absent = getattr(as_(town, who), method)(f"/auenstadt/dataset/nothing/{part}")
        assert (hidden.status_code, absent.status_code) == (404, 404)


# --- grants -------------------------------------------------------------------------------------------------------


def filled(town: Town, **more: Any) -> dict[str, Any]:
    return {
        "whom": f"unit:{town.units['youth']}",
        "what": "read",
        "purposes": ["statistics"],
        "starts": "2026-01-01",
        "ends": "2027-12-31",
        "legal_basis": "Vertrag vom 1. Februar, § 3",
        "note": "61.2-17",
        "filter_0": "art",
        "values_0": "Linde\nEiche",
        "range": "gepflanzt",
        "range_least": "1990-01-01",
        "column_0": "hide",
        "column_3": "10",
        "delay": "gepflanzt",
        "days": "14",
        "attribution": "Stadt Auenstadt",
        "no_onward_use": "on",
        **more,
    }


def give(client: Client, data: dict[str, Any], page: str = "erlauben/") -> Any:
    """Send the form, then give what was shown."""
    shown = client.post(f"{BASE}/{page}", data | {"zeigen": "1"})
    assert shown.status_code == 200, re.findall(r'class="wrong"[^>]*>([^<]*)', shown.content.decode())
    seen = re.search(r'name="gesehen" value="([0-9a-f]{64})"', shown.content.decode())
    assert seen is not None
    return client.post(f"{BASE}/{page}", data | {"erteilen": "1", "gesehen": seen[1]})


def test_a_grant_is_shown_in_words_with_whom_it_reaches_and_then_given(town: Town, trees: str) -> None:
    client = as_(town, "owner")
    shown = client.post(f"{BASE}/erlauben/", filled(town) | {"zeigen": "1"}).content.decode()
    assert rights.grants_on(trees) == ()  # shown, not given
    for words in (
        "<strong>Jugendamt</strong>",
        "darf: die Zeilen lesen",
        "Nur Zeilen, in denen „art“ Linde, Eiche ist.",
        "Nur Zeilen, in denen „gepflanzt“ mindestens 1990-01-01 ist.",
        "Die Spalte „id“ fehlt.",
        "„hoehe“ ist vergröbert auf Vielfache von 10.",
        "Zeilen erscheinen 14 Tage nach „gepflanzt“.",
        "gilt bis 31. Dezember 2027",
        "2 Konten dürfen, was sie vorher nicht durften",  # youth and staff work there
    ):
        assert words in shown, words
    assert give(client, filled(town)).status_code == 302
    (view,) = rights.grants_on(trees)
    assert view.given_by == town.people["owner"]
    assert view.grant.given_unit == town.units["environment"]
    grant = view.grant
    assert (grant.effect, grant.grantee_kind, grant.grantee) == (Effect.ALLOW, GranteeKind.UNIT, town.units["youth"])
    assert grant.purposes == frozenset({"statistics"})
    assert grant.valid_from == datetime(2025, 12, 31, 23, tzinfo=UTC)  # midnight in the town
    assert grant.valid_until == datetime(2027, 12, 31, 23, tzinfo=UTC)  # the last day included
    assert set(grant.obligations) == {
        RowFilter("art", ("Linde", "Eiche")),
        RowRange("gepflanzt", "1990-01-01"),
        HideColumn("id"),
        Coarsen("hoehe", "10"),
        Delay("gepflanzt", 14),
        Attribution("Stadt Auenstadt"),
        NoOnwardUse(),
    }
    assert rights.explain(town.subject("staff"), trees, "statistics").outcome is Outcome.ALLOW
    assert rights.explain(town.subject("staff"), trees, "environmental_planning").outcome is Outcome.DENY
    assert rights.explain(town.subject("engineer"), trees, "statistics").outcome is Outcome.DENY


def test_what_was_changed_after_it_was_shown_is_shown_again(town: Town, trees: str) -> None:
    client = as_(town, "owner")
    shown = client.post(f"{BASE}/erlauben/", filled(town)).content.decode()
    seen = re.search(r'name="gesehen" value="([0-9a-f]{64})"', shown)
    assert seen is not None
    wider = filled(town, whom=f"unit:{town.root}") | {"erteilen": "1", "gesehen": seen[1]}
    answer = client.post(f"{BASE}/erlauben/", wider)
    assert answer.status_code == 200
    assert rights.grants_on(trees) == ()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"whom": ""}, "whom"),
        ({"whom": "person:nobody"}, "whom"),
        ({"purposes": []}, ""),
        ({"purposes": ["nothing"]}, "purposes"),
        ({"values_0": ""}, "values_0"),
        ({"filter_0": ""}, "filter_0"),
        ({"range_least": "gestern"}, "range_least"),
        ({"range_least": "", "range_most": "5"}, "range_most"),
        ({"range": ""}, "range"),
        ({"days": ""}, "days"),
        ({"delay": ""}, "delay"),
        ({"column_3": "prefix:2"}, "column_3"),
        ({"filter_0": "art; drop table x"}, "filter_0"),
        ({"starts": "2028-01-01"}, ""),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(more: dict[str, Any], field: str, town: Town, trees: str) -> None:
    answer = as_(town, "owner").post(f"{BASE}/erlauben/", filled(town, **more))
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {field or "__all__"}
    assert rights.grants_on(trees) == ()


def test_values_with_quotes_stay_values(town: Town, trees: str) -> None:
    assert give(as_(town, "owner"), filled(town, values_0="O'Hara\n'; DROP TABLE x --")).status_code == 302
    (view,) = rights.grants_on(trees)
    assert RowFilter("art", ("O'Hara", "'; DROP TABLE x --")) in view.grant.obligations


def test_a_company_gives_its_own_and_sees_only_its_own_people(town: Town) -> None:
    from allmende.organisations import door as organisations

    make_dataset(town, "trees", unit="utilities", fields=FIELDS, cls=Class.RESTRICTED)
    engineer = town.people["engineer"]
    organisations.give_role(
        OPERATOR, tenant=town.slug, person=engineer, role="data_owner", unit=town.units["utilities"]
    )
    client = as_(town, "engineer")
    page = client.get(f"{BASE}/erlauben/").content.decode()
    assert f"person:{engineer}" in page
    assert f"person:{town.people['owner']}" not in page
    assert give(client, filled(town)).status_code == 302
    assert as_(town, "owner").get(f"{BASE}/erlauben/").status_code == 403


def test_personal_data_want_a_legal_basis_and_are_not_for_everybody(town: Town) -> None:
    make_dataset(town, "trees", fields=FIELDS, cls=Class.PERSONAL, legal_basis="§ 1")
    client = as_(town, "owner")
    answer = client.post(f"{BASE}/erlauben/", filled(town, legal_basis=""))
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["legal_basis"])
    assert 'value="anyone:"' not in client.get(f"{BASE}/erlauben/").content.decode()
    assert client.post(f"{BASE}/erlauben/", filled(town, whom="anyone:")).status_code == 400


def test_a_denial_says_whom_it_closes_out_and_goes_before_all(town: Town, trees: str) -> None:
    client = as_(town, "owner")
    assert give(client, filled(town)).status_code == 302
    data = {"whom": f"unit:{town.units['youth']}", "what": "read", "purposes": [], "note": ""}
    shown = client.post(f"{BASE}/untersagen/", data).content.decode()
    assert "2 Konten dürfen nicht mehr" in shown
    assert "zu jedem Zweck" in shown
    assert give(client, data, "untersagen/").status_code == 302
    assert rights.explain(town.subject("staff"), trees, "statistics").rule == "read.denied"
    page = client.get(BASE).content.decode()
    assert "Untersagt:" in page
    assert page.count("/erlaubnis/") == 2


def test_withdrawing_is_for_those_who_give_and_acts_at_once(town: Town, trees: str) -> None:
    assert give(as_(town, "owner"), filled(town)).status_code == 302
    (view,) = rights.grants_on(trees)
    path = f"{BASE}/erlaubnis/{view.grant.id}/"
    for who in EVERYBODY:
        if who != "owner":
            assert as_(town, who).post(path).status_code in (401, 403), who
    make_dataset(town, "parks")
    assert as_(town, "owner").post(path.replace("trees", "parks")).status_code == 404  # of another data set
    assert as_(town, "owner").get(path).status_code == 405
    assert rights.explain(town.subject("staff"), trees, "statistics").outcome is Outcome.ALLOW
    assert as_(town, "owner").post(path).status_code == 302
    assert rights.grants_on(trees) == ()
    assert rights.explain(town.subject("staff"), trees, "statistics").outcome is Outcome.DENY
    assert as_(town, "owner").post(path).status_code == 404


def test_a_preview_counts_what_the_decision_point_would_say_and_writes_nothing(town: Town, trees: str) -> None:
    draft = rights.GrantDraft(
        resource=trees,
        grantee_kind=GranteeKind.UNIT,
        grantee=town.units["environment"],
        purposes=frozenset({"environmental_planning"}),
        obligations=(NoOnwardUse(),),
    )
    before = rights.snapshot()
    seen = rights.preview_grant(town.subject("owner"), draft)
    assert [(one.unit.de, one.opened, one.closed, one.narrowed) for one in seen.reached] == [("Umweltamt", 0, 0, 1)]
    assert not seen.public
    assert rights.snapshot() is before
    catalogue.change_dataset(
        OPERATOR, trees, msgspec.structs.replace(catalogue.draft(OPERATOR, trees)[0], cls=Class.OPEN)
    )
    catalogue.release_dataset(OPERATOR, trees, reason="Beschluss")
    denial = rights.GrantDraft(resource=trees, effect=Effect.DENY, grantee_kind=GranteeKind.ANYONE)
    assert rights.preview_grant(town.subject("owner"), denial).public
    with pytest.raises(Forbidden):
        rights.preview_grant(town.subject("staff"), draft)


# --- the entry ----------------------------------------------------------------------------------------------------


def as_shown(client: Client, page: str = f"{BASE}/eintrag/") -> dict[str, Any]:
    """Return what a browser would send of the form, untouched."""
    form = client.get(page).context["form"]
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False:
            continue
        sent[bound.html_name] = "on" if value is True else value
    return sent


def test_an_untouched_entry_changes_nothing(town: Town) -> None:
    id_ = make_dataset(
        town,
        "trees",
        fields=FIELDS,
        limits=Text("Erste Zeile.\nZweite Zeile.", "First.\nSecond."),
        owner=town.people["owner"],
    )
    client = as_(town, "owner")
    sent = as_shown(client)
    sent["limits_de"] = sent["limits_de"].replace("\n", "\r\n")  # as browsers do
    before = catalogue.draft(OPERATOR, id_)
    assert client.post(f"{BASE}/eintrag/", sent).status_code == 302
    assert catalogue.draft(OPERATOR, id_) == before


def test_words_and_columns_are_written(town: Town, trees: str) -> None:
    client = as_(town, "owner")
    changed = {
        "title_de": "Stadtbäume",
        "field_3_title_de": "Höhe",
        "field_3_meaning_de": "Geschätzt vom Boden",
        "field_3_unit": "cm",
        "bbox": "10.05 51.8 10.21 51.91",
        "covers_from": "2025-01-01",
        "reason": "Jahresbegehung",
    }
    assert client.post(f"{BASE}/eintrag/", as_shown(client) | changed).status_code == 302
    view = catalogue.dataset(OPERATOR, town.slug, "trees")
    assert view.title.de == "Stadtbäume"
    assert (view.fields[3].title.de, view.fields[3].unit, view.fields[3].type) == ("Höhe", "cm", "DOUBLE")
    assert view.bbox is not None and view.bbox.north == 51.91
    assert catalogue.history(OPERATOR, trees)[0].reason == "Jahresbegehung"


@pytest.mark.parametrize(
    ("who", "changed", "status"),
    [
        ("quality", {"title_de": "Bäume"}, 302),
        ("quality", {"purposes": ["environmental_planning", "statistics"]}, 400),  # permits: takes GRANT
        ("owner", {"purposes": ["environmental_planning", "statistics"]}, 302),
        ("owner", {"cls": "internal"}, 400),  # more open: takes the gatekeeper
        ("owner", {"cls": "personal", "legal_basis": "§ 1", "anonymised": "not"}, 302),
        ("owner", {"cls": "personal", "anonymised": "not"}, 400),
        ("owner", {"bbox": "weit weg"}, 400),
        ("owner", {"version": "0"}, 400),  # somebody was faster
        ("owner", {"covers_from": "2026-01-01", "covers_until": "2025-01-01"}, 400),
        ("owner", {"purposes": ["nothing"]}, 400),
    ],
)
def test_what_opens_data_takes_more_than_describing(
    who: str, changed: dict[str, Any], status: int, town: Town, trees: str
) -> None:
    client = as_(town, who)
    before = catalogue.draft(OPERATOR, trees)
    answer = client.post(f"{BASE}/eintrag/", as_shown(client) | changed)
    assert answer.status_code == status, answer.context and answer.context["form"].errors
    assert (catalogue.draft(OPERATOR, trees) == before) == (status == 400)


# --- release and sharing ------------------------------------------------------------------------------------------


def test_the_gatekeeper_releases_with_a_reason_and_takes_it_back(town: Town, trees: str) -> None:
    client = as_(town, "gate")
    assert client.post(f"{BASE}/freigabe/", {"reason": " "}).status_code == 400
    assert not catalogue.dataset(OPERATOR, town.slug, "trees").released
    assert client.post(f"{BASE}/freigabe/", {"reason": "Beschluss des Rates"}).status_code == 302
    view = catalogue.dataset(OPERATOR, town.slug, "trees")
    assert view.release is not None and view.release.reason == "Beschluss des Rates"
    assert "Beschluss des Rates" in Client().get(BASE).content.decode()  # the public sees why
    assert "Freigabe zurücknehmen" in client.get(f"{BASE}/freigabe/").content.decode()
    assert client.post(f"{BASE}/freigabe/", {"reason": "Namen gefunden"}).status_code == 302
    assert not catalogue.dataset(OPERATOR, town.slug, "trees").released


@pytest.mark.parametrize(
    "entry",
    [
        {"cls": Class.PERSONAL, "legal_basis": "§ 1"},
        {"cls": Class.RESTRICTED, "secrets": frozenset({Secret.TAX}), "legal_basis": "§ 30 AO"},
        {"licence": ""},
        {"licence": "dl-by-de/2.0"},  # asks for an attribution that is not there
    ],
)
def test_what_blocks_a_release_is_told_before_and_stays_blocked(entry: dict[str, Any], town: Town) -> None:
    make_dataset(town, "trees", visibility=Visibility.ADMINISTRATION, **entry)
    client = as_(town, "gate")
    page = client.get(f"{BASE}/freigabe/").content.decode()
    assert "steht entgegen" in page
    assert '<button class="btn">Freigeben' not in page
    assert client.post(f"{BASE}/freigabe/", {"reason": "trotzdem"}).status_code == 400
    assert not catalogue.dataset(OPERATOR, town.slug, "trees").released


def test_late_anonymisation_is_released_only_with_the_warning_read(town: Town) -> None:
    make_dataset(town, "trees", anonymised=Anonymised.LATER)
    client = as_(town, "gate")
    assert "nach der Erhebung anonymisiert" in client.get(f"{BASE}/freigabe/").content.decode()
    assert client.post(f"{BASE}/freigabe/", {"reason": "Beschluss"}).status_code == 400
    assert client.post(f"{BASE}/freigabe/", {"reason": "Beschluss", "warning_read": "on"}).status_code == 302
    view = catalogue.dataset(OPERATOR, town.slug, "trees")
    assert view.release is not None and view.release.warned


def test_sharing_lets_the_other_towns_administration_know_and_no_more(town: Town, trees: str) -> None:
    other = small_town("bergstadt", name="Bergstadt")
    make_dataset(town, "parks", visibility=Visibility.ADMINISTRATION)
    client, path = as_(town, "owner"), "/auenstadt/dataset/parks"
    Tenant.objects.filter(slug="bergstadt").update(second_factor="nobody", practice=True)
    assert as_(other, "staff").get(path).status_code == 404
    assert client.post(f"{path}/teilen/", {"towns": ["bergstadt"]}).status_code == 302
    assert as_(other, "staff").get(path).status_code == 200
    assert as_(other, "owner").get(f"{path}/teilen/").status_code == 403
    assert "Bergstadt" in client.get(path).content.decode()
    parks = catalogue.dataset(OPERATOR, town.slug, "parks").id
    assert rights.explain(other.subject("staff"), parks, "environmental_planning").outcome is Outcome.DENY
    assert client.post(f"{path}/teilen/", {}).status_code == 302
    assert as_(other, "staff").get(path).status_code == 404
    assert client.post(f"{path}/teilen/", {"towns": ["nirgends"]}).status_code == 400


def test_personal_data_are_shared_with_nobody(town: Town) -> None:
    small_town("bergstadt", name="Bergstadt")
    make_dataset(town, "trees", cls=Class.PERSONAL, legal_basis="§ 1")
    assert as_(town, "owner").post(f"{BASE}/teilen/", {"towns": ["bergstadt"]}).status_code == 400
    assert catalogue.dataset(OPERATOR, town.slug, "trees").shared_with == frozenset()


# --- names in the log ---------------------------------------------------------------------------------------------

REASON = "Nachts 40 Abrufe von Sozialdaten; Hinweis der Revision, Az. 14-2026/3."


def entry_by(town: Town, who: str, resource: str) -> str:
    """Let somebody ask for data, as the hot path writes it down; return the log entry's id."""
    subject = town.subject(who)
    use = journal.use_of(
        decision_id=new_id(),
        subject=subject,
        decisions=rights.decide(subject, Action.READ, [resource], "statistics"),
        snapshot=rights.snapshot(),
        statement="SELECT ? FROM auenstadt.trees",
        at=clock.now(),
    )
    journal.write(raw_connection(), sealer(), use)
    assert use.entry is not None
    return use.entry.id


def test_a_name_takes_a_reason_both_offices_and_the_one_who_asked(town: Town, trees: str) -> None:
    entry = entry_by(town, "staff", trees)
    protection, council = as_(town, "protection"), as_(town, "council")
    assert f"/nachweis/namen/beantragen/{entry}/" in protection.get("/nachweis/").content.decode()
    assert protection.post(f"/nachweis/namen/beantragen/{entry}/", {"reason": "einfach so"}).status_code == 400
    assert protection.post(f"/nachweis/namen/beantragen/{entry}/", {"reason": REASON}).status_code == 302
    (asked,) = rights.unveilings(town.subject("protection"), town.slug)
    base = f"/nachweis/namen/{asked.id}"
    early = protection.post(f"{base}/zeigen/")
    assert (early.status_code, "Staff" in early.content.decode()) == (409, False)
    assert protection.post(f"{base}/zustimmen/", {"stelle": "council"}).status_code == 403
    assert council.post(f"{base}/zustimmen/", {"stelle": "protection"}).status_code == 403
    assert protection.post(f"{base}/zustimmen/", {"stelle": "protection"}).status_code == 302
    assert protection.post(f"{base}/zeigen/").status_code == 409  # one office is not enough
    page = council.get("/nachweis/namen/").content.decode()
    assert REASON in page and "Als Personalrat zustimmen" in page and "Als Datenschutz" not in page
    assert council.post(f"{base}/zustimmen/", {"stelle": "council"}).status_code == 302
    assert council.post(f"{base}/zeigen/").status_code == 403  # approving is not seeing
    shown = protection.post(f"{base}/zeigen/")
    assert (shown.status_code, shown["Cache-Control"]) == (200, "no-store")
    assert "<strong>Staff</strong>" in shown.content.decode()
    assert protection.post(f"{base}/zeigen/").status_code == 409  # once
    assert "<strong>Staff</strong>" not in protection.get("/nachweis/namen/").content.decode()


def test_requests_for_names_are_for_the_two_offices_alone(town: Town, trees: str) -> None:
    entry = entry_by(town, "staff", trees)
    asked = rights.ask_unveiling(town.subject("protection"), town.slug, entry=entry, reason=REASON)
    for who in EVERYBODY:
        client, refused = as_(town, who), 403 if who else 401
        sees = who in ("protection", "council")
        assert client.get("/nachweis/namen/").status_code == (200 if sees else refused), who
        asks = who == "protection"
        assert client.get(f"/nachweis/namen/beantragen/{entry}/").status_code == (200 if asks else refused), who
        if not sees:
            for verb in ("zustimmen", "zeigen"):
                assert client.post(f"/nachweis/namen/{asked}/{verb}/", {"stelle": "council"}).status_code == refused
    (one,) = rights.unveilings(town.subject("protection"), town.slug)
    assert (one.protection_at, one.council_at, one.opened_at) == (None, None, None)


def test_the_staff_council_finds_the_page_in_its_menu(town: Town) -> None:
    assert 'href="/nachweis/namen/"' in as_(town, "council").get("/").content.decode()
    assert 'href="/nachweis/namen/"' not in as_(town, "staff").get("/").content.decode()


def test_every_verb_in_the_log_has_a_name_for_people() -> None:
    from allmende.portal.web.log import VERBS

    source = Path(__file__).parents[2] / "src" / "allmende"
    text = "\n".join(path.read_text("utf-8") for path in source.glob("*/domain/*.py"))
    written = set(re.findall(r'\blog\([^()]*what="([a-z_]+)"', text))
    written |= set(re.findall(r'note\(\s*(?:row, )?actor, (?:decision, )?"([a-z_]+)"', text))
    assert {"give_role", "release", "set_mode", "unveil"} <= written
    assert written <= VERBS.keys()
