# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The process that sets one paper: reads it from its input, locks itself in, writes the PDF to its output, ends.

``python -m allmende.engine.paper.child FOLDER PARENT MEMORY SECONDS``: an empty folder, who started
it, further address space in bytes, processor seconds. Exit codes: 0 a PDF, 3 the machine cannot lock the process in,
4 Typst refuses the paper (its words are on the error output), others: killed by a limit.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typst

from allmende.engine import sandbox

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"

#: Greatest file, in bytes.
OUTPUT = 64 << 20

NOT_LOCKED_IN, REFUSED = 3, 4


def main(folder: str, parent: int, memory: int, seconds: int) -> int:
    """Set the paper; return the exit code."""
    content = sys.stdin.buffer.read()
    template = (HERE / "template.typ").read_bytes()
    letters = tuple(str(path) for path in sorted(FONTS.glob("*.ttf")))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    sandbox.calm(parent)
    sandbox.limit(memory_bytes=memory, file_bytes=OUTPUT, cpu_seconds=seconds)
    try:
        # From here no file can be opened but the typefaces and those in the empty folder, nothing be connected, no
        # program be started.
        sandbox.lock_in(read=letters, write=(), folder=folder)
    except (sandbox.CannotLockIn, OSError) as error:
        sys.stderr.write(str(error))
        return NOT_LOCKED_IN
    try:
        compiler = typst.Compiler(
            input=template,
            root=folder,
            font_paths=fonts,
            # The paper goes in as a value, and the template shows its strings as text: no word of it is ever code.
            sys_inputs={"paper": content.decode()},
            package_path=folder,
            package_cache_path=folder,
        )
        pdf = compiler.compile(
            format="pdf", pdf_standards=["ua-1", "a-2a"], timestamp=int(json.loads(content)["timestamp"])
        )
    except typst.TypstError as error:
        sys.stderr.write(str(error.message)[:2000])
        return REFUSED
    if not isinstance(pdf, bytes):
        return REFUSED
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:5])))
