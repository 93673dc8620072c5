"""The invitation as a person of the draft would get it: made by what makes the real one, and sent nowhere."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.drafting.checking import expires_at
from rubrica.drafting.content import SIGNER, Content, Person
from rubrica.drafting.models import Draft
from rubrica.notify import letters
from rubrica.notify.letters import Asked, AskedFile, MailLetter, Message, Sending


@dataclass(frozen=True)
class Sample:
    to: str
    subject: str
    html: str


def preview(member: Member, draft: Draft, content: Content) -> Sample:
    """To the first who acts; its link leads nowhere."""
    person = content.acting[0] if content.acting else Person(name=_("A participant"), email="participant@example.com")
    papers = tuple(paper.name for paper in draft.papers.all() if content.has_part(person, paper.pk))
    signs = person.role == SIGNER
    asked = Asked(
        signs=papers if signs else (),
        approves=() if signs else papers,
        files=tuple(AskedFile(file.name, file.optional) for file in person.files),
        until=expires_at(content),
        confirms=bool(person.checks),
    )
    language = person.language or draft.organization.language
    to = letters.Person(person.name, person.email or "participant@example.com", language)
    particulars = {"asked": asked, "approves": not signs and bool(papers), "link": f"{settings.PUBLIC_URL}/s/…"}
    message = Message("invite", to, _sending(member, draft, content), particulars)
    made = MailLetter(message).compose("<preview>")
    return Sample(person.shown, str(made.subject), str(made.alternatives[0][0]))


def _sending(member: Member, draft: Draft, content: Content) -> Sending:
    organization = draft.organization
    return Sending(
        organization_id=organization.pk,
        organization=organization.name,
        name=content.name or _("Name of the process"),
        creator=str(member),
        creator_email=member.email,
        subject=content.subject,
        message=content.message,
        color=organization.primary_color,
        logo=organization.brand.image_url,
    )
