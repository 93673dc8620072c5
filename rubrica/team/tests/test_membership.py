"""Who belongs to an organization: invitations that work once, roles, and the owner that there always is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica import clock
from rubrica.accounts.invitations import InvitationRefused
from rubrica.accounts.models import AuditEntry, BearerToken, Invitation, Member
from rubrica.team import letters, membership
from tests.cast import PASSWORD, Acme, signed_in


@pytest.fixture
def invited(acme: Acme) -> Invitation:
    return membership.invite(acme.owner, " Nora@Acme.example ", "reviewer", "pt")


def page(invitation: Invitation) -> str:
    return reverse("join", args=[invitation.secret])


def join(invitation: Invitation, **more: str) -> Client:
    client = Client()
    form = {"name": "Nora", "way": "password", "password": PASSWORD, **more}
    client.post(page(invitation), form)
    return client


def test_it_works(acme: Acme, invited: Invitation) -> None:
    letters.invitation(invited.pk)
    [sent] = mail.outbox
    assert sent.to == ["nora@acme.example"] and page(invited) in sent.body and "Olga Owner" in sent.body
    assert "convida" in sent.body
    client = join(invited)
    nora = Member.objects.get(email="nora@acme.example")
    assert (nora.role, nora.name, nora.language, nora.organization) == ("reviewer", "Nora", "pt", acme.organization)
    assert client.get(reverse("console:account")).wsgi_request.user == nora
    assert list(AuditEntry.objects.filter(member_id=nora.pk).values_list("kind", flat=True)) == ["joined", "signed_in"]


def test_looking_at_the_link_changes_nothing(invited: Invitation) -> None:
    for _ in range(3):
        answer = Client().get(page(invited))
        assert answer.status_code == 200 and "Acme" in answer.content.decode()
    assert Client().head(page(invited)).status_code == 200
    assert not Member.objects.filter(email="nora@acme.example").exists()


def test_a_link_works_once(invited: Invitation) -> None:
    join(invited)
    assert Client().get(page(invited)).status_code == 410
    join(invited, name="Eve")
    assert Member.objects.get(email="nora@acme.example").name == "Nora"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_gets_in(acme: Acme) -> None:
    invitation = membership.invite(acme.owner, "nora@acme.example", "viewer", "en")

    def attempt(number: int) -> bool:
        try:
            Invitation.objects.get(pk=invitation.pk).join(f"Nora {number}", PASSWORD)
            return True
        except InvitationRefused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(attempt, range(6))) == 1


def test_a_week_later_it_leads_nowhere(invited: Invitation) -> None:
    Invitation.objects.filter(pk=invited.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    assert Client().get(page(invited)).status_code == 410
    join(invited)
    assert not Member.objects.filter(email="nora@acme.example").exists()


def test_one_that_was_taken_back_leads_nowhere(acme: Acme, invited: Invitation) -> None:
    signed_in(acme.owner).post(reverse("console:revoke_invitation", args=[invited.pk]))
    join(invited)
    assert not Member.objects.filter(email="nora@acme.example").exists()


def test_a_second_mail_has_another_link(acme: Acme, invited: Invitation) -> None:
    before = page(invited)
    signed_in(acme.owner).post(reverse("console:invite_again", args=[invited.pk]))
    assert Client().get(before).status_code == 410
    invited.refresh_from_db()
    assert page(invited) != before and Client().get(page(invited)).status_code == 200


def test_a_job_that_runs_twice_sends_one_mail(invited: Invitation) -> None:
    letters.invitation(invited.pk)
    letters.invitation(invited.pk)
    assert len(mail.outbox) == 1


def test_no_job_and_no_row_has_the_secret(invited: Invitation) -> None:
    job = ProcrastinateJob.objects.filter(task_name="rubrica.team.jobs.mail_invitation").latest("pk")
    assert job.args == {"invitation_id": invited.pk}
    assert invited.secret not in str(Invitation.objects.values().get(pk=invited.pk))


@pytest.mark.parametrize(
    "form", [{"password": "short"}, {"password": ""}, {"name": ""}, {"name": "a\nb"}, {"way": "magic"}]
)
def test_what_is_typed_wrongly_joins_nobody(invited: Invitation, form: dict[str, str]) -> None:
    answer = Client().post(page(invited), {"name": "Nora", "way": "password", "password": PASSWORD, **form})
    assert answer.status_code == 422
    assert not Member.objects.filter(email="nora@acme.example").exists()
    assert Client().get(page(invited)).status_code == 200


def test_inviting_tells_nobody_who_has_an_account_elsewhere(acme: Acme, other: Acme) -> None:
    answer = signed_in(acme.owner).post(
        reverse("console:invite_member"), {"email": other.owner.email, "role": "viewer", "language": "en"}
    )
    assert answer.status_code == 302
    invitation = Invitation.objects.get(email=other.owner.email)
    answer = Client().post(page(invitation), {"name": "Sara", "way": "password", "password": PASSWORD}, follow=True)
    assert "belongs to an account already" in answer.content.decode()
    assert Member.objects.get(email=other.owner.email).organization == other.organization
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_a_member_is_not_invited_again(acme: Acme) -> None:
    form = {"email": acme.reviewer.email.upper(), "role": "owner", "language": "en"}
    assert signed_in(acme.owner).post(reverse("console:invite_member"), form).status_code == 422
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "king", ""])
def test_there_is_always_an_owner(acme: Acme, role: str) -> None:
    client = signed_in(acme.owner)
    client.post(reverse("console:change_role", args=[acme.owner.pk]), {"role": role})
    client.post(reverse("console:deactivate_member", args=[acme.owner.pk]))
    acme.owner.refresh_from_db()
    assert acme.owner.is_owner and acme.owner.is_active


def test_an_owner_who_cannot_sign_in_does_not_count(acme: Acme) -> None:
    Member.objects.filter(pk=acme.reviewer.pk).update(role="owner", is_active=False)
    with pytest.raises(membership.LastOwner):
        membership.deactivate(acme.owner)


def test_the_organization_is_handed_over(acme: Acme) -> None:
    signed_in(acme.owner).post(reverse("console:hand_over", args=[acme.reviewer.pk]))
    roles = dict(Member.objects.values_list("email", "role"))
    assert roles == {acme.owner.email: "editor", acme.reviewer.email: "owner"}


def test_it_is_not_handed_over_to_who_cannot_sign_in(acme: Acme) -> None:
    Member.objects.filter(pk=acme.reviewer.pk).update(is_active=False)
    signed_in(acme.owner).post(reverse("console:hand_over", args=[acme.reviewer.pk]))
    acme.owner.refresh_from_db()
    acme.reviewer.refresh_from_db()
    assert acme.owner.is_owner and not acme.reviewer.is_owner


def test_of_two_owners_none_hands_over_to_who_cannot_sign_in(acme: Acme) -> None:
    Member.objects.create_user(acme.organization, "second@acme.example", role="owner")
    Member.objects.filter(pk=acme.reviewer.pk).update(is_active=False)
    answer = signed_in(acme.owner).post(reverse("console:hand_over", args=[acme.reviewer.pk]), follow=True)
    acme.owner.refresh_from_db()
    assert acme.owner.is_owner and not AuditEntry.objects.filter(kind="role_changed").exists()
    assert "Vuelve a abrirla" in answer.content.decode() or "Open it again first" in answer.content.decode()


def test_who_is_deactivated_has_invited_nobody(acme: Acme, invited: Invitation) -> None:
    second = Member.objects.create_user(acme.organization, "second@acme.example", role="owner")
    theirs = membership.invite(second, "mia@acme.example", "owner", "en")
    membership.deactivate(second)
    assert Client().get(page(theirs)).status_code == 410
    assert Client().get(page(invited)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_take_the_role_from_each_other(acme: Acme) -> None:
    Member.objects.filter(pk=acme.reviewer.pk).update(role="owner")

    def attempt(member: Member) -> None:
        try:
            membership.change_role(member, "viewer")
        except membership.LastOwner:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(attempt, [acme.owner, acme.reviewer]))
    assert acme.organization.members.filter(role="owner").count() == 1


def test_who_is_deactivated_is_out_at_once(acme: Acme) -> None:
    theirs, secret = signed_in(acme.reviewer), BearerToken.issue(acme.reviewer)[1]
    assert theirs.get(reverse("console:account")).status_code == 200
    owner = signed_in(acme.owner)
    owner.post(reverse("console:deactivate_member", args=[acme.reviewer.pk]))
    assert theirs.get(reverse("console:account")).status_code == 302
    assert BearerToken.live(secret) is None
    answer = Client().post(reverse("account_login"), {"login": acme.reviewer.email, "password": PASSWORD}, follow=True)
    assert not answer.wsgi_request.user.is_authenticated
    owner.post(reverse("console:reactivate_member", args=[acme.reviewer.pk]))
    assert BearerToken.live(secret) is not None
