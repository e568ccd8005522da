# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The first hour: an office's Excel list of 50,000 rows × 40 columns proposed and stored, beside the floor.

The floor is what the libraries take alone for the same file in the same run: calamine loading the sheet and handing
over its rows, DuckDB reading it as text, DuckDB copying it to Parquet. Each measurement is a process of its own (for
ours: with its limited child); seconds are wall time from call to result, memory is the peak of the larger process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

ROWS, COLUMNS = 50_000, 40
#: What the issue allows: seconds, megabytes.
AIMS = {"propose": 3.0, "store": 5.0}
MOST_MB = 300
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _letter(column: int) -> str:
    made = ""
    while column:
        column, rest = divmod(column - 1, 26)
        made = chr(65 + rest) + made
    return made


def generate(path: Path) -> None:
    """Write the list once: title, "Stand:", headings, rows of keys, texts, dates, money, counts; every 50th painted."""
    if path.exists():
        return
    say(f"Generating {path.name} …")
    texts: dict[str, int] = {}

    def text(words: str) -> int:
        return texts.setdefault(words, len(texts))

    letters = [_letter(c) for c in range(1, COLUMNS + 1)]
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, body in _parts().items():
            archive.writestr(name, _XML + body)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, words in ((1, "Liste der Stadt Auenstadt"), (2, "Stand: 30.06.2026")):
                sheet.write(f'<row r="{number}"><c r="A{number}" t="s"><v>{text(words)}</v></c></row>'.encode())
            kinds = ("Nummer", "Stadtteil", "Eintrag", "Datum", "Betrag in €")
            heads = "".join(
                f'<c r="{letter}3" t="s"><v>{text(f"{kinds[c % 5]} {c // 5 + 1}")}</v></c>'
                for c, letter in enumerate(letters)
            )
            sheet.write(f'<row r="3">{heads}</row>'.encode())
            for row in range(4, ROWS + 4):
                sheet.write(_row(row, letters, text).encode())
            sheet.write(b"</sheetData></worksheet>")
        listed = "".join(f"<si><t>{t}</t></si>" for t in texts)
        archive.writestr("xl/sharedStrings.xml", f'{_XML}<sst xmlns="{_MAIN}">{listed}</sst>')
    part.rename(path)


def _row(row: int, letters: list[str], text: Callable[[str], int]) -> str:
    style = ' s="2"' if row % 50 == 0 else ""
    cells = []
    for c, letter in enumerate(letters):
        seed = row * 7919 + c * 104729
        match c % 5:
            case 0:
                cells.append(f'<c r="{letter}{row}"{style}><v>{seed % 1_000_000}</v></c>')
            case 1:
                cells.append(f'<c r="{letter}{row}"{style} t="s"><v>{text(f"Stadtteil {seed % 60}")}</v></c>')
            case 2:
                cells.append(f'<c r="{letter}{row}"{style} t="s"><v>{text(f"Eintrag {seed % 30_000}")}</v></c>')
            case 3:
                cells.append(f'<c r="{letter}{row}" s="1"><v>{40_000 + seed % 5_000}</v></c>')
            case _:
                cells.append(f'<c r="{letter}{row}"{style}><v>{seed % 100_000 / 100}</v></c>')
    return f'<row r="{row}" spans="1:{COLUMNS}">{"".join(cells)}</row>'


def _parts() -> dict[str, str]:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    over = {
        "workbook": "sheet.main",
        "worksheets/sheet1": "worksheet",
        "styles": "styles",
        "sharedStrings": "sharedStrings",
    }
    overrides = "".join(f'<Override PartName="/xl/{p}.xml" ContentType="{kind}.{k}+xml"/>' for p, k in over.items())
    rels = {
        "rId1": ("worksheet", "worksheets/sheet1.xml"),
        "rId2": ("styles", "styles.xml"),
        "rId3": ("sharedStrings", "sharedStrings.xml"),
    }
    inner = "".join(f'<Relationship Id="{i}" Type="{_OFFICE}/{t}" Target="{p}"/>' for i, (t, p) in rels.items())
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Liste" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/></font></fonts><fills count="3">'
        '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFFFFF00"/></patternFill></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3">'
        '<xf numFmtId="0" fontId="0" fillId="0"/><xf numFmtId="14" fontId="0" fillId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="0" fontId="0" fillId="2" applyFill="1"/></cellXfs></styleSheet>',
    }


