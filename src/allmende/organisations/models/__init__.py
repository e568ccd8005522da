# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's tables."""

from allmende.organisations.models.access import SystemAccount, Token
from allmende.organisations.models.change import Change
from allmende.organisations.models.people import HeldRole, Person, Role
from allmende.organisations.models.statement import TownStatement
from allmende.organisations.models.units import Tenant, Unit

__all__ = ["Change", "HeldRole", "Person", "Role", "SystemAccount", "Tenant", "Token", "TownStatement", "Unit"]
