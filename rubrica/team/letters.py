"""What members, and those who are to become members, are written."""

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from rubrica.accounts.models import AuditEntry, Invitation, Member, Organization
from rubrica.notify import messages
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Person, Sending

Kind = AuditEntry.Kind


def invitation(invitation_id: int) -> None:
    """With the newest link; once for each link, however often the job runs."""
    row = Invitation.objects.select_related("organization", "invited_by").get(pk=invitation_id)
    if row.accepted_at is not None or row.revoked_at is not None or row.is_expired:
        return
    try:
        messages.join(
            key=f"join:{row.pk}:{row.digest.hex()[:32]}",
            to=Person("", row.email, row.language),
            sending=_of(row.organization),
            by=str(row.invited_by),
            until=row.expires_at,
            link=f"{settings.PUBLIC_URL}{reverse('join', args=[row.secret])}",
        )
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


def password_reset(member_id: int, asked: str) -> None:
    """A link that works until the password changes, and for three days at most."""
    member = Member.objects.select_related("organization").get(pk=member_id)
    if not member.is_active:
        return
    key = {"uidb36": user_pk_to_url_str(member), "key": PASSWORD_RESET_TOKEN_GENERATOR().make_token(member)}
    path = reverse("account_reset_password_from_key", kwargs=key)
    try:
        messages.password_reset(
            key=f"password-reset:{member.pk}:{asked}",
            to=Person(member.name, member.email, member.language),
            sending=_of(member.organization),
            link=f"{settings.PUBLIC_URL}{path}",
        )
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


CHANGES = {
    (Kind.PASSWORD_CHANGED, ""): "password",
    (Kind.PASSWORD_RESET, ""): "password",
    (Kind.FACTOR_ADDED, "totp"): "app_added",
    (Kind.FACTOR_ADDED, "webauthn"): "passkey_added",
    (Kind.FACTOR_REMOVED, "totp"): "app_removed",
    (Kind.FACTOR_REMOVED, "webauthn"): "passkey_removed",
    (Kind.CODES_MADE, ""): "codes",
    (Kind.FACTORS_CLEARED, ""): "cleared",
}


def account_changed(entry_id: int, member_id: int) -> None:
    """Also to who did it: an account that was taken over is first seen by a mail that one did not expect."""
    entry = AuditEntry.objects.get(pk=entry_id)
    member = Member.objects.select_related("organization").get(pk=member_id)
    what = CHANGES.get((Kind(entry.kind), str(entry.details.get("type", ""))))
    if what is None or not member.is_active:
        return
    try:
        messages.account_changed(
            key=f"account-changed:{entry.pk}",
            to=Person(member.name, member.email, member.language),
            sending=_of(member.organization),
            what=what,
            at=entry.at,
            address=str(entry.address or ""),
            link=f"{settings.PUBLIC_URL}{reverse('console:account')}",
        )
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


def _of(organization: Organization) -> Sending:
    brand = organization.brand
    return Sending(organization.pk, organization.name, color=organization.primary_color, logo=brand.image_url)
