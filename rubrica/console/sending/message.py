"""Step 4: what it is called, what people are told, when they are reminded, and until when it waits."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.console.access import done_by_editors, shown_to_editors
from rubrica.console.sending import mail
from rubrica.console.sending.steps import draft_of, gone, onward, step_page
from rubrica.drafting.checking import MESSAGE, message_problems
from rubrica.drafting.content import MAX_MESSAGE, MAX_TITLE, SHORTEST_TERM, Content
from rubrica.drafting.models import Draft
from rubrica.processes.errors import Refused
from rubrica.web.text import is_one_line, is_storable

REMINDERS = (12, 24, 48, 72, 120, 168, 336)  # hours; the API takes every multiple of 3
FIELDS = ("name", "subject", "message", "signatures", "remind_every_hours", "expires_on", "folder", "tags")
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


class MessageForm(forms.Form):
    name = forms.CharField(label=_("Name of the process"), max_length=MAX_TITLE, required=False)
    subject = forms.CharField(label=_("Subject of the e-mail"), max_length=MAX_TITLE, required=False)
    message = forms.CharField(label=_("Message"), max_length=MAX_MESSAGE, required=False, widget=forms.Textarea)
    signatures = forms.ChoiceField(
        label=_("Signatures"),
        choices=[("one", _("One seal at the end")), ("each", _("Each person with a certificate of their own"))],
        required=False,
    )
    remind_every_hours = forms.TypedChoiceField(label=_("Remind"), coerce=int, empty_value=None, required=False)
    expires_on = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    folder = forms.ChoiceField(label=_("Folder"), required=False)
    tags = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, organization: Organization, has_papers: bool, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._offer("remind_every_hours", [("", _("Never")), *((hours, _every(hours)) for hours in REMINDERS)])
        paths = organization.folders.values_list("path", flat=True)
        self._offer("folder", [("", _("None")), *((path, path) for path in paths)])
        self._offer("tags", [(name, name) for name in organization.tags.values_list("name", flat=True)])
        earliest = (clock.now() + timedelta(days=SHORTEST_TERM)).date()
        self.fields["expires_on"].widget.attrs["min"] = earliest.isoformat()
        if not has_papers:
            del self.fields["signatures"]  # nothing is signed
        self.fields["name"].help_text = gettext("Everybody sees it, also in the e-mail.")
        self.fields["subject"].help_text = gettext("Left empty, the e-mail has a usual one.")

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for name in ("name", "subject"):
            if not is_one_line(found.get(name, "")):
                self.add_error(name, gettext("Write it in one line."))
        if not is_storable(found.get("message", "")):
            self.add_error("message", gettext("The text has characters that cannot be kept."))
        return found


def _every(hours: int) -> str:
    if hours % 24:
        return ngettext("Every hour", "Every %(count)d hours", hours) % {"count": hours}
    return ngettext("Every day", "Every %(count)d days", hours // 24) % {"count": hours // 24}


@shown_to_editors
def message(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    found = draft_of(member, draft)
    content = found.written
    kept = {name: getattr(content, name) for name in FIELDS}
    return _page(request, member, found, MessageForm(found.organization, found.papers.exists(), initial=kept))


def _page(request: HttpRequest, member: Member, draft: Draft, form: MessageForm) -> HttpResponse:
    content = draft.written
    context = {"form": form, "content": content, "asks": any(person.files for person in content.acting),
               "sample": mail.preview(member, draft, content)}  # fmt: skip
    return step_page(request, draft, MESSAGE, context, has_faults=form.is_bound and not form.is_valid())


@done_by_editors
def save(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    found = draft_of(member, draft)
    form = MessageForm(found.organization, found.papers.exists(), request.POST)
    if form.is_valid() and request.POST.get("do") == "next":
        for problem in message_problems(_put(found.written, form)):
            form.add_error(str(problem.path[1]), gettext(problem.message))
    elif form.is_valid():
        _say_dates(form)
    if not form.is_valid():
        return _page(request, member, found, form)
    try:
        with found.changing() as content:
            _put(content, form)
    except Refused as refusal:
        return gone(request, refusal)
    return onward(request, found, MESSAGE)


def _say_dates(form: MessageForm) -> None:
    """A day that cannot be is wrong also in a draft."""
    for problem in message_problems(Content(name="-", expires_on=form.cleaned_data["expires_on"])):
        form.add_error("expires_on", gettext(problem.message))


def _put(content: Content, form: MessageForm) -> Content:
    for name in form.fields:
        setattr(content, name, form.cleaned_data[name] or Content.model_fields[name].get_default())
    return content


@done_by_editors
def preview(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """The e-mail as the first person would get it with what is typed, in a frame that can do nothing."""
    found = draft_of(member, draft)
    content = found.written
    for name, most in (("name", MAX_TITLE), ("subject", MAX_TITLE), ("message", MAX_MESSAGE)):
        setattr(content, name, request.POST.get(name, "").replace("\0", "")[:most].strip())
    return _framed(mail.preview(member, found, content).html)


@shown_to_editors
def mail_as_kept(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """The same with what is kept."""
    found = draft_of(member, draft)
    return _framed(mail.preview(member, found, found.written).html)


def _framed(html: str) -> HttpResponse:
    answer = HttpResponse(html)
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer
