# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a paper costs: ``render`` (own process, locked in, checked) beside a bare Typst compile of the same content.

The floor runs in this process, with the typefaces loaded and no limits. Medians of the rounds, taken in turn; the highest
memory is that of the child processes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import time
from datetime import date
from pathlib import Path

import typst

from allmende.engine.paper import child, press
from allmende.engine.paper.model import (
    Column,
    Facts,
    Heading,
    List,
    Note,
    Paper,
    Paragraph,
    Picture,
    Signatures,
    Sources,
    Table,
    Town,
)

AIM = 2.0  # seconds a paper may take


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _table(rows: int) -> Table:
    columns = (
        Column(title="Stadtteil", width=2),
        Column(title="Spielplätze", right=True),
        Column(title="je 100 Kinder"),
    )
    return Table(columns=columns, rows=tuple((f"Stadtteil {n}", str(n), "1,2") for n in range(rows)))


def _map(areas: int) -> Picture:
    paths = "".join(
        f'<path d="M{20 * (n % 30)} {20 * (n // 30)}h18v{9 + n % 9}h-18Z" fill="#7f95cd" stroke="#fff"/>'
        for n in range(areas)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400">{paths}</svg>'
    return Picture(svg=svg, alt="Karte der Stadtteile", caption="Spielplätze je 100 Kinder", width=80)


def papers() -> dict[str, Paper]:
    """Return papers of the sizes a town prints."""
    town = Town(name="Auenstadt", colour="#22429e")

    def paper(*blocks: object) -> Paper:
        return Paper(title="Papier", subtitle="Messung", town=town, date=date(2026, 11, 28), blocks=blocks)  # type: ignore[arg-type]

    facts = Facts(pairs=tuple((f"Angabe {n}", "Grünflächenamt der Stadt") for n in range(8)))
    words = Paragraph(text="Wer die Daten nutzen will, sagt wofür, und das Register antwortet. " * 4)
    end = (
        List(items=("eins", "zwei")),
        Note(text="Hinweis"),
        Sources(items=("Quelle",)),
        Signatures(lines=("Ort", "Name")),
    )
    return {
        "profile of a data set, 1 page": paper(facts, Heading(text="Wer"), words, _table(8), *end),
        "council paper, 2 pages, map of 24 districts": paper(facts, words, _map(24), _table(28), words, *end),
        "council paper, map of 500 districts": paper(facts, words, _map(500), _table(28), words, *end),
        "text of 10 pages": paper(*(block for n in range(40) for block in (Heading(text=f"§ {n}"), words, words))),
        "register of 1,000 rows": paper(_table(1000)),
    }


def floor(content: bytes, fonts: typst.Fonts, template: bytes) -> bytes:
    """Return what Typst makes of the content with nothing of ours around it."""
    typesetter = typst.Compiler(input=template, font_paths=fonts, sys_inputs={"paper": content.decode()})
    made = typesetter.compile(format="pdf", pdf_standards=["ua-1", "a-2a"], timestamp=json.loads(content)["timestamp"])
    assert isinstance(made, bytes)
    return made


def main() -> int:
    """Run all and write ``$ALLMENDE_DATA/bench/papers.json``."""
    parser = argparse.ArgumentParser(prog="script/bench papers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    folder = (Path(os.environ.get("ALLMENDE_DATA") or "var") / "bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    template = (child.HERE / "template.typ").read_bytes()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(child.FONTS)])
    figures: dict[str, object] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "load": os.getloadavg()[0],
        "rounds": rounds,
    }
    missed = []
    for name, paper in papers().items():
        ours, bare, size = [], [], 0
        for number in range(rounds):
            # Typst remembers what it set before; a title of its own makes each round the first.
            one = Paper(
                **{field: getattr(paper, field) for field in paper.__struct_fields__} | {"title": f"Papier {number}"}
            )
            began = time.perf_counter()
            size = len(press.render(one))
            ours.append(time.perf_counter() - began)
            content = press.content(one)
            began = time.perf_counter()
            floor(content, fonts, template)
            bare.append(time.perf_counter() - began)
        found = {
            "seconds": round(statistics.median(ours), 3),
            "best": round(min(ours), 3),
            "worst": round(max(ours), 3),
            "bare": round(statistics.median(bare), 3),
            "bare_best": round(min(bare), 3),
            "bytes": size,
        }
        figures[name] = found
        say(
            f"{name}: {found['seconds']} s (best {found['best']}, worst {found['worst']}), "
            f"bare Typst {found['bare']} s (best {found['bare_best']}), {size // 1000} kB"
        )
        if max(ours) > AIM:
            missed.append(name)
    figures["memory_bytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    say(f"highest memory of a child: {int(str(figures['memory_bytes'])) >> 20} MiB; load {figures['load']}")
    (folder / "papers.json").write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"Written to {folder / 'papers.json'}" + (f"; over {AIM} s: {', '.join(missed)}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
