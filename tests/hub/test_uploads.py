# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files people send: what is converted on the way lies where no town's connections read."""

from __future__ import annotations

import dataclasses
import io
import os
import time
import zipfile
from collections.abc import Iterator

import pytest

from allmende.hub import tools as hub_tools
from allmende.hub.domain import uploads
from allmende.hub.models import AllowedAddress, Connection
from allmende.hub.tools import tools
from allmende.kernel.errors import Invalid
from allmende.kernel.ids import check_slug
from allmende.rights.terms import OPERATOR
from tests.hub import town
from tests.hub.live import Hub

CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
ROWS = "".join(f"<table:table-row>{CELL.format(a)}{CELL.format(b)}</table:table-row>" for a, b in ("xy", "ab", "cd"))
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    f'<table:table table:name="A">{ROWS}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def test_a_converted_spreadsheet_lies_outside_every_towns_folder(hub: Hub) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS)
    kept = uploads.keep(
        OPERATOR, tenant=hub.town.slug, unit=hub.town.root, name="../../Liste.ods", pieces=[packed.getvalue()]
    )
    assert kept.file == "Liste.ods"
    assert kept.preview == (("a", "b"), ("c", "d"))
    (converted,) = (tools().files / "uploads").rglob("*.csv")
    cache = converted.parent
    with pytest.raises(Invalid):
        check_slug(cache.name)
    allowed = AllowedAddress.objects.filter(place__contains="uploads").values_list("place", flat=True)
    assert list(allowed) == [str(tools().files / "uploads" / hub.town.slug)]


def keep(hub: Hub, name: str, content: bytes = b"a;b\n1;2\n3;4\n") -> uploads.Upload:
    return uploads.keep(OPERATOR, tenant=hub.town.slug, unit=hub.town.root, name=name, pieces=[content])


@pytest.fixture
def little_room(hub: Hub) -> Iterator[int]:
    """A town whose uploads may take 60 bytes more than they do."""
    before, room = tools(), uploads.taken(hub.town.slug) + 60
    hub_tools.use(dataclasses.replace(before, quota=room))
    yield room
    hub_tools.use(before)


def test_a_towns_uploads_have_a_quota(hub: Hub, little_room: int) -> None:
    keep(hub, "small.csv")
    before = uploads.taken(hub.town.slug)
    with pytest.raises(Invalid, match="does not fit"):
        keep(hub, "large.csv", b"a;b\n" + b"1;2\n" * 50)
    assert uploads.taken(hub.town.slug) == before  # nothing half-done stays


def test_what_nobody_connected_goes_after_seven_days_and_nothing_else(hub: Hub) -> None:
    fresh, old, connected = keep(hub, "fresh.csv"), keep(hub, "old.csv"), keep(hub, "connected.csv")
    file = town.trees(uploads.root(connected), "kept_upload")
    town.connect(hub, file, root=uploads.root(connected))
    assert Connection.objects.filter(root=str(uploads.root(connected))).exists()
    past = time.time() - 7 * 86400 - 60
    for upload in (old, connected):
        place = uploads.root(upload)
        for path in (*place.rglob("*"), place, place.with_suffix(".json")):
            os.utime(path, (past, past))
    assert uploads.forget_abandoned() == 1
    assert uploads.root(fresh).exists()
    assert uploads.root(connected).exists()
    assert not uploads.root(old).exists()
    assert not uploads.root(old).with_suffix(".json").exists()
    assert uploads.forget_abandoned() == 0
