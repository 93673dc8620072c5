"""What owners are told about the certificate that seals: 60, 30 and 7 days before its end, and when it has come."""

from django.conf import settings

from rubrica.accounts.models import Member
from rubrica.notify import delivery, messages
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Person, Sending
from rubrica.sealing.keyring import checking
from rubrica.sealing.models import SealingKey

MAIL = ["mail"]


def announce() -> list[tuple[int, int, int]]:
    """Key, owner and announcement of everything that is due now and has not gone out."""
    due = [
        (row.pk, owner_id, checking.announced(row))
        for row in checking.ending()
        for owner_id in row.organization.members.filter(role="owner", is_active=True).values_list("pk", flat=True)
    ]
    return [one for one in due if not delivery.is_out(_key(*one), MAIL)]


def tell(key_id: int, member_id: int, days: int) -> None:
    """Unless the key was replaced meanwhile."""
    row = SealingKey.objects.select_related("organization").get(pk=key_id)
    owner = Member.objects.get(pk=member_id)
    if row.retired_at is not None or row.usable_until is None:
        return
    organization = row.organization
    try:
        messages.certificate_ends(
            key=_key(row.pk, owner.pk, days),
            to=Person(owner.name, owner.email, owner.language),
            sending=Sending(
                organization.pk, organization.name, color=organization.primary_color, logo=organization.brand.image_url
            ),
            ends=row.usable_until,
            has_ended=days == 0,
            link=f"{settings.PUBLIC_URL}/console/settings/certificate",
        )
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


def _key(key_id: int, member_id: int, days: int) -> str:
    """One message for each: it goes out once, however often it is asked for."""
    return f"certificate-ends:{key_id}:{member_id}:{days}"
