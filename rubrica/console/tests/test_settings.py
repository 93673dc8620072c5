"""The settings area: who sees and changes what, and what of it is never shown."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter
from PIL import Image

from rubrica.accounts import colors
from rubrica.accounts.models import Member, Organization
from rubrica.api.auco import webhooks as events
from rubrica.console.settings.urls import urlpatterns
from rubrica.webhooks.models import Attempt, Delivery, Webhook
from tests import sending
from tests.cast import Acme, signed_in

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/in"


@pytest.fixture
def owner(acme: Acme) -> Client:
    return signed_in(acme.owner)


@pytest.fixture
def hook(acme: Acme) -> Webhook:
    made = Webhook(organization=acme.organization, word="default", url=URL)
    made.header = ("X-Token", "s3cret-value")
    made.make_key()
    made.save()
    return made


@pytest.fixture
def delivery(hook: Webhook) -> Delivery:
    return Delivery.objects.create(
        organization=hook.organization, webhook=hook, subject="0" * 24, kind="CREATE", body='{"status":"CREATE"}'
    )


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:400]
    return str(answer.content.decode())


def addresses() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Each address of the area with what it takes, and whether it changes something."""
    for name in ("company", "webhooks", "new_webhook", "deliveries", "preview_brand"):
        yield name, {}, False
    for name in ("webhook", "delivery"):
        yield name, {"pk": 1}, False
    for name in ("save_company", "upload_picture", "remove_picture", "add_webhook"):
        yield name, {}, True
    for name in (
        "change_webhook", "show_secret", "change_secret", "send_ping", "switch_webhook", "remove_webhook",
    ):  # fmt: skip
        yield name, {"pk": 1}, True


@pytest.mark.parametrize(("name", "arguments", "changes"), list(addresses()))
def test_only_the_owner_changes_and_only_members_see(
    acme: Acme, name: str, arguments: dict[str, Any], changes: bool
) -> None:
    path = reverse(f"console:{name}", kwargs=arguments)
    reviewer, stranger = signed_in(acme.reviewer), Client()
    if changes:
        assert reviewer.post(path).status_code == 403
        assert reviewer.get(path).status_code == 405
        assert stranger.post(path).status_code == 302
    else:
        assert reviewer.get(path).status_code in {200, 404}
        assert stranger.get(path).headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.pattern))
def test_a_viewer_changes_nothing_in_any_area(acme: Acme, pattern: URLPattern) -> None:
    viewer = Member.objects.create_user(acme.organization, "vera@acme.example", role="viewer")
    values = {name: 1 if isinstance(kind, IntConverter) else "x" for name, kind in pattern.pattern.converters.items()}
    path = reverse(f"console:{pattern.name}", kwargs=values)
    assert signed_in(viewer).post(path).status_code in ({403, 405} if pattern.name != "settings" else {302})


def test_what_belongs_to_others_is_not_found(other: Acme, hook: Webhook, delivery: Delivery) -> None:
    sara = signed_in(other.owner)
    for name, row in (("webhook", hook), ("delivery", delivery)):
        assert sara.get(reverse(f"console:{name}", args=[row.pk])).status_code == 404
    for name in ("change_webhook", "show_secret", "change_secret", "send_ping", "switch_webhook", "remove_webhook"):
        assert sara.post(reverse(f"console:{name}", args=[hook.pk])).status_code == 404
    assert sara.post(reverse("console:send_again", args=[delivery.pk])).status_code == 404
    assert "default" not in text(sara.get(reverse("console:deliveries")))


COMPANY = {"name": "Acme Ltd", "primary_color": "#F80", "alternate_color": "", "face_threshold": "75"}


def test_the_company_is_saved(owner: Client, acme: Acme) -> None:
    answer = owner.post(reverse("console:save_company"), {**COMPANY, "refuses_active_content": "on"}, follow=True)
    page = text(answer)
    assert "saved" in page and 'name="face_threshold" value="75"' in page
    found = Organization.objects.get(pk=acme.organization.pk)
    assert (found.name, found.primary_color, found.alternate_color) == ("Acme Ltd", "#ff8800", "")
    assert found.refuses_active_content and found.face_threshold == 0.75


