"""GET and PUT /company, contract/auco.md §11: what is set, what is refused, and what nobody is told."""

import io
import ipaddress
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from rubrica.accounts.models import Organization
from rubrica.company import pictures
from rubrica.webhooks.models import Webhook
from tests import receiver
from tests.cast import Acme
from tests.contract.calls import Auco, jobs
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
HOOK = {"id": "default", "url": "https://hooks.example.com/in"}


def put(auco: Auco, body: Any, **more: Any) -> Any:
    key = more.pop("key", auco.acme.private_key)
    return auco.client.put("/v1.5/ext/company", json.dumps(body), "application/json", headers={"Authorization": key})


def accepted(auco: Auco, body: Any) -> dict[str, Any]:
    answer = put(auco, body)
    assert (answer.status_code, answer.json()) == (200, {"response": "OK"}), answer.content
    return company(auco)


def refused(auco: Auco, body: Any) -> dict[str, str]:
    before = company(auco)
    answer = put(auco, body)
    assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR"), answer.content
    assert company(auco) == before
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def company(auco: Auco) -> dict[str, Any]:
    answer = auco.get("/company")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_it_works(auco: Auco) -> None:
    assert company(auco) == {"id": "acme", "name": "Acme", "webhooks": [], "uxOptions": {}}
    hooks = [
        {**HOOK, "description": "All of it", "header": {"key": "X-Token", "value": "s3cret"}},
        {"id": "crm", "url": "http://crm.example.com:8080/x?y=1"},
    ]
    body = {
        "name": "Acme Ltd",
        "uxOptions": {"primaryColor": "#1B2a4E", "alternateColor": "#f80"},
        "webhooks": hooks,
    }
    assert accepted(auco, body) == {
        "id": "acme",
        "name": "Acme Ltd",
        "webhooks": hooks,
        "uxOptions": {"primaryColor": "#1b2a4e", "alternateColor": "#ff8800"},
        "webhook": "https://hooks.example.com/in",
        "webhookHeader": {"key": "X-Token", "value": "s3cret"},
    }


def test_an_empty_body_changes_nothing(auco: Auco) -> None:
    before = accepted(auco, {"name": "Acme", "uxOptions": {"primaryColor": "#123"}, "webhooks": [HOOK]})
    assert accepted(auco, {}) == before


def test_what_was_read_can_be_sent_back(auco: Auco) -> None:
    before = accepted(
        auco, {"uxOptions": {"primaryColor": "#123"}, "image": "https://x.example/a.png", "webhooks": [HOOK]}
    )
    fetches = len(jobs("fetch_picture"))
    assert accepted(auco, before) == before
    assert len(jobs("fetch_picture")) == fetches == 1


def test_colors_are_merged_key_by_key(auco: Auco) -> None:
    accepted(auco, {"uxOptions": {"primaryColor": "#123456"}})
    both = accepted(auco, {"uxOptions": {"alternateColor": "#abcdef"}})
    assert both["uxOptions"] == {"primaryColor": "#123456", "alternateColor": "#abcdef"}


@pytest.mark.parametrize("white", ["#fff", "#FFF", "#ffffff", "#FfFfFf"])
def test_white_is_refused(auco: Auco, white: str) -> None:
    assert refused(auco, {"uxOptions": {"primaryColor": white}}) == {"uxOptions.primaryColor": "white"}


@pytest.mark.parametrize("color", ["red", "123456", "#12", "#1234", "#12345g", "#1234567", "#123456 ", "rgb(1,2,3)"])
def test_what_is_no_color_is_refused(auco: Auco, color: str) -> None:
    assert refused(auco, {"uxOptions": {"primaryColor": color}}) == {"uxOptions.primaryColor": "color"}
    assert refused(auco, {"uxOptions": {"alternateColor": color}}) == {"uxOptions.alternateColor": "color"}


def test_the_list_replaces_the_one_before(auco: Auco) -> None:
    accepted(auco, {"webhooks": [{**HOOK, "header": {"key": "A", "value": "b"}}, {**HOOK, "id": "old"}]})
    kept = Webhook.objects.get(word="default").secret
    after = accepted(auco, {"webhooks": [{**HOOK, "url": "https://other.example/"}, {**HOOK, "id": "new"}]})
    assert after["webhooks"] == [{"id": "default", "url": "https://other.example/"}, {**HOOK, "id": "new"}]
    assert Webhook.objects.get(word="default").secret == kept
    assert Webhook.objects.get(word="old").removed_at is not None


