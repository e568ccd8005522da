# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sign-in by password and second factor, through django-allauth: adapters, invitation, middleware, addresses."""
