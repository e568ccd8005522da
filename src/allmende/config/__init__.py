# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Composition root: settings, URLs, ASGI dispatcher, command line, supervision. The only place that knows all."""