def test_a_list_without_the_default_webhook_is_refused(auco: Auco) -> None:
    assert refused(auco, {"webhooks": [{**HOOK, "id": "crm"}]}) == {"webhooks": "default_missing"}
    assert refused(auco, {"webhooks": []}) == {"webhooks": "too_short"}


@pytest.mark.parametrize(
    ("hook", "errors"),
    [
        ({"id": "default"}, {"webhooks[0].url": "required"}),
        ({"url": HOOK["url"]}, {"webhooks[0].id": "required"}),
        ({**HOOK, "url": "not an address"}, {"webhooks[0].url": "url"}),
        ({**HOOK, "url": "ftp://example.com"}, {"webhooks[0].url": "scheme"}),
        ({**HOOK, "url": "http://169.254.169.254/latest/meta-data"}, {"webhooks[0].url": "private"}),
        ({**HOOK, "url": "http://2852039166/"}, {"webhooks[0].url": "private"}),
        ({**HOOK, "url": "http://[::ffff:127.0.0.1]/"}, {"webhooks[0].url": "private"}),
        ({**HOOK, "url": "https://a:b@example.com/"}, {"webhooks[0].url": "userinfo"}),
        ({**HOOK, "url": "https://example.com:25/"}, {"webhooks[0].url": "port"}),
        ({**HOOK, "header": {"key": "A"}}, {"webhooks[0].header.value": "required"}),
        ({**HOOK, "header": {"value": "A"}}, {"webhooks[0].header.key": "required"}),
        ({**HOOK, "header": {"key": "A b", "value": "c"}}, {"webhooks[0].header.key": "invalid"}),
        ({**HOOK, "header": {"key": "A", "value": "c\r\nX: y"}}, {"webhooks[0].header.value": "invalid"}),
        ({**HOOK, "header": {"key": "Host", "value": "c"}}, {"webhooks[0].header.key": "reserved"}),
        ({**HOOK, "header": {"key": "Webhook-Signature", "value": "c"}}, {"webhooks[0].header.key": "reserved"}),
    ],
)
def test_webhooks_that_are_refused(auco: Auco, hook: dict[str, Any], errors: dict[str, str]) -> None:
    assert refused(auco, {"webhooks": [hook]}) == errors


def test_two_webhooks_of_one_id_and_a_strange_id_are_refused(auco: Auco) -> None:
    assert refused(auco, {"webhooks": [HOOK, HOOK]}) == {"webhooks[1].id": "duplicate"}
    assert refused(auco, {"webhooks": [HOOK, {**HOOK, "id": "a b"}]}) == {"webhooks[1].id": "invalid"}


def test_a_refusal_keeps_everything_as_it_was(auco: Auco) -> None:
    errors = refused(auco, {"name": "Other name", "uxOptions": {"primaryColor": "#fff"}, "webhooks": [HOOK]})
    assert errors == {"uxOptions.primaryColor": "white"}
    assert not Webhook.objects.exists()


def test_a_name_that_another_has_is_refused(auco: Auco, stranger: Auco) -> None:
    assert refused(auco, {"name": "Other"}) == {"name": "duplicate"}
    assert refused(auco, {"name": "  "}) == {"name": "string_too_short"}


def test_the_public_key_reads_and_the_private_one_writes(auco: Auco) -> None:
    assert put(auco, {}, key=auco.acme.public_key).status_code == 401
    assert auco.get("/company", key=auco.acme.private_key).status_code == 401
    assert auco.get("/company", key="").status_code == 401


def test_an_organization_sees_its_own_alone(auco: Auco, stranger: Auco) -> None:
    accepted(auco, {"webhooks": [HOOK], "uxOptions": {"primaryColor": "#123456"}})
    assert company(stranger) == {"id": "other", "name": "Other", "webhooks": [], "uxOptions": {}}


def test_signing_secrets_are_returned_nowhere(auco: Auco) -> None:
    accepted(auco, {"webhooks": [HOOK]})
    secret = Webhook.objects.get().secret
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in auco.get("/company").content.decode()
    assert "whsec_" not in auco.get("/company").content.decode()


def test_a_new_address_ends_a_switch_off_for_failing(auco: Auco) -> None:
    accepted(auco, {"webhooks": [HOOK]})
    Webhook.objects.get().switch_off(Webhook.Off.FAILING)
    accepted(auco, {"webhooks": [HOOK]})
    assert not Webhook.objects.get().is_on
    accepted(auco, {"webhooks": [{**HOOK, "url": "https://mended.example/"}]})
    assert Webhook.objects.get().is_on


