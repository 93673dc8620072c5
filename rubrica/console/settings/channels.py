"""Settings → Channels: by what messages go out, the last one that did not, and a test message."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages as shown
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.notify import messages, short
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Person, Sending
from rubrica.notify.models import Channel, Notification
from rubrica.notify.phone import provider_of
from rubrica.notify.providers import LANGUAGES, CloudNumber, Twilio

MAX_NUMBER = 40  # characters


@dataclass(frozen=True)
class Way:
    """One channel as the page shows it. Without a provider its messages stay in the outbox."""

    channel: Channel
    provider: str
    sender: str
    failure: Notification | None

    @property
    def is_mail(self) -> bool:
        return self.channel == Channel.MAIL

    @property
    def icon(self) -> str:
        return "mail" if self.is_mail else "phone"


@shown_to_members
def channels(request: HttpRequest, member: Member) -> HttpResponse:
    whatsapp = settings.WHATSAPP
    context = {
        "ways": [_way(channel, member) for channel in Channel],
        "by_twilio": isinstance(whatsapp, Twilio),
        "by_cloud": isinstance(whatsapp, CloudNumber),
        "call_back": f"{settings.PUBLIC_URL}{reverse('channels:whatsapp')}",
        "has_secret": bool(settings.WHATSAPP_APP_SECRET),
        "has_word": bool(settings.WHATSAPP_VERIFY_TOKEN),
        "templates": list(_templates()) if whatsapp else [],
        "limits": (settings.PHONE_HOURLY, settings.PHONE_DAILY, ", ".join(settings.PHONE_COUNTRIES)),
    }
    return settings_page(request, "channels", "console/settings/channels.html", context)


@done_by_owners
def send_test(request: HttpRequest, member: Member, channel: str) -> HttpResponse:
    """At once and not by a job: who presses the button waits for the answer."""
    if channel not in Channel.values:
        raise Http404
    number = request.POST.get("phone", "").replace("\0", "")[:MAX_NUMBER]
    to = Person(member.name, member.email, member.language, phone=number)
    sending = Sending(member.organization_id, member.organization.name)
    database.let_go()
    try:
        messages.test(key=f"test:{uuid.uuid4()}", to=to, sending=sending, channel=channel)
    except DeliveryFailed as failure:
        shown.error(request, failure.reason)
    else:
        shown.success(request, _sent(channel))
    return HttpResponseRedirect(reverse("console:channels"))


def _sent(channel: str) -> str:
    is_kept = not settings.EMAIL_URL if channel == Channel.MAIL else provider_of(channel) is None
    return _("The test message lies in the outbox.") if is_kept else _("The test message is on its way.")


def _way(channel: Channel, member: Member) -> Way:
    if channel == Channel.MAIL:
        provider, sender = (settings.EMAIL_HOST, settings.MAIL_FROM) if settings.EMAIL_URL else ("", "")
    else:
        found = provider_of(channel)
        provider, sender = (found.name, found.shown_sender) if found else ("", "")
    failed = member.organization.notifications.filter(channel=channel, state=Notification.State.FAILED)
    return Way(channel, provider, sender, failed.order_by("-pk").first())


def _templates() -> "list[tuple[str, list[tuple[str, str, str]]]]":
    """Each kind of message with its template in every language: our language, the name that is set, the words."""
    return [
        (kind, [(ours, _name(kind, ours), short.template(kind, ours)) for ours in LANGUAGES])
        for kind in short.SENTENCES
    ]


def _name(kind: str, language: str) -> str:
    default = f"rubrica_{kind}:{LANGUAGES[language]}" if isinstance(settings.WHATSAPP, CloudNumber) else ""
    return settings.WHATSAPP_TEMPLATES.get(kind, {}).get(language, default)
