# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sign-in: password, invitation, second factor, rate limits."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from allmende.kernel.errors import Conflict, Forbidden
from allmende.organisations import door
from allmende.organisations.models import Person, Tenant
from allmende.organisations.terms import SecondFactor
from allmende.rights.terms import OPERATOR
from tests.factories import PASSWORD, Town, make_person, small_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    """A town in which two people have a password: one needs a second factor, one does not."""
    cache.clear()
    town = small_town()
    town.people["clerk"] = make_person(town, "clerk", password=PASSWORD).id
    town.people["chief"] = make_person(town, "chief", password=PASSWORD).id
    door.give_role(OPERATOR, tenant=town.slug, person=town.people["chief"], role="gatekeeper", unit=town.root)
    return town


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post("/konto/login/", {"login": email, "password": password}).status_code


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code(secret: str) -> str:
    _, counter, _ = yield_hotp_counters_from_time()
    return f"{hotp_value(secret, counter):06}"


def test_by_email_and_password_whatever_the_cases(town: Town, client: Client) -> None:
    assert sign_in(client, "Clerk@AUENSTADT.example") == 302
    assert signed_in(client)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(town: Town, client: Client) -> None:
    answers = []
    for email in (town.email("clerk"), "nobody@auenstadt.example"):
        answer = client.post("/konto/login/", {"login": email, "password": "wrong wrong wrong"})
        text = re.sub(r'value="[^"]*"', "", answer.content.decode()).replace(email, "")
        answers.append((answer.status_code, text))
        assert not signed_in(client)
    assert answers[0] == answers[1]


def test_nobody_signs_up_and_nobody_changes_the_address(town: Town, client: Client) -> None:
    assert client.get("/konto/signup/").status_code == 404
    assert client.post("/konto/signup/", {"email": "a@b.example", "password1": PASSWORD}).status_code == 404
    sign_in(client, town.email("clerk"))
    assert client.post("/konto/email/", {"email": "a@b.example", "action_add": ""}).status_code == 404
    assert Person.objects.count() == 12


def test_guessing_is_slowed_down(town: Town, client: Client) -> None:
    for _ in range(6):
        client.post("/konto/login/", {"login": town.email("clerk"), "password": "wrong wrong wrong"})
    client.post("/konto/login/", {"login": town.email("clerk"), "password": PASSWORD})
    assert not signed_in(client)


def test_a_closed_account_is_out_at_once(town: Town, client: Client) -> None:
    sign_in(client, town.email("clerk"))
    assert client.get("/konto/password/change/").status_code == 200
    door.deactivate_person(OPERATOR, tenant=town.slug, person=town.people["clerk"])
    assert client.get("/konto/password/change/").status_code == 302
    assert not Client().login(email=town.email("clerk"), password=PASSWORD)


# --- invitation -----------------------------------------------------------------------------------------------------


def test_an_invitation_sets_the_first_password_once(town: Town, client: Client) -> None:
    link = door.invite(town.subject("admin"), tenant=town.slug, person=town.people["staff"])
    path = urlsplit(link).path
    form = client.get(path, follow=True)
    target = form.redirect_chain[-1][0]
    client.post(target, {"password1": "kurz", "password2": "kurz"})
    assert not Person.objects.get(id=town.people["staff"]).has_usable_password()
    client.post(target, {"password1": PASSWORD, "password2": PASSWORD})
    assert Person.objects.get(id=town.people["staff"]).check_password(PASSWORD)
    client.logout()
    assert sign_in(client, town.email("staff")) == 302
    again = Client()
    again.post(again.get(path, follow=True).request["PATH_INFO"], {"password1": "x" * 14, "password2": "x" * 14})
    assert Person.objects.get(id=town.people["staff"]).check_password(PASSWORD)


def test_nobody_invites_into_an_account_that_has_a_password(town: Town) -> None:
    with pytest.raises(Conflict):
        door.invite(town.subject("admin"), tenant=town.slug, person=town.people["clerk"])
    with pytest.raises(Forbidden):
        door.invite(town.subject("owner"), tenant=town.slug, person=town.people["staff"])
    assert door.invite(OPERATOR, tenant=town.slug, person=town.people["clerk"])


