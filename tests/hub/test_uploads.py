# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files people send: what is converted on the way lies where no town's connections read."""

from __future__ import annotations

import io
import zipfile

import pytest

from allmende.hub.domain import uploads
from allmende.hub.models import AllowedAddress
from allmende.hub.tools import tools
from allmende.kernel.errors import Invalid
from allmende.kernel.ids import check_slug
from allmende.rights.terms import OPERATOR
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
