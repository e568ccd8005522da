# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Real files, damaged at random: always rows and a report, or one clear problem; never a crash, never a hang."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.engine import connection
from allmende.engine.connection import Dataset
from allmende.engine.look import look_at_file
from allmende.engine.mapping import compile_relation, resolve
from allmende.engine.mapping.faults import Fault
from allmende.engine.mapping.steps import Unpivot
from allmende.engine.report import report
from allmende.kernel.errors import Problem
from tests.engine.read.duck import EXAMPLES, Duck, real_data

pytestmark = pytest.mark.real

DATASETS = [d for c in connection.read_folder(EXAMPLES) for d in c.datasets]

CUTS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 40),
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([b'"', b"\n", b"\r", b";", b",", b"\0", b"\xff", b"}" * 9, b"[" * 99]),
        ),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def duck() -> Duck:
    return Duck()


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.slug)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=CUTS)
def test_a_damaged_file(dataset: Dataset, cuts: list[tuple[float, int, bytes]], tmp_path: Path, duck: Duck) -> None:
    root = real_data()
    mapping = dataset.mapping
    original = resolve(mapping.read, root)[0].path
    content = bytearray(original.read_bytes()[:20_000])
    for at, length, new in cuts:
        start = int(at * len(content))
        content[start : start + length] = new
    target = tmp_path / original.relative_to(root.resolve())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    begin = time.monotonic()
    try:
        files = resolve(mapping.read, tmp_path)
        rows = duck(compile_relation(mapping, files=files))
        found = report(mapping, run=duck, files=files)
    except Problem as problem:
        assert problem.detail.de
    else:
        (one,) = found.files
        assert one.problem is not None or one.rows_given == len(rows)
        if not any(isinstance(s, Unpivot) for s in mapping.steps) and one.problem is None:
            out = sum(c.count for c in one.counts if c.effect.value in {"refused_row", "left_out"})
            twice = sum(c.count for c in one.counts if c.fault in {Fault.REQUIRED, Fault.NOT_LOCATED})
            assert one.rows_given + out - twice <= one.rows_read <= one.rows_given + out + twice
    try:
        assert look_at_file(target, root=tmp_path, run=duck).mapping.fields
    except Problem as problem:
        assert target.name in problem.detail.de or problem.more
    assert time.monotonic() - begin < 20
