# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Decisions are applied, remembered as a value, and hold for next month's file; nothing is stored before them."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import openpyxl
import pyarrow.parquet as pq
import pytest
from openpyxl.styles import PatternFill

from allmende.engine.lists.compare import compare
from allmende.engine.lists.model import (
    Answer,
    ColumnDecision,
    Concealed,
    Decisions,
    Drift,
    HiddenDecision,
    PersonalDecision,
    Reaction,
    StackDecision,
    TableDecision,
)
from allmende.engine.lists.propose import propose, rows, store
from allmende.engine.mapping.fields import Type
from allmende.kernel.errors import Conflict, Invalid, NotFound
from tests.engine.lists.messy import FILES


def made(folder: Path, name: str) -> Path:
    FILES[name](folder / name)
    return folder / name


def test_nothing_is_stored_before_somebody_decided(tmp_path: Path) -> None:
    path, target = made(tmp_path, "vereine.xlsx"), tmp_path / "out" / "a.parquet"
    found = propose(path)
    with pytest.raises(Conflict, match="before somebody decided"):
        store(path, target, found)
    assert not list((tmp_path / "out").iterdir())
    half = Decisions(
        hidden=tuple(HiddenDecision(kind=k, do=Answer.LEAVE_OUT) for k in (Concealed.COLUMN, Concealed.COMMENT))
    )
    assert propose(path, half).reaction is Reaction.STOP  # the very hidden sheet is still undecided


def test_what_is_left_out_is_not_in_the_file(tmp_path: Path) -> None:
    path, target = made(tmp_path, "vereine.xlsx"), tmp_path / "a.parquet"
    kinds = (Concealed.COLUMN, Concealed.COMMENT, Concealed.VERY_HIDDEN_SHEET)
    decisions = Decisions(
        hidden=tuple(HiddenDecision(kind=k, do=Answer.LEAVE_OUT) for k in kinds),
        personal=(PersonalDecision(do=Answer.LEAVE_OUT),),
    )
    again = msgspec.json.decode(msgspec.json.encode(decisions), type=Decisions)
    found = propose(path, again)
    assert found.reaction is Reaction.IMPORT, found.reasons
    stored = store(path, target, found, again)
    table = pq.read_table(target)
    assert (stored.rows, table.column_names) == (4, ["verein", "mitglieder", "zuschuss"])
    for secret in (b"Meier", b"47110812", b"DE89"):
        assert secret not in target.read_bytes()


def test_kept_personal_data_are_marked(tmp_path: Path) -> None:
    path, target = made(tmp_path, "personen.xlsx"), tmp_path / "a.parquet"
    decisions = Decisions(
        hidden=(
            HiddenDecision(kind=Concealed.ROW, do=Answer.LEAVE_OUT),
            HiddenDecision(kind=Concealed.WHITE_TEXT, do=Answer.LEAVE_OUT),
        ),
        personal=(
            PersonalDecision(column="Nachname", do=Answer.KEEP, because="§ 34 BMG"),
            PersonalDecision(column="Vorname", do=Answer.LEAVE_OUT),
            PersonalDecision(column="geb. am", do=Answer.KEEP),
            PersonalDecision(column="Straße und Haus-Nr.", do=Answer.NOT_PERSONAL),
        ),
    )
    store(path, target, decisions=decisions)
    table = pq.read_table(target)
    assert table.column_names == ["nachname", "geb_am", "strasse_und_haus_nr", "plz"]
    assert table["nachname"].to_pylist() == ["Meier", "Holt", "Petersen"]  # row 3 was hidden
    assert table["geb_am"].to_pylist()[0] == datetime.date(1950, 3, 4)
    assert table.schema.field("nachname").metadata[b"personal"] == b"yes"
    assert b"personal" not in table.schema.field("plz").metadata


