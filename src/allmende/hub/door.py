# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The entrance for other rooms: verbs and reads of the hub, and questions. Values out, never models.

Pages ask with ``async with ask(services(), signed_in(subject), Question(sql=…, purpose=…)) as answer``, or, for
answers small enough to be shown, with :func:`table`; from a page's thread with :func:`page_table`.
"""

from __future__ import annotations

from allmende.engine.plan import Field, Format
from allmende.hub.ask import Answer, Asker, Question, Services, ask, bearer, nobody, signed_in
from allmende.hub.asking import asker, purpose_choices, refusals
from allmende.hub.asking import table as page_table
from allmende.hub.domain.addresses import allow_address, forbid_address
from allmende.hub.domain.connections import (
    change_mapping,
    change_secret,
    connect,
    enable,
    read_again,
    test_connection,
)
from allmende.hub.domain.copies import export_nightly, prune_copies, refresh_copy, set_mode
from allmende.hub.domain.drafts import reading_text
from allmende.hub.domain.folder import connect_folder, prepare_town
from allmende.hub.domain.releases import make_release_version
from allmende.hub.domain.sources import change_source, register_source
from allmende.hub.domain.travel import export_connection
from allmende.hub.domain.trial import require_folder, sent_file, sent_file_used, try_connection
from allmende.hub.domain.uploads import keep as keep_file
from allmende.hub.envelope import Permission, Provenance
from allmende.hub.queries.lists import lists, one_list
from allmende.hub.queries.sources import (
    allowed_addresses,
    binding,
    connection,
    connection_names,
    modes,
    release_columns,
    release_versions,
    source,
    sources,
)
from allmende.hub.services import services
from allmende.hub.shown import Shown, table
from allmende.hub.terms import ConnectionDraft, Reading, SourceDraft

__all__ = [
    "Answer",
    "Asker",
    "ConnectionDraft",
    "Field",
    "Format",
    "Permission",
    "Provenance",
    "Question",
    "Reading",
    "Services",
    "Shown",
    "SourceDraft",
    "allow_address",
    "allowed_addresses",
    "ask",
    "asker",
    "bearer",
    "binding",
    "change_mapping",
    "change_secret",
    "change_source",
    "connect",
    "connect_folder",
    "connection",
    "connection_names",
    "enable",
    "export_connection",
    "export_nightly",
    "forbid_address",
    "keep_file",
    "lists",
    "make_release_version",
    "modes",
    "nobody",
    "one_list",
    "page_table",
    "prepare_town",
    "prune_copies",
    "purpose_choices",
    "read_again",
    "reading_text",
    "refresh_copy",
    "refusals",
    "register_source",
    "release_columns",
    "release_versions",
    "require_folder",
    "sent_file",
    "sent_file_used",
    "services",
    "set_mode",
    "signed_in",
    "source",
    "sources",
    "table",
    "test_connection",
    "try_connection",
]
