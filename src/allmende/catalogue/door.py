# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The entrance for other rooms: verbs and reads of the catalogue. Values out, never models.

Verbs take the actor first and ask the decision point; reads take the subject and speak only of what it may know of.
"""

from __future__ import annotations

from allmende.catalogue.domain.datasets import (
    change_dataset,
    mark_copied,
    register_dataset,
    retire_dataset,
    set_class,
    share_with_tenant,
    share_with_tenants,
)
from allmende.catalogue.domain.release import release_dataset, set_release_table, withdraw_release
from allmende.catalogue.queries.datasets import (
    dataset,
    dataset_by_id,
    datasets,
    draft,
    history,
    known_datasets,
    purposes_in_use,
)
from allmende.catalogue.terms import LATE_WARNING
from allmende.catalogue.vocabulary import Licence, Rhythm, licences, rhythms

__all__ = [
    "LATE_WARNING",
    "Licence",
    "Rhythm",
    "change_dataset",
    "dataset",
    "dataset_by_id",
    "datasets",
    "draft",
    "history",
    "known_datasets",
    "licences",
    "mark_copied",
    "purposes_in_use",
    "register_dataset",
    "release_dataset",
    "retire_dataset",
    "rhythms",
    "set_class",
    "set_release_table",
    "share_with_tenant",
    "share_with_tenants",
    "withdraw_release",
]