# --- one measurement, in a process of its own ------------------------------------------------------------------------


def _calamine(path: Path) -> int:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    begun = time.perf_counter()
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    assert sum(1 for _ in sheet.iter_rows()) == ROWS + 3
    return _took(begun)


def _duckdb(path: Path, target: str) -> int:
    import duckdb  # noqa: PLC0415

    from allmende.engine import extensions  # noqa: PLC0415

    excel = next(p for p in extensions.paths() if "/excel." in p)
    begun = time.perf_counter()
    with duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": "2"}) as db:
        db.execute(f"LOAD '{excel}'")
        scan = f"FROM read_xlsx('{path}', header = true, range = 'A3:AN{ROWS + 3}', all_varchar = {'false' if target else 'true'})"
        if target:
            db.execute(f"COPY ({scan}) TO '{target}' (FORMAT PARQUET)")
        else:
            (count,) = db.execute(f"SELECT count(COLUMNS(*)) {scan}").fetchall()[0][:1]
            assert count == ROWS
    return _took(begun)


def _propose(path: Path) -> int:
    from allmende.engine.lists.propose import propose  # noqa: PLC0415

    begun = time.perf_counter()
    found = propose(path)
    took = _took(begun)
    assert [t.rows_kept for t in found.tables] == [ROWS]
    assert found.tables[0].stand == "2026-06-30"
    return took


def _store(path: Path, target: str) -> int:
    from allmende.engine.lists.model import Decisions  # noqa: PLC0415
    from allmende.engine.lists.propose import propose, store  # noqa: PLC0415

    decisions = Decisions(looked=True)  # colours without a legend: somebody has looked
    proposal = propose(path, decisions)
    begun = time.perf_counter()
    assert store(path, Path(target), proposal, decisions).rows == ROWS
    return _took(begun)


def _took(begun: float) -> int:
    return round(1000 * (time.perf_counter() - begun))


def one(what: str, path: Path) -> None:
    """Do one measurement and print it."""
    target = str(path.with_suffix(f".{what}.parquet"))
    work: dict[str, Callable[[], int]] = {
        "calamine": lambda: _calamine(path),
        "duckdb": lambda: _duckdb(path, ""),
        "duckdb_store": lambda: _duckdb(path, target),
        "propose": lambda: _propose(path),
        "store": lambda: _store(path, target),
    }
    took = work[what]()
    own, child = (resource.getrusage(w).ru_maxrss >> 10 for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    say(json.dumps({"ms": took, "mb": max(own, child)}))


def main() -> int:
    """Measure all in turn and write ``$ALLMENDE_DATA/bench/first-hour.json``; 1 if an aim was missed."""
    parser = argparse.ArgumentParser(prog="script/bench first_hour", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FILE"))
    given = parser.parse_args()
    if given.one:
        one(given.one[0], Path(given.one[1]))
        return 0
    folder = (Path(os.environ.get("ALLMENDE_DATA") or "var") / "bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "first-hour.xlsx"
    generate(path)
    kinds = ("calamine", "duckdb", "propose", "duckdb_store", "store")
    seen: dict[str, list[dict[str, int]]] = {k: [] for k in kinds}
    for _ in range(given.rounds):
        for kind in kinds:
            command = [sys.executable, "-m", "bench.first_hour", "--one", kind, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seen[kind].append(json.loads(done.stdout))
    figures = {
        k: {"seconds": round(statistics.median(r["ms"] for r in runs) / 1000, 2), "mb": max(r["mb"] for r in runs)}
        for k, runs in seen.items()
    }
    missed = [k for k, aim in AIMS.items() if figures[k]["seconds"] > aim or figures[k]["mb"] > MOST_MB]
    for kind in kinds:
        aim = f" (aim {AIMS[kind]} s, {MOST_MB} MB)" if kind in AIMS else " (floor)"
        say(f"{kind:>13}: {figures[kind]['seconds']:.2f} s, {figures[kind]['mb']} MB{aim}")
    made = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "load": os.getloadavg()[0],
        "rows": ROWS,
        "columns": COLUMNS,
        "file_mb": path.stat().st_size >> 20,
        "rounds": given.rounds,
        "list": figures,
        "missed": missed,
    }
    (folder / "first-hour.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    say(f"Written to {folder / 'first-hour.json'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
