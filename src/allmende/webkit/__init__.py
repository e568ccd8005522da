# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Django and HTMX glue: base templates, forms, tables, problem pages, the design system's files."""
