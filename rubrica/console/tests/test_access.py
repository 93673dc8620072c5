"""Who gets in where: one row for each address of the console."""

import pytest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from rubrica.accounts.models import Member
from rubrica.console.tests.conftest import Lease
from rubrica.console.urls import urlpatterns
from tests import sending
from tests.cast import Acme, signed_in

READ = ["process", "live", "original", "sealed", "submission", "preview", "capture", "evidence",
        "sealed_evidence", "container"]  # fmt: skip
LISTS = ["home", "processes", "search", "search_found"]  # of the member's own organization, whoever asks
CONTACTS = ["contacts", "forget_contact"]  # test_contacts.py
HOLDS = ["hold", "lift_hold"]  # test_privacy.py
REVIEW = ["approve", "reject", "reset", "decide"]
EDIT = ["resend", "link", "change_email", "seal", "cancel", "reactivate", "make_evidence"]
OWN = ["raise_level", "raise_evidence"]


def address(name: str, lease: Lease) -> str:
    more: dict[str, str | int] = {
        "original": lease.document.code,
        "sealed": lease.document.code,
        "seal": lease.document.code,
        "raise_level": lease.document.code,
        "submission": lease.photo.pk,
        "preview": lease.photo.pk,
        "approve": lease.card.pk,
        "reject": lease.card.pk,
        "reset": lease.card.pk,
        "resend": lease.ana.public_id,
        "link": lease.ana.public_id,
        "change_email": lease.ana.public_id,
        "decide": lease.ana.public_id,
        "capture": 1,
    }
    found = [lease.process.public_id, more[name]] if name in more else [lease.process.public_id]
    return reverse(f"console:{name}", args=found)


def ask(client: Client, name: str, lease: Lease) -> HttpResponseBase:
    form = {"submission": lease.photo.pk, "reason": "Blurred"}
    answer: HttpResponseBase
    answer = client.get(address(name, lease)) if name in READ else client.post(address(name, lease), form)
    if isinstance(answer, StreamingHttpResponse):
        list(answer)  # reading to the end is what closes the file
    return answer


def colleague(acme: Acme, role: str) -> Client:
    return signed_in(Member.objects.create_user(acme.organization, f"{role}@acme.example", role=role, language="en"))


def test_every_address_is_tested() -> None:
    pages = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]  # settings: beside
    assert {pattern.name for pattern in pages} == {*LISTS, *CONTACTS, "language", *READ, *REVIEW, *EDIT, *OWN, *HOLDS}


@pytest.mark.parametrize("name", READ + REVIEW + EDIT + OWN)
def test_who_is_not_signed_in_is_sent_to_sign_in(lease: Lease, name: str) -> None:
    answer = ask(Client(), name, lease)
    assert answer.status_code == 302
    back = address(name, lease) if name in READ else reverse("console:home")
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={back}"


@pytest.mark.parametrize("name", READ + REVIEW + EDIT + OWN)
def test_a_stranger_finds_nothing(lease: Lease, other: Acme, name: str) -> None:
    assert ask(signed_in(other.owner), name, lease).status_code == 404
    lease.card.refresh_from_db()
    assert lease.card.status == "uploaded"


@pytest.mark.parametrize("name", READ + REVIEW + EDIT + OWN)
def test_what_belongs_to_another_process_is_not_found(lease: Lease, acme: Acme, name: str) -> None:
    another = sending.start(acme, sending.person("Carla"))
    if name not in {"process", "live", "cancel", "reactivate", "evidence", "container"}:
        lease.process = another
        assert ask(signed_in(acme.owner), name, lease).status_code == 404


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        ("viewer", {*REVIEW, *EDIT, *OWN, "capture"}),
        ("reviewer", {*EDIT, *OWN}),
        ("editor", {*OWN}),
        ("owner", set()),
    ],
)
def test_each_role_may_do_its_part(lease: Lease, acme: Acme, role: str, refused: set[str]) -> None:
    client = colleague(acme, role)
    assert {name for name in READ + REVIEW + EDIT + OWN if ask(client, name, lease).status_code == 403} == refused


@pytest.mark.parametrize("name", REVIEW + EDIT + OWN)
def test_an_action_takes_post_alone_and_asks_for_the_token(lease: Lease, acme: Acme, name: str) -> None:
    assert signed_in(acme.owner).get(address(name, lease)).status_code == 405
    client = Client(enforce_csrf_checks=True)
    client.force_login(acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(address(name, lease)).status_code == 403


@pytest.mark.parametrize("name", READ)
def test_a_page_takes_no_post(lease: Lease, acme: Acme, name: str) -> None:
    assert signed_in(acme.owner).post(address(name, lease)).status_code == 405


def test_a_member_who_left_is_a_stranger(lease: Lease, acme: Acme) -> None:
    client = signed_in(acme.owner)
    Member.objects.filter(pk=acme.owner.pk).update(is_active=False)
    assert ask(client, "process", lease).status_code == 302
