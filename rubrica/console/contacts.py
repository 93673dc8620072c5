"""The address book of the organization: whom the wizard offers, and how to have somebody forgotten."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, page, shown_to_editors
from rubrica.drafting import contacts as book
from rubrica.drafting.models import ForgottenContact

MAX_WORDS = 200  # characters
SHOWN = 100


@shown_to_editors
def contacts(request: HttpRequest, member: Member) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "")[:MAX_WORDS].strip()
    found = book.contacts(member.organization, words)
    context = {"contacts": found[:SHOWN], "words": words, "has_more": len(found) > SHOWN}
    return page(request, "console/contacts.html", context)


@done_by_editors
def forget(request: HttpRequest, member: Member) -> HttpResponse:
    """What processes keep of somebody stays; the address is offered no more."""
    email = request.POST.get("email", "").replace("\0", "")[:254].strip()
    if email:
        ForgottenContact.forget(member.organization, email)
        messages.success(request, _("%(email)s is offered no more.") % {"email": email})
    return HttpResponseRedirect(reverse("console:contacts"))