def test_corrections_by_hand_hold(tmp_path: Path) -> None:
    path, target = made(tmp_path, "einwohner.xlsx"), tmp_path / "a.parquet"
    decisions = Decisions(
        tables=(TableDecision(table="Einwohner#1", title="Einwohner", stand="2025-01-01"),),
        columns=(
            ColumnDecision(heading="Einwohner – weiblich", name="frauen", type=Type.NUMBER),
            ColumnDecision(heading="Anteil", drop=True),
            ColumnDecision(heading="Fläche in ha", unit="km2"),
        ),
    )
    store(path, target, decisions=decisions)
    schema = pq.read_schema(target)
    assert schema.names == ["stadtteil", "frauen", "einwohner_maennlich", "flaeche_in_ha"]
    assert str(schema.field("frauen").type) == "double"
    assert schema.field("flaeche_in_ha").metadata[b"unit"] == b"km2"
    assert schema.metadata == {b"title": b"Einwohner", b"stand": b"2025-01-01", b"sheet": b"Einwohner"}


def test_header_rows_can_be_corrected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ort;Art\nNord;Park\nSüd;Platz\n", encoding="utf-8")
    found = propose(path, Decisions(tables=(TableDecision(header_rows=()),)))
    assert (found.tables[0].rows_kept, [c.name for c in found.tables[0].columns]) == (3, ["spalte_a", "spalte_b"])


def test_a_stack_is_stored_with_its_year_and_can_be_undone(tmp_path: Path) -> None:
    path, target = made(tmp_path, "kitas.xlsx"), tmp_path / "a.parquet"
    assert store(path, target, propose(path)).rows == 12
    table = pq.read_table(target)
    assert table.column_names == ["jahr", "einrichtung", "stadtteil", "plaetze", "belegt"]
    assert table["jahr"].to_pylist() == ["2022"] * 4 + ["2023"] * 4 + ["2024"] * 4
    alone = Decisions(stacks=(StackDecision(done=False),))
    assert store(path, target, decisions=alone, table="2023#1").rows == 4
    with pytest.raises(NotFound):
        store(path, target, table="2030#1")


def test_a_cross_table_is_stored_long_if_decided(tmp_path: Path) -> None:
    path = made(tmp_path, "zeitreihe.xlsx")
    decisions = Decisions(tables=(TableDecision(long=True),))
    batches = list(rows(path, propose(path, decisions), decisions))
    found = [r for b in batches for r in b.to_pylist()]
    assert len(found) == 8 * 4
    assert {"stadtteil": "Hafen", "jahr": "2020", "wert": None} in found
    assert {"stadtteil": "Hafen", "jahr": "2022", "wert": 132} in found


def test_a_file_that_changed_since_the_proposal_is_not_stored(tmp_path: Path) -> None:
    path, target = tmp_path / "a.csv", tmp_path / "a.parquet"
    path.write_text("Ort;Zahl\nNord;1\nSüd;2\n", encoding="utf-8")
    found = propose(path)
    path.write_text("Ort;Zahl\nNord;1\nSüd;2\nWest;3\n", encoding="utf-8")
    with pytest.raises(Conflict, match="no longer what was proposed"):
        store(path, target, found)
    assert not target.exists()


def test_unreadable_cells_are_counted_and_shown(tmp_path: Path) -> None:
    path, target = tmp_path / "a.csv", tmp_path / "a.parquet"
    path.write_text(
        "Ort;am\n" + "".join(f"O{n};{n}.5.2024\n" for n in range(1, 20)) + "X;31.2.2024\n", encoding="utf-8"
    )
    stored = store(path, target, decisions=Decisions(looked=True))
    assert (stored.rows, stored.unreadable, stored.samples) == (20, {"am": 1}, {"am": ("31.2.2024",)})


