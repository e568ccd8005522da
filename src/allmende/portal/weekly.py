# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The weekly mail: what waits, by title, with links. It says no more than "Heute" would show its reader at that moment.

Titles only: no content of data, no message of another system. Who has nothing waiting gets no mail.
"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext, override

from allmende.kernel.clock import now
from allmende.organisations import door as organisations
from allmende.portal.today import today


def send_weekly(person: str) -> bool:
    """Send one person their mail; return whether there was one to send. Raises what the mail server does."""
    reader = organisations.weekly_reader(person)
    if reader is None or not settings.EMAIL_HOST:
        return False
    found, _whole = today(reader.subject, now())
    if not found:
        return False
    stop = settings.PUBLIC_URL + reverse("today_stop", args=[organisations.weekly_token(person)])
    with override(reader.language):
        context = {
            "reader": reader,
            "waiting": [(one, settings.PUBLIC_URL + one.address) for one in found],
            "page": settings.PUBLIC_URL + reverse("today"),
            "stop": stop,
        }
        count = len(found)
        subject = ngettext(
            "Daten.%(town)s: %(count)s Sache wartet auf Sie", "Daten.%(town)s: %(count)s Sachen warten auf Sie", count
        ) % {"town": reader.town, "count": count}
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("portal/mail/weekly.txt", context),
            to=[reader.email],
            headers={
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
                "Auto-Submitted": "auto-generated",  # RFC 3834: no answer by machine
            },
        )
        mail.attach_alternative(render_to_string("portal/mail/weekly.html", context), "text/html")
        mail.send()
    return True
