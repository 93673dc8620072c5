"""Files that come by their address: over the one guarded way out, or our own without any call."""

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from rubrica.files.models import Blob
from tests import receiver
from tests.cast import Acme
from tests.contract.aero import Aero, ok, says
from tests.contract.attaching import FIELDS, Field, content_of, stored
from tests.receiver import Receiver, receiving
from tests.sending import keep

OPEN = "127.0.0.2"  # stands for the internet here: the setting names it, and not 127.0.0.1


@pytest.fixture(autouse=True)
def _internet(settings: Any) -> None:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network(OPEN)]
    settings.FETCH_HTTP = True


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiving(OPEN) as found:
        yield found


@pytest.fixture
def inside() -> Iterator[Receiver]:
    """A canary: whatever reaches it has broken in."""
    with receiving("127.0.0.1") as found:
        yield found


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define(fields=FIELDS)
    return client


@pytest.fixture
def field(aero: Aero) -> Field:
    return Field(aero, aero.new()["_id"])


def refused(
    field: Field, body: Any, status: int = 400, code: str = "validation_error", said: str | None = None
) -> None:
    before = stored()
    says(field.send_json(body), status, code, said)
    assert stored() == before


def test_it_works(aero: Aero, field: Field, outside: Receiver) -> None:
    outside.usual = receiver.status(200, b"from outside" * 100_000)
    body = {"url": f"http://{OPEN}:{outside.port}/folder/a%C3%B1o.txt?x=1"}
    (made,) = ok(field.send_json(body))["attachments"]
    assert (made["_fileName"], made["_size"]) == ("año.txt", 1_200_000)
    assert content_of(aero, made["downloadURL"]) == b"from outside" * 100_000
    assert outside.calls[0].path == "/folder/a%C3%B1o.txt?x=1"
    ok(field.send_json({"url": body["url"], "fileName": "other.txt"}))
    assert field.names() == ["año.txt", "other.txt"]


def test_only_https_unless_a_setting_says_so(field: Field, outside: Receiver, settings: Any) -> None:
    settings.FETCH_HTTP = False
    refused(field, {"url": f"http://{OPEN}:{outside.port}/a.txt"}, said="The address must begin with https://.")
    assert outside.calls == []


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/a.txt", "http://[::1]/a", "http://169.254.169.254/latest", "http://0x7f000001/a",
            "ftp://127.0.0.2/a", "file:///etc/passwd", "https://u:p@127.0.0.2/a", "http://", "nothing", ""],
)  # fmt: skip
def test_addresses_inside_are_not_called(field: Field, inside: Receiver, url: str) -> None:
    refused(field, {"url": url, "fileName": "a.txt"})
    refused(field, {"url": f"http://127.0.0.1:{inside.port}/a.txt"})
    assert inside.calls == []


def test_a_redirect_is_followed_and_checked_again(field: Field, outside: Receiver, inside: Receiver) -> None:
    def answer(handler: Any) -> None:
        where = {
            "/away.txt": "/there.txt",
            "/in.txt": f"http://127.0.0.1:{inside.port}/a.txt",
            "/loop.txt": "/loop.txt",
        }
        location = where.get(handler.path)
        (receiver.status(302, Location=location) if location else receiver.status(200, b"there"))(handler)

    outside.usual = answer
    base = f"http://{OPEN}:{outside.port}"
    assert ok(field.send_json({"url": f"{base}/away.txt"}))["attachments"][0]["_size"] == 5
    assert field.names() == ["away.txt"]
    refused(field, {"url": f"{base}/in.txt"})
    assert inside.calls == []
    refused(field, {"url": f"{base}/loop.txt"}, said="The address redirects more than 3 times.")


@pytest.mark.parametrize("status", [404, 500, 204])
def test_what_the_server_does_not_give_is_not_stored(field: Field, outside: Receiver, status: int) -> None:
    outside.usual = receiver.status(status, b"" if status == 204 else b"an error page")
    refused(field, {"url": f"http://{OPEN}:{outside.port}/a.txt"})


def test_what_is_too_large_is_not_stored(field: Field, outside: Receiver, settings: Any) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1000
    outside.usual = receiver.status(200, b"x" * 1000)
    ok(field.send_json({"url": f"http://{OPEN}:{outside.port}/a.txt"}))
    outside.usual = receiver.status(200, b"x" * 1001)
    refused(field, {"url": f"http://{OPEN}:{outside.port}/a.txt"}, 413, "payload_too_large")


def test_a_server_that_is_not_there(field: Field) -> None:
    refused(field, {"url": f"http://{OPEN}:9/a.txt"})


def test_a_download_address_of_ours_is_the_file_itself(aero: Aero, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    before = {**stored(), "Attachment": 0, "RecordEvent": 0}
    other = Field(aero, aero.new()["_id"])
    ok(other.send_json([{"url": made["downloadURL"]}, {"url": made["downloadURL"], "fileName": "b.txt"}]))
    assert other.names() == ["a.txt", "b.txt"]
    assert {**stored(), "Attachment": 0, "RecordEvent": 0} == before
    ok(field.delete(made["_id"]))
    assert content_of(aero, other.listed()[0]["downloadURL"]) == b"a"
    refused(other, {"url": made["downloadURL"]}, said="This address of ours has expired, or the file is deleted.")


def test_an_address_of_ours_works_for_another_organization(field: Field, other: Acme) -> None:
    """Whoever has the address may read the file, so may keep it; under a key of their own."""
    (made,) = field.save({"a.txt": b"a"})
    stranger = Aero(other.owner)
    stranger.define(fields=FIELDS)
    there = Field(stranger, stranger.new()["_id"])
    ok(there.send_json({"url": made["downloadURL"]}))
    assert content_of(stranger, there.listed()[0]["downloadURL"]) == b"a"
    assert Blob.objects.filter(organization=other.organization).count() == 1


def test_the_other_halfs_addresses_work_but_not_those_of_faces(acme: Acme, field: Field) -> None:
    from rubrica.files.links import download_url

    blob = keep(acme, b"%PDF-1.7 sealed")
    ok(field.send_json({"url": download_url(blob.pk, "sealed.pdf")}))
    assert field.names() == ["sealed.pdf"]
    Blob.objects.filter(pk=blob.pk).update(biometric=True)
    refused(field, {"url": download_url(blob.pk, "face.jpg")})


@pytest.mark.parametrize("url", ["https://[", "https://ex\u2100mple/x", "http://127.0.0.1:8000/files/a:b:\ud800"])
def test_an_address_that_cannot_be_read_is_refused(field: Field, url: str) -> None:
    says(field.send_json({"url": url}), 400, "validation_error")
    assert field.names() == []


def test_a_redirect_to_what_is_no_address_is_refused(field: Field, outside: Receiver) -> None:
    outside.usual = receiver.status(302, Location="https://[")
    says(field.send_json({"url": f"{outside.url}/a.txt"}), 400, "validation_error")
