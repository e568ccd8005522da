# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What pages and the command line use: answers to show, registers, connections that travel."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from allmende.config.cli import main
from allmende.config.commands.connect import show
from allmende.engine import connection as file
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.report import Count, FileReport, Report
from allmende.hub import door
from allmende.hub.models import Change, Connection
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from allmende.kernel.sealing import Sealer
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, GranteeKind, Subject
from tests.hub import town
from tests.hub.live import KEY, Hub


@pytest.fixture(scope="module")
def dataset(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("door")
    (read,) = town.connect(hub, town.trees(folder, "door_trees", **{"class": "restricted"}), root=folder).reads
    return read.dataset


def shown(hub: Hub, subject: Subject, sql: str, rows: int = 1000) -> door.Shown:
    work = door.table(hub.services, door.signed_in(subject), sql=sql, purpose="statistics", rows=rows)
    answer: door.Shown = hub.web.run(work)
    return answer


def test_a_page_shows_so_many_rows_and_says_that_there_are_more(hub: Hub, dataset: str) -> None:
    question = "SELECT id, art FROM auenstadt.door_trees ORDER BY id"
    answer = shown(hub, hub.town.subject("owner"), question, rows=3)
    assert (answer.rows, answer.more) == ([[1, "Linde"], [2, "Eiche"], [3, "Linde"]], True)
    assert [field.name for field in answer.fields] == ["id", "art"]
    assert answer.provenance[0].name == "auenstadt.door_trees"
    answer = shown(hub, hub.town.subject("owner"), question, rows=4)
    assert (len(answer.rows), answer.more) == (4, False)


def test_a_session_never_has_more_than_it_came_with(hub: Hub, dataset: str) -> None:
    draft = rights.GrantDraft(
        resource=dataset, grantee_kind=GranteeKind.ROLE, grantee="it", purposes=frozenset({"statistics"})
    )
    grant = rights.give_grant(OPERATOR, draft)
    person = hub.town.subject("it")
    question = "SELECT count(*) FROM auenstadt.door_trees"
    assert shown(hub, person, question).rows == [[4]]
    with pytest.raises((Forbidden, NotFound)):  # without the second factor, without the role
        shown(hub, msgspec.structs.replace(person, roles=frozenset()), question)
    with pytest.raises(Unauthenticated):
        shown(hub, msgspec.structs.replace(person, tenant="bergstadt"), question)
    rights.withdraw_grant(OPERATOR, grant)


def test_only_who_works_with_a_source_sees_and_changes_it(hub: Hub, dataset: str) -> None:
    assert "door_trees" in {source.slug for source in door.sources(hub.town.subject("it"), tenant="auenstadt")}
    assert "door_trees" not in {source.slug for source in door.sources(hub.town.subject("staff"), tenant="auenstadt")}
    with pytest.raises(Forbidden):
        door.read_again(hub.town.subject("staff"), dataset, tenant="auenstadt")
    with pytest.raises(Forbidden):
        door.allow_address(hub.town.subject("it"), tenant="auenstadt", place="10.0.0.0/8", reason="x")
    with pytest.raises(NotFound):
        door.read_again(OPERATOR, dataset, tenant="bergstadt")


def test_a_mapping_is_changed_as_a_new_version_and_its_fields_reach_the_catalogue(hub: Hub, dataset: str) -> None:
    view, text = door.binding(OPERATOR, dataset, tenant="auenstadt")
    assert (view.mapping_version, view.report is not None and view.report.rows_given) == (1, 4)
    reading = msgspec.toml.decode(text, type=door.Reading)
    renamed = tuple(
        msgspec.structs.replace(field, name="baumart", source="art") if field.name == "art" else field
        for field in reading.mapping.fields
    )
    changed = msgspec.structs.replace(reading, mapping=msgspec.structs.replace(reading.mapping, fields=renamed))
    door.change_mapping(OPERATOR, dataset, door.reading_text(changed), tenant="auenstadt")
    view, _ = door.binding(OPERATOR, dataset, tenant="auenstadt")
    assert view.mapping_version == 2
    assert hub.rows("SELECT baumart FROM auenstadt.door_trees WHERE id = 2") == [["Eiche"]]
    door.change_mapping(OPERATOR, dataset, text, tenant="auenstadt")
    assert hub.rows("SELECT art FROM auenstadt.door_trees WHERE id = 2") == [["Eiche"]]
    for wrong in (
        "not toml [",
        "[mapping]\nfields = []\n",
        text.replace('from = "art"', "").replace('"art"', '"nichts"'),
    ):
        with pytest.raises(Invalid):
            door.change_mapping(OPERATOR, dataset, wrong, tenant="auenstadt")


def test_secrets_are_sealed_for_their_connection_and_appear_nowhere(hub: Hub, dataset: str) -> None:
    row = Connection.objects.get(slug="door_trees")
    door.change_secret(OPERATOR, str(row.id), "sehr geheim", tenant="auenstadt")
    row.refresh_from_db()
    assert "geheim" not in row.secret
    assert Sealer(KEY).unseal(row.secret, str(row.id)) == "sehr geheim"
    with pytest.raises(ValueError, match="another key file, or for something else"):
        Sealer(KEY).unseal(row.secret, str(row.source_id))
    view = door.connection(OPERATOR, str(row.id), tenant="auenstadt")
    assert view.has_secret
    assert "geheim" not in repr(view)
    assert "geheim" not in door.export_connection(OPERATOR, str(row.id), tenant="auenstadt")
    assert not Change.objects.filter(detail__icontains="geheim").exists()


def test_a_connection_travels(hub: Hub, dataset: str, tmp_path: Path) -> None:
    row = Connection.objects.get(slug="door_trees")
    text = door.export_connection(OPERATOR, str(row.id), tenant="auenstadt")
    exported = file.load(text)
    assert (exported.slug, exported.source, exported.datasets[0].slug) == ("door_trees", file.Files(), "door_trees")
    again = door.connect(
        OPERATOR, door.ConnectionDraft(file=exported, root=str(row.root)), tenant="auenstadt"
    )  # the same town: the connection is brought up to date, nothing doubles
    assert again.connection == str(row.id)
    assert [read.dataset for read in again.reads] == [dataset]
    assert door.binding(OPERATOR, dataset, tenant="auenstadt")[0].mapping_version <= 4
    other = msgspec.structs.replace(exported, slug="door_other")
    with pytest.raises(Conflict):  # a data set comes from one connection
        door.connect(OPERATOR, door.ConnectionDraft(file=other, root=str(row.root)), tenant="auenstadt")


def test_each_change_of_the_register_is_written_down(hub: Hub, dataset: str) -> None:
    verbs = set(Change.objects.values_list("verb", flat=True))
    assert verbs >= {"connect", "change_mapping", "change_secret", "allow_address"}


def test_the_command_line_asks_with_a_token_like_anybody(
    hub: Hub, dataset: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("ALLMENDE_URL", hub.url.removesuffix("/api/query"))
    question = ["query", "SELECT art FROM auenstadt.door_trees WHERE id = 4", "--purpose", "statistics"]
    capfdbinary.readouterr()
    assert main([*question, "--token", hub.token("owner")]) == 0
    assert capfdbinary.readouterr().out.splitlines() == [b'"art"', b'"Ahorn"']
    assert main(question) == 1
    said = capfdbinary.readouterr()
    assert said.out == b""
    assert b"urn:allmende:problem:not-found" in said.err
    monkeypatch.setenv("ALLMENDE_URL", "http://127.0.0.1:9")
    assert main(question) == 1
    assert b"does not answer" in capfdbinary.readouterr().err


def test_the_command_line_looks_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(town.TREES, encoding="iso-8859-1")
    env = os.environ | {"ALLMENDE_DATA": str(tmp_path / "data"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "allmende.config", "look", str(tmp_path / "b.csv")],
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    reading = msgspec.toml.decode("\n".join(x for x in done.stdout.splitlines() if x[:1] != "#"), type=door.Reading)
    assert [(field.name, field.type.value) for field in reading.mapping.fields] == [
        ("id", "integer"), ("art", "text"), ("hoehe", "number"), ("bezirk", "text"),
    ]  # fmt: skip


def test_a_report_is_printed_fault_by_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    count = Count(Fault.BLANKS, Effect.REPAIRED, "art", 7, (2, 3, 5, 8))
    show(Report(tuple(FileReport(f"f{n}.csv", 10, 9, (count,)) for n in range(5))), lines=2)
    lines = out.getvalue().splitlines()
    assert lines[1].startswith("  5 files, 50 rows read, 45 taken; 35 values repaired")
    assert lines[2].endswith("35 × blanks at the edge removed (art): repaired")
    assert lines[3:] == [
        "      f0.csv: 2, 3 …",
        "      f1.csv: 2, 3 …",
        "      f2.csv: 2, 3 …",
        "      … 2 weitere Dateien / more files",
    ]
