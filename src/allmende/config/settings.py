# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Django's settings, read from the environment; the contract for operators is docs/reference/operation.md."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from allmende.config import environment, keyfile
from allmende.kernel.sealing import derive

_GIVEN = environment.read()
DATA: Path = _GIVEN.data
PUBLIC_URL = _GIVEN.url
_ADDRESS = urlsplit(PUBLIC_URL)

# ``allmende serve`` makes the key before it starts any process; a command that serves nobody does without.
SECRET_KEY = derive(keyfile.read(_GIVEN.key_file) or os.urandom(32), "django secret").hex()
DEBUG = False
DEMO = _GIVEN.demo  # only the practice town
PRACTICE_TOWNS = ("auenstadt", "rieth")  # of allmende.config.demo
ALLOWED_HOSTS = sorted({_ADDRESS.hostname or "", _GIVEN.host, "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [f"{_ADDRESS.scheme}://{_ADDRESS.netloc}"]

INSTALLED_APPS = [
    "allmende.webkit",
    "allmende.rights",
    "allmende.organisations",
    "allmende.catalogue",
    "allmende.hub",
    "allmende.insight",
    "allmende.recipes",
    "allmende.portal",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "allmende.webkit.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allmende.organisations.signin.middleware.SignInMiddleware",
    "allmende.webkit.problems.ProblemMiddleware",
]

ROOT_URLCONF = "allmende.config.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "allmende.portal.context.frame",
            ]
        },
    }
]


def database(url: str) -> dict[str, object]:
    """Turn a connection URL (libpq's form; ``?host=`` names a socket's folder) into Django's settings."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = options.pop("host", unquote(parts.hostname or ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database(_GIVEN.database_url or "postgresql:///allmende")}

AUTH_USER_MODEL = "organisations.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Sign-in (allmende.organisations.signin). Rate limits count in PostgreSQL, so that they hold for all processes together.
FILE_UPLOAD_HANDLERS = ["allmende.webkit.uploads.LimitedUpload"]
CSRF_FAILURE_VIEW = "allmende.webkit.problems.csrf_failed"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
ACCOUNT_ADAPTER = "allmende.organisations.signin.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are entered by the town; there is no registration
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or second factor is told to its owner
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("ALLMENDE_PROXIES", "0"))  # whose word on the client counts
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Allmende: "
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
MFA_ADAPTER = "allmende.organisations.signin.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # the code before and the one after are good too (RFC 6238, 5.2)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "organisations_cache"}}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _ADDRESS.scheme == "https"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_AGE = None  # gone with the browser, like the language's: no cookie outlives a visit

# E-mail: through the town's server where one is named, else into files in the data folder.
_MAIL = environment.mail()
EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.tls == "starttls", _MAIL.tls == "tls"
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = DATA / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("ALLMENDE_MAIL_FROM", "allmende@localhost")

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"

# Rights: how all registers are read, and the installation's key (allmende.rights.current, .domain.work).
RIGHTS_SNAPSHOT = "allmende.config.wiring.build"
RIGHTS_KEY = "allmende.config.wiring.master_key"

# The practice town: how it is wanted, and what runs every night.
PRACTICE_WANTED, PRACTICE_SWITCH = "allmende.config.practice.wanted", "allmende.config.practice.switch"
PROCRASTINATE_IMPORT_PATHS = ["allmende.config.demo.tasks"]

# "Heute": who tells what waits for a person (allmende.kernel.waiting).
WAITING = "allmende.config.wiring.waiting"

# The decision log: anchors are files in a folder (mount it from elsewhere) and e-mails; for so many whole months after its
# own a pseudonym's key is kept.
RIGHTS_ANCHOR_FOLDER = Path(os.environ.get("ALLMENDE_ANCHOR_FOLDER", DATA / "anchors"))
RIGHTS_ANCHOR_MAIL = os.environ.get("ALLMENDE_ANCHOR_MAIL", "").split(",")
RIGHTS_KEY_MONTHS = int(os.environ.get("ALLMENDE_PSEUDONYM_MONTHS", "6"))
