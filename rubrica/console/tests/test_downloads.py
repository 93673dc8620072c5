import io

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from rubrica.console import redraw
from rubrica.console.tests.conftest import Lease, picture, send_in
from rubrica.files.storage import storage
from rubrica.processes.models import Document, Submission
from tests import pdfs, sending
from tests.cast import Acme, signed_in

SCRIPT = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def preview(client: Client, lease: Lease, submission: Submission, size: str = "large") -> HttpResponse:
    address = reverse("console:preview", args=[lease.process.public_id, submission.pk])
    answer = client.get(address, {"size": size})
    assert isinstance(answer, HttpResponse)
    return answer


def drawn(answer: HttpResponse) -> Image.Image:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    return Image.open(io.BytesIO(answer.content))


def test_it_works(client: Client, lease: Lease) -> None:
    """A photo is drawn anew, smaller and without what the camera wrote into it."""
    image = drawn(preview(client, lease, lease.photo))
    assert image.size == (1400, 875)
    assert not image.getexif()
    assert drawn(preview(client, lease, lease.photo, "small")).width == 240
    assert drawn(preview(client, lease, lease.photo, "anything")).width == 1400


def test_a_photo_stands_upright_and_says_nothing_of_the_place(client: Client, acme: Acme, lease: Lease) -> None:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    Image.new("RGB", (400, 300), "red").save(out, "JPEG", exif=exif)
    image = drawn(preview(client, lease, send_in(acme, lease.card, "turned.jpg", out.getvalue())))
    assert image.size == (300, 400)
    assert not image.getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_other_kinds_of_images_are_drawn_too(client: Client, acme: Acme, lease: Lease, kind: str) -> None:
    sent = send_in(acme, lease.card, f"photo.{kind.lower()}", picture((80, 60), kind))
    assert drawn(preview(client, lease, sent)).size == (80, 60)


def test_transparent_paper_is_white(client: Client, acme: Acme, lease: Lease) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    image = drawn(preview(client, lease, send_in(acme, lease.card, "clear.png", out.getvalue())))
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_of_a_pdf_the_first_page_is_drawn(client: Client, acme: Acme, lease: Lease) -> None:
    image = drawn(preview(client, lease, send_in(acme, lease.payslip, "payslip.pdf", pdfs.contract())))
    assert image.width == 1400
    assert image.getextrema() != ((255, 255),) * 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", SCRIPT),
        ("drawing.svg", SVG),
        ("notes.txt", b"just words"),
        ("broken.jpg", b"\xff\xd8\xff\xe0" + b"x" * 300),
        ("broken.pdf", b"%PDF-1.7 nothing more"),
        ("locked.pdf", pdfs.encrypted()),
    ],
)
def test_what_cannot_be_drawn_has_no_picture(
    client: Client, acme: Acme, lease: Lease, name: str, content: bytes
) -> None:
    assert preview(client, lease, send_in(acme, lease.card, name, content)).status_code == 404


def test_a_bomb_is_not_drawn(client: Client, acme: Acme, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    side = int(redraw.MAX_PIXELS**0.5) + 10
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    assert preview(client, lease, send_in(acme, lease.card, "bomb.png", out.getvalue())).status_code == 404


@pytest.mark.parametrize(("name", "content"), [("página.html", SCRIPT), ("drawing.svg", SVG), ("a.jpg", picture())])
def test_a_file_is_only_ever_downloaded(client: Client, acme: Acme, lease: Lease, name: str, content: bytes) -> None:
    sent = send_in(acme, lease.card, name, content)
    answer = client.get(reverse("console:submission", args=[lease.process.public_id, sent.pk]))
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_the_document_is_downloaded_as_sent_and_as_sealed(client: Client, acme: Acme, lease: Lease) -> None:
    place = [lease.process.public_id, lease.document.code]
    original = client.get(reverse("console:original", args=place))
    assert b"".join(original.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]
    assert original.headers["Content-Disposition"].startswith('attachment; filename="Lease.pdf"')
    assert client.get(reverse("console:sealed", args=place)).status_code == 404

    sealed = sending.keep(acme, pdfs.contract(text="Sealed"))
    Document.objects.filter(pk=lease.document.pk).update(state="sealed", sealed=sealed)
    answer = client.get(reverse("console:sealed", args=place))
    assert b"".join(answer.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]


def test_bytes_that_are_lost_have_no_picture(client: Client, acme: Acme, lease: Lease) -> None:
    storage().delete(lease.photo.blob.key)
    assert preview(client, lease, lease.photo).status_code == 404
