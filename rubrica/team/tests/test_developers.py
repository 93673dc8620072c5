"""Keys, tokens and events in the console; and the rules of who comes in by the company's own provider."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import ApiKey, BearerToken, Organization
from rubrica.console.developers import events
from tests import sending
from tests.cast import Acme, signed_in

EVENTS = "/console/developers/events"


def test_keys_work_until_they_are_revoked(acme: Acme) -> None:
    client = signed_in(acme.owner)
    made = client.post(reverse("console:make_keys"), {"name": "Shop"}).context["secrets"]
    public, private = (secret for _label, secret in made)
    assert ApiKey.organization_of(public, "puk") == ApiKey.organization_of(private, "prk") == acme.organization
    assert ApiKey.organization_of(acme.private_key, "prk") == acme.organization  # the one before goes on
    row = ApiKey.objects.filter(name="Shop", kind="prk").get()
    client.post(reverse("console:revoke_key", args=[row.pk]))
    assert ApiKey.organization_of(private, "prk") is None
    assert ApiKey.organization_of(public, "puk") == acme.organization


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 101])
def test_a_name_that_cannot_be_makes_no_keys(acme: Acme, name: str) -> None:
    assert signed_in(acme.owner).post(reverse("console:make_keys"), {"name": name}).status_code == 422
    assert acme.organization.api_keys.count() == 2


def test_a_token_acts_as_a_member_of_ours_until_its_end(acme: Acme, other: Acme) -> None:
    client, make = signed_in(acme.owner), reverse("console:make_token")
    form = {"name": "Shop", "member": acme.reviewer.pk, "days": "30"}
    [(_label, secret)] = client.post(make, form).context["secrets"]
    found = BearerToken.live(secret)
    assert found is not None and found.member == acme.reviewer and found.expires_at is not None
    for wrong in ({"member": other.owner.pk}, {"days": "31"}, {"days": "x"}):
        assert client.post(make, {**form, **wrong}).status_code == 422
    assert acme.organization.bearer_tokens.count() == 1
    client.post(reverse("console:revoke_token", args=[found.pk]))
    assert BearerToken.live(secret) is None


def test_events_are_narrowed_to_a_kind_and_a_process(acme: Acme, other: Acme) -> None:
    first, second = (sending.start(acme, sending.person(name)) for name in ("Ana", "Benito"))
    sending.start(other, sending.person("Carla"))
    client = signed_in(acme.owner)

    def found(**query: str) -> list[Any]:
        return [row.event for row in client.get(EVENTS, query).context["rows"]]

    assert [event.process for event in found(kind="process.created")] == [second, first]
    assert {event.process for event in found(package=first.public_id)} == {first}
    assert found(package=first.public_id, kind="process.finished") == []
    assert found(package="not one of ours", kind="nothing\0", before="x") == []
    assert {event.organization_id for event in found()} == {acme.organization.pk}


def test_events_go_on_page_by_page(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        sending.start(acme, sending.person(f"Ana {number}"))
    monkeypatch.setattr(events, "PAGE", 3)
    monkeypatch.setattr(events, "WINDOW", 2)
    client = signed_in(acme.owner)
    for kind in ("", "process.created", "process.finished"):
        seen: list[int] = []
        query: dict[str, Any] = {"kind": kind}
        while True:
            context = client.get(EVENTS, query).context
            seen += [row.event.pk for row in context["rows"]]
            if not context["older"]:
                break
            query["before"] = context["older"]
        wanted = acme.organization.events.filter(**({"kind": kind} if kind else {})).order_by("-id")
        assert seen == list(wanted.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        ({"oidc_domain": "@Acme.example ", "oidc_role": "editor"}, ("acme.example", "editor")),
        ({"oidc_domain": "gmail.com", "oidc_role": "editor"}, ("", "viewer")),
        ({"oidc_domain": "acme.example", "oidc_role": "owner"}, ("", "viewer")),
    ],
)
def test_an_owner_lets_in_their_own_domain(
    acme: Acme, settings: Any, form: dict[str, str], stored: tuple[str, str]
) -> None:
    settings.OIDC_ISSUER = "https://login.acme.example"
    signed_in(acme.owner).post(reverse("console:save_security"), form)
    found = Organization.objects.get(pk=acme.organization.pk)
    assert (found.oidc_domain, found.oidc_role) == stored


def test_a_domain_belongs_to_one_organization(acme: Acme, other: Acme, settings: Any) -> None:
    settings.OIDC_ISSUER = "https://login.acme.example"
    Organization.objects.filter(pk=other.organization.pk).update(oidc_domain="acme.example")
    form = {"oidc_domain": "acme.example", "oidc_role": "viewer"}
    answer = signed_in(acme.owner).post(reverse("console:save_security"), form)
    assert answer.status_code == 422
    assert not acme.organization.audit.exists()


def test_the_storage_says_what_there_is(acme: Acme, other: Acme) -> None:
    cache.clear()
    sending.keep(acme, b"x" * 2000)
    sending.keep(other, b"y" * 5000)
    context = signed_in(acme.owner).get(reverse("console:storage")).context
    assert (context["held"].files, context["held"].bytes) == (1, 2000) and context["free"] > 0 and context["kept"]


def test_a_viewer_is_offered_no_page_that_is_closed(acme: Acme) -> None:
    acme.reviewer.role = "viewer"
    acme.reviewer.save()
    page = signed_in(acme.reviewer).get(reverse("console:webhooks"))
    assert [area.key for area in page.context["areas"]] == ["webhooks", "deliveries"]
    assert Client().get(reverse("console:webhooks")).status_code == 302