def test_a_forgotten_password_goes_to_the_persons_own_address(town: Town, client: Client) -> None:
    client.post("/konto/password/reset/", {"email": town.email("clerk")})
    client.post("/konto/password/reset/", {"email": "nobody@auenstadt.example"})
    [message] = mail.outbox
    assert message.to == [town.email("clerk")]


def test_a_mails_link_does_not_follow_the_host_a_request_claims(town: Town, client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://daten.auenstadt.example"
    settings.ALLOWED_HOSTS = ["*"]  # even where a proxy lets every host through
    client.post("/konto/password/reset/", {"email": town.email("clerk")}, headers={"Host": "evil.example"})
    [message] = mail.outbox
    assert "https://daten.auenstadt.example/konto/password/reset/key/" in message.body
    assert "evil.example" not in f"{message.subject} {message.body}"


def test_a_changed_password_is_told_to_its_owner(town: Town, client: Client) -> None:
    sign_in(client, town.email("clerk"))
    new = "ganz anders als vorher"
    client.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert [message.to for message in mail.outbox] == [[town.email("clerk")]]


# --- second factor --------------------------------------------------------------------------------------------------


def test_who_holds_power_sets_up_a_second_factor_first(town: Town, client: Client) -> None:
    sign_in(client, town.email("chief"))
    answer = client.get("/api/datasets")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/konto/2fa/totp/activate/")
    assert client.get("/konto/2fa/totp/activate/").status_code == 200
    secret = client.session["mfa.totp.secret"]
    client.post("/konto/2fa/totp/activate/", {"code": code(secret)})
    assert client.get("/api/datasets").status_code == 200

    again = Client()
    sign_in(again, town.email("chief"))
    assert not signed_in(again)  # the code is still missing
    again.post("/konto/2fa/authenticate/", {"code": "000000"})
    assert not signed_in(again)


def test_no_token_is_issued_before_the_second_factor_is_set_up(town: Town, client: Client) -> None:
    sign_in(client, town.email("chief"))
    answer = client.post("/konto/", {"label": "aside", "purposes": ["statistics"], "days": "30"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/konto/2fa/totp/activate/")
    assert door.tokens_of_person(town.slug, town.people["chief"]) == []
    assert client.get("/konto/password/change/").status_code == 200
    assert client.post("/konto/logout/").headers["Location"] == "/"


def test_the_code_completes_the_sign_in(town: Town, client: Client) -> None:
    secret = generate_totp_secret()
    TOTP.activate(Person.objects.get(id=town.people["chief"]), secret)
    sign_in(client, town.email("chief"))
    client.post("/konto/2fa/authenticate/", {"code": code(secret)})
    assert signed_in(client)
    assert client.get("/api/datasets").status_code == 200


def test_the_factors_secret_is_of_no_use_to_who_has_only_the_database(town: Town) -> None:
    secret = generate_totp_secret()
    TOTP.activate(Person.objects.get(id=town.people["chief"]), secret)
    assert secret not in str(Authenticator.objects.get().data)


@pytest.mark.parametrize(
    ("wanted", "practice", "who", "sent"),
    [
        (SecondFactor.ROLES, False, "clerk", False),
        (SecondFactor.ROLES, False, "chief", True),
        (SecondFactor.EVERYONE, False, "clerk", True),
        (SecondFactor.NOBODY, True, "chief", False),
        (SecondFactor.NOBODY, False, "chief", True),  # only a practice town does without
    ],
)
def test_who_needs_one(town: Town, client: Client, wanted: SecondFactor, practice: bool, who: str, sent: bool) -> None:
    Tenant.objects.update(second_factor=wanted.value, practice=practice)
    sign_in(client, town.email(who))
    assert (client.get("/api/datasets").status_code == 302) is sent


def test_cookies_are_for_https_where_the_address_is(settings: Settings) -> None:
    assert settings.SESSION_COOKIE_SECURE is settings.PUBLIC_URL.startswith("https:")