def test_next_month_is_read_by_the_same_decisions_and_compared(tmp_path: Path) -> None:
    decisions = Decisions(columns=(ColumnDecision(heading="Zahl", name="plaetze"),))
    old, new = tmp_path / "mai.csv", tmp_path / "juni.csv"
    old.write_text("Nr;Ort;Zahl;Fläche in ha\n001;Nord;10;1,5\n002;Süd;20;2,5\n003;West;30;3,5\n", encoding="utf-8")
    new.write_text(
        "Nr;Stadtteil;Zahl;Fläche in m²;Art\n001;Nord;10;1,5;x\n002;Süd;25;2,5;y\n004;West;30;9,5;z\n", encoding="utf-8"
    )
    for path in (old, new):
        store(path, path.with_suffix(".parquet"), decisions=decisions)
    found = compare(old.with_suffix(".parquet"), new.with_suffix(".parquet"))
    assert found.key == ("nr",)
    assert (found.before, found.after, found.came, found.went, found.changed, found.same) == (3, 3, 1, 1, 1, 1)
    assert found.changed_columns == {"plaetze": 1}
    assert found.changed_examples[0]["plaetze"] == ("20", "25")
    assert found.came_examples[0]["nr"] == "004"
    renamed = {(d.before, d.after) for d in found.columns if d.drift is Drift.RENAMED}
    assert renamed == {("ort", "stadtteil"), ("flaeche_in_ha", "flaeche_in_m")}
    assert [d.after for d in found.columns if d.drift is Drift.NEW] == ["art"]
    with pytest.raises(Invalid):
        compare(old.with_suffix(".parquet"), new.with_suffix(".parquet"), ("gibtsnicht",))


def test_type_and_unit_drift_and_rows_without_a_key(tmp_path: Path) -> None:
    old, new = tmp_path / "mai.csv", tmp_path / "juni.csv"
    old.write_text("Art;Menge\nLinde;1\nLinde;1\nEiche;2\n", encoding="utf-8")
    new.write_text("Art;Menge\nLinde;1,5 ha\nLinde;1 ha\nEiche;2 ha\n", encoding="utf-8")
    for path in (old, new):
        store(path, path.with_suffix(".parquet"))
    found = compare(old.with_suffix(".parquet"), new.with_suffix(".parquet"))
    assert found.key == ()
    assert (found.came, found.went, found.changed, found.same) == (3, 3, 0, 0) or found.same == 2
    assert {d.drift for d in found.columns} == {Drift.TYPE, Drift.UNIT}


def test_names_chosen_by_hand_must_be_names_and_different(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ort;Zahl\nNord;1\nSüd;2\n", encoding="utf-8")
    for name in ("Ort!", "ort"):
        with pytest.raises(Invalid, match="column's name"):
            propose(path, Decisions(columns=(ColumnDecision(heading="Zahl", name=name),)))


def test_a_column_dropped_on_one_sheet_of_a_stack_is_stored_from_none(tmp_path: Path) -> None:
    path, target = made(tmp_path, "kitas.xlsx"), tmp_path / "a.parquet"
    drop = Decisions(columns=(ColumnDecision(table="2023#1", heading="Stadtteil", drop=True),))
    assert store(path, target, decisions=drop).rows == 12
    table = pq.read_table(target)
    assert table.column_names == ["jahr", "einrichtung", "plaetze", "belegt"]
    assert table["belegt"].to_pylist()[4:8] == [38, 39, 40, 41]


def test_a_column_only_one_sheet_has_is_empty_for_the_others(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "a.parquet"
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("2021")):
        sheet.append(["Ort", "Zahl"])
        for n in range(1, 7):
            sheet.append([f"Ort {chr(64 + n)}", n])
    book.active.title = "2020"
    for cell in book["2021"][3]:
        cell.fill = PatternFill("solid", fgColor="FFFF0000")
    book.save(path)
    store(path, target, decisions=Decisions(looked=True))
    table = pq.read_table(target)
    assert table.column_names == ["jahr", "ort", "zahl", "farbe"]
    assert table["farbe"].to_pylist() == [None] * 7 + ["rot"] + [None] * 4
