"""What owners fill in. A field that is refused says what to do, in their language."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rubrica import tenancy
from rubrica.accounts import colors
from rubrica.accounts.models import LANGUAGES, Organization
from rubrica.web.text import is_one_line
from rubrica.webhooks import http
from rubrica.webhooks.headers import HeaderRefused, check_header
from rubrica.webhooks.models import DEFAULT, WORD, Webhook


class Color(forms.CharField):
    """``#rgb`` or ``#rrggbb``; empty means the usual look."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=7, **options)
        self.widget.attrs.update({"spellcheck": "false", "autocomplete": "off", "placeholder": "#1b2a4e"})

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return colors.normal(text)
        except ValueError:
            raise forms.ValidationError(_("Write a colour such as #1b2a4e.")) from None


class CompanyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=LANGUAGES,
        required=False,
        help_text=_("Of what goes out where nobody says another, and of people who join."),
    )
    primary_color = Color(label=_("Main colour"), help_text=_("Buttons. Words on it are black or white by themselves."))
    alternate_color = Color(label=_("Second colour"), help_text=_("Accents, such as the line below a chosen language."))
    refuses_active_content = forms.BooleanField(
        label=_("Refuse PDFs with scripts, attached files or other active content"),
        help_text=_("Otherwise it is taken out, and the process says so."),
        required=False,
    )
    face_threshold = forms.IntegerField(
        label=_("How alike two faces must be, in percent"),
        help_text=_("Below it the person is asked again, and you decide after the third time. 60 is usual."),
        min_value=30,  # what two strangers often reach: below it every face would do
        max_value=95,  # what two pictures of one person seldom reach: above it nobody would pass
    )

    def __init__(self, organization: Organization, *arguments: Any, **options: Any) -> None:
        self.organization = organization
        super().__init__(*arguments, **options)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not is_one_line(name):
            raise forms.ValidationError(_("Write the name in one line."))
        with tenancy.every_organization("A name belongs to one of all organizations."):
            if Organization.objects.filter(name=name).exclude(pk=self.organization.pk).exists():
                raise forms.ValidationError(_("Another organization has this name."))
        return name

    def clean_language(self) -> str:
        language: str = self.cleaned_data["language"] or self.organization.language
        return language

    def clean_face_threshold(self) -> float:
        percent: int = self.cleaned_data["face_threshold"]
        return percent / 100

    def clean_primary_color(self) -> str:
        color: str = self.cleaned_data["primary_color"]
        if color == colors.WHITE:
            raise forms.ValidationError(_("White cannot be the main colour: nothing would be seen."))
        return color


class WebhookForm(forms.Form):
    word = forms.CharField(
        label=_("Id"), max_length=64, help_text=_("Processes name it in targetWebhooks; “default” is for all others.")
    )
    url = forms.CharField(label=_("Address"), max_length=http.MAX_URL, help_text=_("It begins with https://."))
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    header_key = forms.CharField(
        label=_("Name of a header"),
        max_length=100,
        required=False,
        help_text=_("Sent with every call, if you need one."),
    )
    header_value = forms.CharField(label=_("Value of the header"), max_length=2000, required=False)

    def __init__(self, organization: Organization, webhook: Webhook | None, *arguments: Any, **options: Any) -> None:
        self.organization, self.webhook = organization, webhook
        super().__init__(*arguments, **options)
        self.fields["url"].widget.input_type = "url"
        value = self.fields["header_value"]
        # Never written into a page again: who changes the rest leaves it empty.
        value.widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
        if webhook is not None:
            del self.fields["word"]
            value.help_text = _("Leave it empty to keep the one there is.") if webhook.header_key else ""

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if not WORD.fullmatch(word):
            raise forms.ValidationError(_("Use 1 to 64 letters, digits, dots, hyphens or underscores."))
        known = self.organization.webhooks.kept()
        if known.filter(word=word).exists():
            raise forms.ValidationError(_("There is a webhook with this id already."))
        if word != DEFAULT and not known.filter(word=DEFAULT).exists():
            raise forms.ValidationError(_("The first one must have the id “default”."))
        return word

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            http.check_url(url)
        except http.UrlRefused as refused:
            raise forms.ValidationError(gettext(refused.sentence)) from None
        return url

    def clean_description(self) -> str:
        text: str = self.cleaned_data["description"]
        if not is_one_line(text):
            raise forms.ValidationError(_("Write it in one line."))
        return text

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        name, value = found.get("header_key", ""), found.get("header_value", "")
        if name and not value and self._kept(name):
            return found
        if name or value:
            try:
                check_header(name, value)
            except HeaderRefused as refused:
                self.add_error(f"header_{refused.part}", gettext(refused.sentence))
        return found

    def _kept(self, name: str) -> bool:
        return self.webhook is not None and self.webhook.header_key == name

    def save(self) -> Webhook:
        """The new webhook, or the one that was changed."""
        hook = self.webhook or Webhook(organization=self.organization, word=self.cleaned_data["word"])
        if self.webhook is None:
            hook.make_key()
        hook.url, hook.description = self.cleaned_data["url"], self.cleaned_data["description"]
        name, value = self.cleaned_data["header_key"], self.cleaned_data["header_value"]
        if value or not name:
            hook.header = (name, value) if name else None
        hook.save()
        return hook