def test_what_the_owner_switched_off_stays_off(auco: Auco) -> None:
    accepted(auco, {"webhooks": [HOOK]})
    Webhook.objects.get().switch_off(Webhook.Off.MEMBER)
    accepted(auco, {"webhooks": [{**HOOK, "url": "https://mended.example/"}]})
    assert not Webhook.objects.get().is_on


class TestImage:
    @pytest.fixture(autouse=True)
    def _internet(self, settings: Any) -> None:
        settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.2")]

    @pytest.fixture
    def outside(self) -> Iterator[Receiver]:
        with receiving("127.0.0.2") as found:
            yield found

    def set_to(self, auco: Auco, url: str) -> Organization:
        accepted(auco, {"image": url})
        job = jobs("fetch_picture")[-1]
        pictures.fetch(job["organization_id"], job["source"])
        return Organization.objects.get(pk=auco.acme.organization.pk)

    def test_it_is_fetched_drawn_anew_and_served_by_us(self, auco: Auco, outside: Receiver) -> None:
        data = io.BytesIO()
        Image.new("RGB", (3000, 1000), "#bf3318").save(data, "JPEG", comment=b"secret comment")
        outside.usual = receiver.status(200, data.getvalue(), Content_Type="text/plain")
        organization = self.set_to(auco, outside.url)
        assert organization.image_problem == ""
        assert company(auco)["image"] == outside.url
        served = auco.client.get(organization.brand.image_path)
        assert (served.status_code, served.headers["Content-Type"]) == (200, "image/png")
        assert b"secret comment" not in served.content
        with Image.open(io.BytesIO(served.content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (720, 240))
        assert len(outside.calls) == 1

    def test_what_is_no_picture_is_not_shown(self, auco: Auco, outside: Receiver) -> None:
        outside.usual = receiver.status(200, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
        organization = self.set_to(auco, outside.url)
        assert (organization.image, organization.image_problem) == (None, pictures.NOT_A_PICTURE)

    def test_a_picture_that_unpacks_to_too_much_is_not_shown(self, auco: Auco, outside: Receiver) -> None:
        data = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(data, "PNG")
        outside.usual = receiver.status(200, data.getvalue())
        assert self.set_to(auco, outside.url).image_problem == pictures.NOT_A_PICTURE

    def test_a_picture_that_does_not_end_is_not_shown(self, auco: Auco, outside: Receiver) -> None:
        outside.usual = receiver.status(200, b"x" * (pictures.MAX_BYTES + 1))
        assert self.set_to(auco, outside.url).image_problem == pictures.TOO_LARGE

    def test_an_address_that_fails_keeps_the_picture_before(self, auco: Auco, outside: Receiver) -> None:
        data = io.BytesIO()
        Image.new("RGB", (30, 10)).save(data, "PNG")
        outside.script = [receiver.status(200, data.getvalue()), receiver.status(404)]
        before = self.set_to(auco, outside.url).image
        after = self.set_to(auco, f"{outside.url}?other")
        assert before is not None
        assert (after.image, after.image_problem) == (before, pictures.NOT_REACHED)

    def test_it_is_not_fetched_from_inside(self, auco: Auco) -> None:
        assert refused(auco, {"image": "http://127.0.0.1/x.png"}) == {"image": "private"}
        assert refused(auco, {"image": "file:///etc/passwd"}) == {"image": "scheme"}

    def test_nothing_takes_it_away(self, auco: Auco, outside: Receiver) -> None:
        data = io.BytesIO()
        Image.new("RGB", (30, 10)).save(data, "PNG")
        outside.usual = receiver.status(200, data.getvalue())
        self.set_to(auco, outside.url)
        assert "image" not in accepted(auco, {"image": None})

    def test_one_given_meanwhile_wins(self, auco: Auco, outside: Receiver) -> None:
        accepted(auco, {"image": outside.url})
        accepted(auco, {"image": f"{outside.url}?2"})
        pictures.fetch(auco.acme.organization.pk, outside.url)
        assert outside.calls == []


def test_acme_has_its_own_style(auco: Auco, acme: Acme) -> None:
    accepted(auco, {"uxOptions": {"primaryColor": "#f5e663"}})
    brand = Organization.objects.get(pk=acme.organization.pk).brand
    answer = auco.client.get(brand.style_path)
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "--on-primary: #000000" in answer.content.decode()
    assert auco.client.get(brand.style_path.replace(brand.mark, "0" * 20)).status_code == 404
