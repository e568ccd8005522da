# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The catalogue for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allmende.kernel.clock import now
from allmende.organisations import door as organisations
from allmende.organisations.models import Token
from allmende.rights.terms import OPERATOR, Visibility
from tests.factories import PASSWORD, Town, make_dataset, make_person, small_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    """A town with a public and an internal data set."""
    town = small_town()
    make_dataset(town, "parks", visibility=Visibility.PUBLIC)
    make_dataset(town, "trees")
    return town


def token(town: Town, who: str = "staff") -> str:
    return organisations.issue_token(
        OPERATOR, tenant=town.slug, person=town.people[who], label="Test", purposes=["statistics"]
    ).secret


def get(path: str, secret: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    answer = Client(raise_request_exception=False).get(path, headers=headers)
    return answer.status_code, answer.json()


def names(document: Any) -> list[str]:
    return [dataset["name"] for dataset in document["datasets"]]


def test_what_is_listed_depends_on_who_asks(town: Town) -> None:
    status, document = get("/api/datasets")
    assert (status, names(document), document["total"]) == (200, ["auenstadt.parks"], 1)
    assert document["facets"]["class"] == [
        {"value": "internal", "title": {"de": "verwaltungsintern", "en": "internal"}, "count": 1}
    ]
    status, document = get("/api/datasets?q=Baum", token(town))
    assert (status, sorted(names(document))) == (200, ["auenstadt.parks", "auenstadt.trees"])
    assert names(get("/api/datasets", token(town, "engineer"))[1]) == ["auenstadt.parks"]


def test_a_signed_in_person_sees_the_same_as_with_a_token(town: Town) -> None:
    make_person(town, "clerk", password=PASSWORD)
    client = Client()
    client.post("/konto/login/", {"login": town.email("clerk"), "password": PASSWORD})
    assert client.get("/api/datasets").json() == get("/api/datasets", token(town))[1]


def test_one_data_set(town: Town) -> None:
    status, document = get("/api/datasets/auenstadt.trees", token(town))
    assert status == 200
    assert document["uri"].endswith("/auenstadt/dataset/trees")
    assert document["unit"]["name"] == {"de": "Umweltamt", "en": "Environment office"}
    assert document["licence"]["uri"] == "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
    assert document["rhythm"]["promised"] is False
    assert [field["name"] for field in document["fields"]] == ["id", "art"]


def test_hidden_and_absent_are_one_answer(town: Town) -> None:
    hidden = get("/api/datasets/auenstadt.trees")
    assert hidden == get("/api/datasets/auenstadt.nothing") == get("/api/datasets/nowhere.trees")
    assert hidden[0] == 404
    assert hidden[1]["type"] == "urn:allmende:problem:not-found"


def test_a_token_that_is_not_valid_is_refused_even_for_what_is_public(town: Town) -> None:
    secret = token(town)
    assert get("/api/datasets", secret)[0] == 200
    Token.objects.update(expires_at=now() - timedelta(seconds=1))
    assert get("/api/datasets", secret)[0] == 401
    Token.objects.update(expires_at=now() + timedelta(days=1), revoked_at=now())
    assert get("/api/datasets", secret)[0] == 401
    assert get("/api/datasets", "allm_nothing")[0] == 401


@pytest.mark.parametrize("query", ["limit=201", "limit=-1", "limit=x", "offset=%F0%9D%9F%99", "klass=open", "limit="])
def test_a_parameter_that_cannot_be_is_named(town: Town, query: str) -> None:
    status, problem = get(f"/api/datasets?{query}")
    assert (status, problem["parameter"]) == (400, query.partition("=")[0])


def test_only_get(town: Town) -> None:
    assert Client().post("/api/datasets", {}).status_code == 405


def test_head_answers_like_get_without_a_body(town: Town) -> None:
    answer = Client().head("/api/datasets")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"", "application/json")


@pytest.mark.parametrize("path", ["/api/datasets", "/api/datasets/auenstadt.parks", "/api/openapi.json"])
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_another_method_is_told_which_there_are(town: Town, method: str, path: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer["Allow"] == "GET, HEAD"
    assert answer.json()["type"] == "urn:allmende:problem:method-not-allowed"


def test_a_bad_token_is_told_how_to_come_in(town: Town) -> None:
    answer = Client().get("/api/datasets", headers={"Authorization": "Bearer allm_wrong"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("query", ["lang=fr", "lang=de&lang=de", "limit=1&limit=2", "q=a&q=b", "offset=1000001"])
def test_what_the_search_does_not_understand_is_refused(town: Town, query: str) -> None:
    status, document = get(f"/api/datasets?{query}")
    assert (status, document["parameter"]) == (400, query.partition("=")[0])
