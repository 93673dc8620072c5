"""Who belongs to an organization and may do what. It always keeps an owner who can sign in."""

from django.db import transaction

from rubrica import clock
from rubrica.accounts.invitations import InvitationRefused
from rubrica.accounts.models import Invitation, Member, Organization
from rubrica.limits import quotas
from rubrica.team import jobs

ROLES = set(Member.Role.values)


class LastOwner(Exception):
    """The organization would be left without an owner."""


class Closed(Exception):
    """Nobody signs in with this account."""


def invite(by: Member, email: str, role: str, language: str) -> Invitation:
    """Raises InvitationRefused. Whether the address has an account elsewhere is told to nobody but its mailbox."""
    email = email.strip().lower()
    with transaction.atomic():
        _alone(by.organization)
        if by.organization.members.filter(email=email).exists():
            raise InvitationRefused("This person is a member already.")
        check_room(by.organization)
        by.organization.invitations.filter(email=email, accepted_at=None, revoked_at=None).delete()
        row = Invitation(organization=by.organization, email=email, role=role, language=language, invited_by=by)
        row.renew()
        row.save()
        jobs.mail_invitation.defer(invitation_id=row.pk)
    return row


def check_room(organization: Organization) -> None:
    """Raises InvitationRefused where the organization has as many members as it may have."""
    try:
        quotas.check_members(organization)
    except quotas.QuotaReached as reached:
        raise InvitationRefused(reached.sentence) from None


@transaction.atomic
def invite_again(row: Invitation) -> bool:
    """Another link for another week; says whether the invitation was still open."""
    is_open = row.renew_open()
    if is_open:
        jobs.mail_invitation.defer(invitation_id=row.pk)
    return is_open


@transaction.atomic
def change_role(member: Member, role: str) -> bool:
    """Says whether that was a change. Raises LastOwner."""
    _alone(member.organization)
    if role != Member.Role.OWNER:
        _check_owners_without(member)
    return Member.objects.filter(pk=member.pk).exclude(role=role).update(role=role) == 1


@transaction.atomic
def deactivate(member: Member) -> bool:
    """Sessions and tokens of the member are dead from now on, and the invitations that nobody has taken yet.

    Raises LastOwner.
    """
    _alone(member.organization)
    _check_owners_without(member)
    sent = Invitation.objects.filter(invited_by=member, accepted_at=None, revoked_at=None)
    sent.update(revoked_at=clock.now())
    return Member.objects.filter(pk=member.pk, is_active=True).update(is_active=False) == 1


def reactivate(member: Member) -> bool:
    return Member.objects.filter(pk=member.pk, is_active=False).update(is_active=True) == 1


@transaction.atomic
def hand_over(owner: Member, to: Member) -> None:
    """The other one is owner from now on, and who was it edits. Raises Closed, and LastOwner."""
    _alone(owner.organization)
    if Member.objects.filter(pk=to.pk, is_active=True).update(role=Member.Role.OWNER) != 1:
        raise Closed
    _check_owners_without(owner)
    Member.objects.filter(pk=owner.pk).update(role=Member.Role.EDITOR)


def _alone(organization: Organization) -> None:
    """Of two owners who take the role from each other at the same moment, one keeps it."""
    Organization.objects.select_for_update().get(pk=organization.pk)


def _check_owners_without(member: Member) -> None:
    owners = Member.objects.filter(organization=member.organization_id, role=Member.Role.OWNER, is_active=True)
    if not owners.exclude(pk=member.pk).exists():
        raise LastOwner
