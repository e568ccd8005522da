# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a paper's file is judged by: veraPDF where it was fetched (``script/verapdf``), and its structure by pikepdf."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent.parent


def verapdf(folder: Path, files: dict[str, bytes]) -> None:
    """Fail unless veraPDF calls each file PDF/UA-1 and PDF/A-2a; skip where it was not fetched."""
    if not (REPOSITORY / ".cache" / "verapdf").is_dir():
        pytest.skip("veraPDF is not there: run script/verapdf")
    paths = []
    for name, pdf in files.items():
        paths.append(folder / f"{name}.pdf")
        paths[-1].write_bytes(pdf)
    done = subprocess.run([REPOSITORY / "script" / "verapdf", *paths], capture_output=True, text=True, check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL"))]
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(said) == 2 * len(files)
    assert all(line.startswith("PASS") for line in said), said


class Look:
    """A paper's file, taken apart."""

    def __init__(self, pdf: bytes) -> None:
        self.file = pikepdf.open(io.BytesIO(pdf))
        self.root: Any = self.file.Root

    @property
    def pages(self) -> int:
        return len(self.file.pages)

    @property
    def language(self) -> str:
        return str(self.root.Lang)

    @property
    def title(self) -> str:
        with self.file.open_metadata() as metadata:
            return str(metadata["dc:title"])

    def bookmarks(self) -> list[str]:
        def under(items: Any) -> Iterator[str]:
            for item in items:
                yield str(item.title)
                yield from under(item.children)

        with self.file.open_outline() as outline:
            return list(under(outline.root))

    def tags(self) -> list[str]:
        """Return the structure's types in reading order."""
        return [str(node.S)[1:] for node in self._nodes(self.root.StructTreeRoot.K) if "/S" in node]

    def alternatives(self) -> list[str]:
        return [str(node.Alt) for node in self._nodes(self.root.StructTreeRoot.K) if "/Alt" in node]

    def _nodes(self, kids: Any) -> Iterator[Any]:
        if isinstance(kids, pikepdf.Array):
            for one in kids:
                yield from self._nodes(one)
        elif isinstance(kids, pikepdf.Dictionary):
            yield kids
            if "/K" in kids:
                yield from self._nodes(kids.K)


def text(pdf: bytes, folder: Path) -> str:
    """Return the words of the file as ``pdftotext`` reads them; skip where that is not there."""
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    try:
        done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("pdftotext is not there (Debian: poppler-utils)")
    return done.stdout.decode()