@pytest.mark.parametrize(
    "change",
    [
        {"primary_color": "#fff"}, {"primary_color": "red"}, {"name": ""}, {"name": "Other"}, {"name": "a\u2028b"},
        {"face_threshold": "0"}, {"face_threshold": "100"}, {"face_threshold": ""}, {"face_threshold": "0.6"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_said(owner: Client, acme: Acme, other: Acme, change: dict[str, str]) -> None:
    form = {**COMPANY, **change}
    assert "field__error" in text(owner.post(reverse("console:save_company"), form), 400)
    assert Organization.objects.get(pk=acme.organization.pk).name == "Acme"


def test_a_picture_is_drawn_anew_and_shown(owner: Client, acme: Acme) -> None:
    data = io.BytesIO()
    Image.new("RGBA", (900, 100), (200, 30, 30, 128)).save(data, "PNG")
    data.seek(0)
    data.name = "logo.png"
    page = text(owner.post(reverse("console:upload_picture"), {"picture": data}, follow=True))
    path = re.search(r'src="(/brand/[^"]+\.png)"', page)
    assert path
    served = Client().get(path[1])
    with Image.open(io.BytesIO(served.content)) as picture:
        assert (picture.mode, picture.size) == ("RGBA", (720, 80))
    assert "/brand/" not in text(owner.post(reverse("console:remove_picture"), follow=True))


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\x89PNG\r\n\x1a\nbroken"]
)
def test_what_is_no_picture_is_refused(owner: Client, acme: Acme, data: bytes) -> None:
    file = io.BytesIO(data)
    file.name = "logo.png"
    assert "notice--bad" in text(owner.post(reverse("console:upload_picture"), {"picture": file}, follow=True))
    assert Organization.objects.get(pk=acme.organization.pk).image is None


def test_the_sample_gets_a_style_of_its_own(owner: Client) -> None:
    answer = owner.get(reverse("console:preview_brand"), {"primary": "#ffee00", "alternate": "}*{color:red"})
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    style = text(answer)
    assert style.startswith(".brand-preview {--primary: #")
    assert "red" not in style
    assert ":root" not in style


@pytest.mark.parametrize("red", range(0, 256, 51))
def test_every_color_can_be_read_in_light_and_dark(acme: Acme, red: int) -> None:
    """By the corners of all there are: words on buttons, edges of buttons on pages, accents on pages."""
    for green in range(0, 256, 51):
        for blue in range(0, 256, 51):
            chosen = f"#{red:02x}{green:02x}{blue:02x}"
            acme.organization.primary_color = acme.organization.alternate_color = chosen
            light, dark = acme.organization.brand.stylesheet().split("@media")
            for style, grounds in ((light, ("#ffffff", "#f3f5f7")), (dark, ("#181f2a", "#10151d"))):
                tokens = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6})", style))
                button = dict(re.findall(r"(background|color|border-color): (#[0-9a-f]{6})", style.split(":hover")[0]))
                assert button["background"] == chosen
                assert colors.contrast(button["color"], chosen) >= 4.5
                assert colors.contrast(tokens["--on-primary"], tokens["--primary"]) >= 4.5
                assert colors.contrast(tokens["--on-primary"], tokens["--primary-hover"]) >= 4.5
                for ground in grounds:
                    assert colors.contrast(tokens["--primary"], ground) >= 3
                    assert colors.contrast(button["border-color"], ground) >= 3
                    assert colors.contrast(tokens["--rubric"], ground) >= 4.5


def test_a_webhook_is_added(owner: Client, acme: Acme) -> None:
    form = {"word": "default", "url": URL, "header_key": "X-Token", "header_value": "s3cret-value"}
    page = text(owner.post(reverse("console:add_webhook"), form, follow=True))
    assert "s3cret-value" not in page
    made = Webhook.objects.get(organization=acme.organization)
    assert (made.word, made.url, made.header, made.is_on) == ("default", URL, ("X-Token", "s3cret-value"), True)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://169.254.169.254/"},
        {"url": "http://2130706433/"},
        {"url": "javascript:alert(1)"},
        {"word": "first"},
        {"word": "a b"},
        {"header_key": "Host", "header_value": "x"},
        {"header_key": "A", "header_value": ""},
        {"header_key": "", "header_value": "x"},
    ],
)
def test_a_webhook_that_cannot_be_is_refused(owner: Client, change: dict[str, str]) -> None:
    form = {"word": "default", "url": URL, **change}
    assert "field__error" in text(owner.post(reverse("console:add_webhook"), form), 400)
    assert not Webhook.objects.exists()


def test_the_value_of_a_header_is_never_shown_and_kept_when_left_empty(owner: Client, hook: Webhook) -> None:
    page = text(owner.get(reverse("console:webhook", args=[hook.pk])))
    assert "X-Token" in page
    assert "s3cret-value" not in page
    form = {"url": f"{URL}2", "description": "All", "header_key": "X-Token", "header_value": ""}
    text(owner.post(reverse("console:change_webhook", args=[hook.pk]), form, follow=True))
    hook.refresh_from_db()
    assert (hook.url, hook.header) == (f"{URL}2", ("X-Token", "s3cret-value"))
    text(owner.post(reverse("console:change_webhook", args=[hook.pk]), {"url": URL}, follow=True))
    hook.refresh_from_db()
    assert hook.header is None


