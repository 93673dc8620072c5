"""How files come in a call: a form, JSON with base64, or the raw body."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import RequestFactory

from rubrica.accounts.models import Organization
from rubrica.api.aero.bodies import Allowance, files_of
from rubrica.files import storage
from rubrica.files.intake import IntakeRefused
from rubrica.records.errors import Unsupported, Wrong

BOUNDARY = "----a-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100

Files = list[tuple[str, bytes]]


@contextmanager
def sent(
    body: bytes, kind: str, allowance: Allowance | None = None, headers: dict[str, str] | None = None
) -> Iterator[Files]:
    """The names and bytes of what came in."""
    request = RequestFactory().generic("POST", "/", body, kind, headers=headers)
    with files_of(request, Organization(pk=1), allowance or Allowance(3, 10_000_000)) as files:
        yield [(file.name, file.content.path.read_bytes()) for file in files]  # type: ignore[union-attr]


def received(
    body: bytes, kind: str, allowance: Allowance | None = None, headers: dict[str, str] | None = None
) -> Files:
    with sent(body, kind, allowance, headers) as files:
        assert list(storage.incoming().iterdir())
    assert list(storage.incoming().iterdir()) == []
    return files


def refused(body: bytes, kind: str, allowance: Allowance | None = None, headers: dict[str, str] | None = None) -> Any:
    with pytest.raises((Wrong, Unsupported, IntakeRefused)) as raised, sent(body, kind, allowance, headers):
        pass
    assert list(storage.incoming().iterdir()) == []
    return raised.value


def form(*parts: tuple[str, bytes]) -> bytes:
    """Parts by their Content-Disposition."""
    lines = [f"--{BOUNDARY}\r\nContent-Disposition: {head}\r\n\r\n".encode() + content for head, content in parts]
    return b"\r\n".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


def part(name: str, content: bytes, field: str = "file") -> tuple[str, bytes]:
    return f'form-data; name="{field}"; filename="{name}"', content


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def content(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_it_works() -> None:
    assert received(form(part("a.png", PNG)), FORM) == [("a.png", PNG)]


@pytest.mark.parametrize("field", ["file", "files[]", "", "whatever ñ"])
def test_a_part_may_have_any_name(field: str) -> None:
    assert received(form(part("a.png", PNG, field)), FORM) == [("a.png", PNG)]


def test_a_part_without_a_name_is_a_file_too() -> None:
    assert received(form(('form-data; filename="a.png"', PNG)), FORM) == [("a.png", PNG)]


def test_parts_keep_their_order_and_fields_of_text_are_left_out() -> None:
    text = ('form-data; name="comment"', b"hello")
    empty = ('form-data; name="file"; filename=""', b"")
    files = [part("b.txt", b"two"), text, part("a.txt", b"one"), empty]
    assert received(form(*files), FORM) == [("b.txt", b"two"), ("a.txt", b"one")]


def test_a_file_that_looks_like_a_boundary_comes_whole() -> None:
    data = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n".encode() * 1000 + os.urandom(3_000_000)
    assert received(form(part("a.bin", data), part("b.bin", data[::-1])), FORM) == [
        ("a.bin", data),
        ("b.bin", data[::-1]),
    ]


@pytest.mark.parametrize("kept", [-4, -30, 300])
def test_a_form_that_was_cut_brings_nothing(kept: int) -> None:
    assert refused(form(part("a.bin", b"x" * 1000))[:kept], FORM).status == 400


@pytest.mark.parametrize("body", [b"nothing of a form", form(("attachment", b"x")), form(("", b"x"))])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    error = refused(body, FORM)
    assert (error.status, str(error)) == (400, '"value" must be a whole multipart/form-data body')


def test_a_form_without_a_boundary_is_refused() -> None:
    assert refused(form(part("a.png", PNG)), "multipart/form-data").status == 400


def test_a_form_without_a_file_is_refused() -> None:
    assert refused(form(('form-data; name="comment"', b"hello")), FORM).code == "FILE_MISSING"


def test_a_fourth_file_is_refused() -> None:
    error = refused(form(*(part(f"{n}.txt", b"x") for n in range(4))), FORM)
    assert (error.status, error.detail) == (400, "One call may bring 3 files at the most.")
    four = as_json([{"fileName": f"{n}.txt", "content": content(b"x")} for n in range(4)])
    assert refused(four, "application/json").code == "TOO_MANY_FILES"


def test_a_thousand_fields_of_text_are_refused() -> None:
    assert refused(form(*(('form-data; name="x"', b"") for _ in range(1000))), FORM).status == 400


def test_a_header_without_end_is_refused() -> None:
    assert refused(form((f'form-data; filename="{"x" * 100_000}"', b"")), FORM).status == 400


def test_one_byte_too_many_is_refused_however_it_comes() -> None:
    allowance, data = Allowance(3, 1000), b"x" * 1001
    assert received(form(part("a.txt", data[:1000])), FORM, allowance) == [("a.txt", data[:1000])]
    named = {"Content-Disposition": 'attachment; filename="a.txt"'}
    for body, kind, headers in (
        (form(part("b.txt", b"x"), part("a.txt", data)), FORM, {}),
        (as_json({"fileName": "a.txt", "content": content(data)}), "application/json", {}),
        (data, "text/plain", named),
    ):
        assert refused(body, kind, allowance, headers).status == 413


@pytest.mark.parametrize(
    ("sent_name", "name"),
    [
        ("C:\\fakepath\\a.png", "a.png"),
        ("../../etc/passwd", "passwd"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("informe año.pdf", "informe año.pdf"),
        ("no ending", "no ending"),
    ],
)
def test_names_are_base_names_in_one_form(sent_name: str, name: str) -> None:
    body = as_json({"fileName": sent_name, "content": content(b"x")})
    assert received(body, "application/json") == [(name, b"x")]
    if "\\" not in sent_name:  # browsers write these as they are, and some programs escape them
        assert received(form(part(sent_name, b"x")), FORM) == [(name, b"x")]


@pytest.mark.parametrize("name", ["..", "/", "a" * 256, "ñ" * 128, "\u202e"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    body = as_json({"fileName": name, "content": content(b"x")})
    assert refused(body, "application/json").code == "FILE_NAME_INVALID"


@pytest.mark.parametrize("size", [1, 2, 3, 100, 50_000, 3_000_001])
@pytest.mark.parametrize(
    "prefix", ["", "data:image/png;base64,", "data:;base64,", "DATA:text/plain;charset=utf-8;base64,"]
)
def test_base64_of_any_length_comes_as_it_was(size: int, prefix: str) -> None:
    data = hashlib.shake_128(b"x").digest(size)
    body = as_json({"fileName": "a.bin", "content": prefix + content(data)})
    assert received(body, "application/json") == [("a.bin", data)]


@pytest.mark.parametrize("size", [100, 200_000, 3_000_001])
def test_base64_may_be_escaped_or_broken_into_lines(size: int) -> None:
    """PHP escapes slashes, .NET plus signs, and mail programs break lines."""
    data = hashlib.shake_128(b"y").digest(size)
    for text in (
        ("data:image/png;base64," + content(data)).replace("/", "\\/"),
        content(data).replace("+", "\\u002B"),
        base64.encodebytes(data).decode().replace("\n", "\\r\\n"),
    ):
        body = f'[ {{"content" : "{text}", "fileName":"\\u0061.bin"}} ]'.encode()
        assert received(body, "application/json") == [("a.bin", data)]


@pytest.mark.parametrize(
    "text",
    ["AAA", "AAAA=", "QQ==QQ==", "not base64!", "ñ", "data:image/png,AAAA", "data:" + "x" * 2000 + ";base64,AAAA",
     "====", "A" * 200_001, "A" * 2_000_000 + "=" + "A" * 200_000, "A" * 100_000 + "\\" * 50_001],
)  # fmt: skip
def test_base64_that_is_not_is_refused(text: str) -> None:
    error = refused(as_json([{"fileName": "a.bin", "content": text}]), "application/json")
    assert str(error) == '"[0].content" must be a valid base64 string or data URL'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "The call brings no file."),
        ({"files": []}, "The call brings no file."),
        ({"files": 1}, '"files" must be an array'),
        (7, '"value" must be of type object'),
        ([7], '"[0]" must be of type object'),
        ({}, '"value" must contain exactly one of [content, url]'),
        ({"content": "", "url": "https://x"}, '"value" must contain exactly one of [content, url]'),
        ({"content": "QQ=="}, '"fileName" is required'),
        ({"content": 7, "fileName": "a"}, '"content" must be a string'),
        ({"content": "QQ==", "fileName": 7}, '"fileName" must be a string'),
        ({"files": [{"content": "QQ==", "fileName": "a", "x": 1}]}, '"files[0].x" is not allowed'),
        ({"fileName": "a", "content": ""}, "The file is empty."),
        ({"url": "x" * 3000}, '"url" length must be less than or equal to 2000 characters long'),
        ({"url": "x" * 100_000}, '"url" must be a string'),
    ],
)
def test_json_of_another_form_is_refused(value: Any, said: str) -> None:
    assert str(refused(as_json(value), "application/json")) == said


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"content": "',
        b'"' + b"\\" * 200_000,
        b"[" * 100_000,
        b"[NaN",
        b'{"content":"' + b"A" * 100_000,
        b"\xff",
    ],
)
def test_broken_json_is_refused(body: bytes) -> None:
    assert str(refused(body, "application/json")) == '"value" must be valid JSON'


def test_json_of_many_short_texts_is_refused_early() -> None:
    body = as_json([{"fileName": "a", "content": "QQ=="}] + ["x"] * 400_000)
    assert "bytes beside its files" in str(refused(body, "application/json", Allowance(3, 100_000_000)))


def test_the_bodies_own_text_cannot_stand_for_another() -> None:
    """What marks the place of a long text is made anew for each call."""
    first, second = b"a" * 100_000, b"b" * 100_000
    files = [{"fileName": n, "content": content(data)} for n, data in (("0", first), ("1", second))]
    assert received(as_json({"files": files}), "application/json") == [("0", first), ("1", second)]


def test_a_raw_body_is_named_by_its_disposition() -> None:
    named = {"Content-Disposition": "attachment; filename*=UTF-8''informe%20a%C3%B1o.png"}
    assert received(PNG, "image/png", headers=named) == [("informe año.png", PNG)]


def test_a_raw_body_without_a_name_is_refused() -> None:
    assert refused(PNG, "image/png").status == 415
    named = {"Content-Disposition": "attachment; filename=a.png"}
    assert refused(b"a=b", "application/x-www-form-urlencoded", headers=named).status == 415


@pytest.mark.parametrize("kind", [FORM, "application/json", "image/png"])
def test_an_empty_body_brings_no_file(kind: str) -> None:
    assert refused(b"", kind).code == "FILE_MISSING"


@pytest.mark.parametrize("odd", ['\\"' * 100_000, "\\\\" * 100_000, '\\\\\\"' * 70_000])
def test_escapes_without_end_are_read_to_the_end(odd: str) -> None:
    """Each byte is looked at once, however many quotation marks a text escapes."""
    body = f'{{"fileName": "a.txt", "content": "{odd}"}}'.encode()
    assert "base64" in str(refused(body, "application/json").said())
    assert "valid JSON" in str(refused(body[:-2], "application/json").said())
