# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What of django-allauth is ours: nobody signs up alone, secrets of second factors are encrypted at rest."""

from __future__ import annotations

import base64
import time
from functools import cache
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest

from allmende.organisations.models import Person
from allmende.organisations.signin.links import password_link, site


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are set up by the town; there is no public registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Say no."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes can set up a second factor without the password once more."""
        request = context.request
        records = get_authentication_records(request, request.user)
        if records and time.time() - records[-1]["at"] < account_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a forgotten password, at the installation's own address."""
        return password_link(key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the installation, whatever host the request claims to be for."""
        super().send_mail(template_prefix, email, {"current_site": site(), **context})

    def send_notification_mail(
        self, template_prefix: str, user: Person, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person that password or second factor were changed."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are of no use to who has only the database."""

    def encrypt(self, text: str) -> str:
        """Return ``text`` encrypted with a key derived from the installation's own."""
        return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what :meth:`encrypt` was given."""
        return _fernet(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Return the name the authenticator app shows."""
        return "Allmende"

    def get_totp_label(self, user: Person) -> str:
        """Return the account name the authenticator app shows."""
        return user.email


@cache
def _fernet(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"allmende second factor").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
