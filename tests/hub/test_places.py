# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Connections lead to the public internet and to what an administrator allowed, nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.engine.addresses import AddressRefused
from allmende.hub.places import Place, Places
from allmende.kernel.errors import SourceDown

INTERNAL = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "fd00::1",
    "0.0.0.0",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
]


@pytest.mark.parametrize("host", INTERNAL)
async def test_internal_addresses_are_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        await Places([]).address(host, 5432)


async def test_public_addresses_are_not() -> None:
    assert await Places([]).address("9.9.9.9", 5432) == "9.9.9.9"


async def test_an_allowed_network_opens_itself_and_its_port_only() -> None:
    places = Places([Place("10.1.0.0/16", 5432)])
    assert await places.address("10.1.2.3", 5432) == "10.1.2.3"
    for host, port in (("10.1.2.3", 5433), ("10.2.2.3", 5432)):
        with pytest.raises(AddressRefused):
            await places.address(host, port)


async def test_an_allowed_host_without_port_opens_every_port() -> None:
    assert await Places([Place("localhost")]).address("LOCALHOST", 4711) in {"127.0.0.1", "::1"}


async def test_a_host_that_is_not_there_is_a_source_that_is_down() -> None:
    with pytest.raises(SourceDown, match="cannot be resolved"):
        await Places([]).address("nirgends.invalid", 5432)


def test_folders_are_open_below_the_allowed_one_and_links_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    places = Places([Place(str(tmp_path / "in"))])
    assert places.folder(tmp_path / "in" / "deep") == tmp_path / "in" / "deep"
    for folder in (tmp_path / "out", tmp_path / "in" / "link", tmp_path / "in" / ".." / "out", tmp_path / "inside"):
        with pytest.raises(AddressRefused):
            places.folder(folder)