def test_the_secret_is_shown_on_demand_and_can_be_changed(owner: Client, hook: Webhook) -> None:
    assert hook.secret not in text(owner.get(reverse("console:webhook", args=[hook.pk])))
    assert hook.secret in text(owner.post(reverse("console:show_secret", args=[hook.pk])))
    before = hook.secret
    page = text(owner.post(reverse("console:change_secret", args=[hook.pk])))
    hook.refresh_from_db()
    assert hook.secret in page
    assert hook.keys() == [hook.secret, before]


def test_it_is_switched_off_and_on(owner: Client, hook: Webhook) -> None:
    for to, state in (("off", False), ("on", True)):
        text(owner.post(reverse("console:switch_webhook", args=[hook.pk]), {"to": to}, follow=True))
        hook.refresh_from_db()
        assert hook.is_on is state


def test_one_that_failed_for_a_day_says_so(owner: Client, hook: Webhook) -> None:
    hook.switch_off(Webhook.Off.FAILING)
    assert "failed for a day" in text(owner.get(reverse("console:webhook", args=[hook.pk])))


def test_a_test_call_is_sent(owner: Client, hook: Webhook) -> None:
    page = text(owner.post(reverse("console:send_ping", args=[hook.pk]), follow=True))
    assert json.loads(Delivery.objects.get().body) == {"status": "PING"}
    assert "PING" in page


def test_the_default_one_goes_last(owner: Client, hook: Webhook, acme: Acme) -> None:
    second = Webhook(organization=acme.organization, word="crm", url=URL)
    second.make_key()
    second.save()
    text(owner.post(reverse("console:remove_webhook", args=[hook.pk]), follow=True))
    assert Webhook.objects.kept().count() == 2
    for one in (second, hook):
        text(owner.post(reverse("console:remove_webhook", args=[one.pk]), follow=True))
    assert not Webhook.objects.kept().exists()


def test_deliveries_are_listed_and_narrowed(owner: Client, hook: Webhook, delivery: Delivery) -> None:
    path = reverse("console:deliveries")
    assert "CREATE" in text(owner.get(path))
    assert "CREATE" in text(owner.get(path, {"state": "open", "webhook": str(hook.pk)}))
    assert "CREATE" not in text(owner.get(path, {"state": "dropped"}))
    assert "CREATE" not in text(owner.get(path, {"webhook": str(hook.pk + 1)}))
    for nonsense in ({"state": "\0"}, {"webhook": "x"}, {"before": "9" * 30}):
        assert "CREATE" in text(owner.get(path, nonsense))


def test_a_delivery_shows_each_attempt_and_can_be_sent_again(owner: Client, acme: Acme, delivery: Delivery) -> None:
    from rubrica import clock
    from rubrica.webhooks.http import Answer

    Attempt.note(delivery, clock.now(), Answer(status=500, body=b"<b>out of order</b>", milliseconds=31))
    Attempt.note(delivery, clock.now(), Answer(failure="TIMEOUT", milliseconds=10_000))
    delivery.settle(Delivery.State.DROPPED)
    page = text(owner.get(reverse("console:delivery", args=[delivery.pk])))
    assert "HTTP 500" in page
    assert "&lt;b&gt;out of order&lt;/b&gt;" in page
    assert "No answer within 10 seconds" in page
    assert signed_in(acme.reviewer).post(reverse("console:send_again", args=[delivery.pk])).status_code == 403
    text(owner.post(reverse("console:send_again", args=[delivery.pk]), follow=True))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("open", 0)


def test_the_page_of_a_process_shows_what_its_webhooks_were_told(owner: Client, acme: Acme, hook: Webhook) -> None:
    process = sending.start(acme, sending.person("Ana Pérez", "ID card"))
    live = reverse("console:live", args=[process.public_id])
    page = text(owner.get(reverse("console:process", args=[process.public_id])))
    assert 'id="webhooks-heading"' in page
    version = re.search(r'data-version="(\w+)"', page)
    assert version
    assert owner.get(live, {"version": version[1]}).status_code == 204
    Delivery.objects.update(tries=1)
    assert owner.get(live, {"version": version[1]}).status_code == 200
    assert events.MAKERS  # the translator listens


def test_members_read_in_their_language(acme: Acme, hook: Webhook, delivery: Delivery) -> None:
    Member.objects.update(language="es")
    page = text(signed_in(acme.owner).get(reverse("console:deliveries")))
    assert "Entregas" in page
