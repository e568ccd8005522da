# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of the interface says what the interface does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from django.test import Client

from allmende.engine.plan import Format
from allmende.hub.envelope import MEDIA
from allmende.hub.hot import LONGEST_BODY, Body
from allmende.hub.rest.views import document
from allmende.rights.terms import Obligation
from tests.hub import town
from tests.hub.live import Hub

SPEC: dict[str, Any] = msgspec.json.decode(document())
SCHEMAS = SPEC["components"]["schemas"]
QUERY = SPEC["paths"]["/api/query"]["post"]
_TYPES = {"object": dict, "array": list, "string": str, "integer": int}


def errors(value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """Return where ``value`` is not what the schema says (the part of JSON Schema that the document uses)."""
    if "$ref" in schema:
        return errors(value, SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], at)
    found = [e for part in schema.get("allOf", ()) for e in errors(value, part, at)]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not in {schema['enum']}")
    if "type" in schema and not isinstance(value, _TYPES[schema["type"]]):
        return [*found, f"{at}: {value!r} is no {schema['type']}"]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{at}: {name} is not described" for name in value if name not in known]
        found += [e for name, part in known.items() if name in value for e in errors(value[name], part, f"{at}.{name}")]
    if isinstance(value, list) and "items" in schema:
        found += [e for i, item in enumerate(value) for e in errors(item, schema["items"], f"{at}[{i}]")]
    return found


@pytest.fixture(scope="module")
def trees(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("openapi")
    entry = {"limits": {"de": "Nur Bäume an Straßen.", "en": "Only trees along streets."}}
    town.connect(hub, town.trees(folder, "described", **entry), root=folder)
    return "auenstadt.described"


def test_it_is_served(client: Client) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.oai.openapi+json;version=3.1"
    assert answer.json()["openapi"] == "3.1.0"


def test_an_answer_is_as_described(hub: Hub, trees: str) -> None:
    answer = hub.ask(f"SELECT * FROM {trees}", who="owner").json()
    assert errors(answer, SCHEMAS["Answer"]) == []
    assert answer["provenance"][0]["limits"] == "Nur Bäume an Straßen."


def test_refusals_and_problems_are_as_described(hub: Hub, trees: str) -> None:
    answers: list[httpx.Response] = [
        hub.ask("SELEC"),
        hub.ask("SELECT 1", headers={"Authorization": "Bearer x"}),
        hub.ask(f"SELECT * FROM {trees}", who="staff", purpose="traffic_planning"),
        hub.ask("SELECT * FROM auenstadt.nothing"),
        httpx.get(hub.url),
        hub.ask("SELECT 1", headers={"Accept": "image/png"}),
        httpx.post(hub.url, content=b" " * (LONGEST_BODY + 1), headers={"Content-Type": "application/json"}),
        httpx.post(hub.url, content=b"x"),
    ]
    assert [answer.status_code for answer in answers] == [400, 401, 403, 404, 405, 406, 413, 415]
    for answer in answers:
        described = QUERY["responses"][str(answer.status_code)]["content"]["application/problem+json"]["schema"]
        assert errors(answer.json(), described) == []


def test_the_question_is_as_described() -> None:
    described = SCHEMAS["Question"]["properties"]
    assert list(described) == list(Body.__struct_fields__)
    assert described["format"]["enum"] == [form.value for form in Format]
    assert set(QUERY["responses"]["200"]["content"]) == {media.split(";")[0] for media in MEDIA.values()}


def test_every_obligation_is_described() -> None:
    listed = SCHEMAS["Obligation"]["properties"]["type"]["enum"]
    assert listed == [one.__struct_config__.tag for one in Obligation.__args__]


def test_every_described_path_is_an_address_of_the_program(client: Client, db: None) -> None:
    for path in SPEC["paths"]:
        if path != "/api/query":  # the dispatcher sends it to the hot path
            assert client.get(path.replace("{name}", "x.y")).status_code in {200, 404}


def test_the_reference_names_every_status_and_header() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text("utf-8")
    missing = [status for status in QUERY["responses"] if f"| {status} |" not in page]
    missing += [name for name in QUERY["responses"]["200"]["headers"] if f"`{name}`" not in page]
    assert missing == []
