"""What owners hear when a webhook was switched off, and how an organization's look gets into mails."""

import io

import pytest
from django.core.mail import EmailMultiAlternatives
from PIL import Image

from rubrica.accounts.models import Member
from rubrica.company import letters, pictures
from rubrica.processes import notices
from rubrica.webhooks.models import Webhook
from rubrica.webhooks.sending import switched_off
from tests import sending
from tests.cast import Acme
from tests.contract.calls import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(acme: Acme) -> Webhook:
    made = Webhook(organization=acme.organization, word="crm", url="https://crm.example.com/in")
    made.make_key()
    made.save()
    return made


def test_every_owner_is_told_once(acme: Acme, hook: Webhook, mailoutbox: list[EmailMultiAlternatives]) -> None:
    second = Member.objects.create_user(acme.organization, "oscar@acme.example", None, role="owner", language="es")
    hook.switch_off(Webhook.Off.FAILING)
    switched_off.send(Webhook, webhook=hook)
    told = jobs("company.jobs.tell_owner")
    assert sorted(job["member_id"] for job in told) == sorted([acme.owner.pk, second.pk])
    for job in told * 2:
        letters.webhook_off(**job)
    mails = {mail.to[0]: str(mail.body) for mail in mailoutbox}
    assert set(mails) == {"Olga Owner <olga@acme.example>", "oscar@acme.example"}
    assert len(mailoutbox) == 2
    for text in mails.values():
        assert "https://crm.example.com/in" in text
        assert f"http://127.0.0.1:8000/console/settings/webhooks/{hook.pk}" in text


def test_a_mail_carries_the_picture_and_the_colour(acme: Acme, mailoutbox: list[EmailMultiAlternatives]) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (90, 30), "#0f766e").save(picture, "PNG")
    pictures.show(acme.organization, picture.getvalue())
    acme.organization.refresh_from_db()
    acme.organization.primary_color = "#ffe600"
    acme.organization.save()
    process = sending.start(acme, sending.person("Ana Pérez", "ID card"))
    notices.invite(sending.somebody(process).pk)
    mail = str(mailoutbox[0].alternatives[0][0])
    assert f'src="http://127.0.0.1:8000{acme.organization.brand.image_path}"' in mail
    assert "background:#ffe600" in mail
