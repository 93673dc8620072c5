"""What POST /attachments refuses: 400 names the field and nothing is stored (contract/auco.md §3.1, §7, own.md §3)."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from rubrica import clock
from rubrica.accounts.models import Organization
from tests import pdfs
from tests.cast import Acme
from tests.contract import seeds
from tests.contract.calls import Auco, stored

REQUIRED = ["email", "packageName", "message", "subject", "signProfile"]
REQUIRED_OF_A_SIGNER = ["name", "email", "phone", "files"]
NOT_TEXT: list[Any] = [None, 1, 1.5, True, [], {}, ["a"]]


def changed(path: str, value: Any, start: Callable[[], dict[str, Any]] = seeds.with_base64) -> dict[str, Any]:
    """The example with one field set; ``path`` is written as the answer writes it."""
    body = start()
    *steps, last = [
        int(step) if step.isdigit() else step for step in path.replace("]", "").replace("[", ".").split(".")
    ]
    target: Any = body
    for step in steps:
        target = target[step]
    target[last] = value
    return body


@pytest.mark.parametrize("field", REQUIRED)
def test_what_is_required(auco: Auco, field: str) -> None:
    body = seeds.with_base64()
    del body[field]
    assert auco.refused(body) == {field: "required"}


@pytest.mark.parametrize("field", REQUIRED_OF_A_SIGNER)
def test_what_is_required_of_a_signer(auco: Auco, field: str) -> None:
    body = seeds.with_base64()
    del body["signProfile"][0][field]
    assert auco.refused(body) == {f"signProfile[0].{field}": "required"}


def test_what_is_required_of_files_and_positions(auco: Auco) -> None:
    assert auco.refused(changed("signProfile[0].files[1]", {})) == {"signProfile[0].files[1].name": "required"}
    missing = auco.refused(changed("signProfile[0].position[0]", {}))
    assert missing == {f"signProfile[0].position[0].{field}": "required" for field in ("page", "x", "y", "w", "h")}


def test_a_document_needs_a_name(auco: Auco) -> None:
    for body in (seeds.with_base64(), seeds.with_compress()):
        del body["name"]
        assert auco.refused(body) == {"name": "required"}


TEXTS = ["email", "packageName", "name", "message", "subject", "file", "signProfile[0].name", "signProfile[0].email",
         "signProfile[0].phone", "signProfile[0].role", "signProfile[0].type", "signProfile[0].files[0].name",
         "document", "folder"]  # fmt: skip
MAY_BE_NULL = {"name", "file", "document", "folder", "signProfile[0].type"}


@pytest.mark.parametrize("field", TEXTS)
def test_texts_are_texts(auco: Auco, field: str) -> None:
    wrong = [value for value in NOT_TEXT if not (value is None and field in MAY_BE_NULL)]
    for value in wrong:
        if field.endswith("type") and value == ["a"]:
            continue  # a list of one is taken for the one (§13 no. 7)
        assert list(auco.refused(changed(field, value))) == [field], value


@pytest.mark.parametrize("field", ["email", "packageName", "name", "message", "subject", "signProfile[0].name",
                                   "signProfile[0].email", "signProfile[0].phone", "signProfile[0].files[0].name",
                                   "signProfile[0].type"])  # fmt: skip
@pytest.mark.parametrize("value", ["", "   ", "a\0b", "x" * 20_001, "\u00a0\u2003"])
def test_texts_are_neither_empty_nor_endless_nor_unstorable(auco: Auco, field: str, value: str) -> None:
    assert list(auco.refused(changed(field, value))) == [field]


@pytest.mark.parametrize("field", ["packageName", "name", "message", "subject", "email", "signProfile[0].name",
                                   "signProfile[0].files[0].name", "signProfile[0].type"])  # fmt: skip
def test_half_a_surrogate_pair_is_no_text(auco: Auco, field: str) -> None:
    assert list(auco.refused(changed(field, "a\ud800b"))) == [field]


@pytest.mark.parametrize("field", ["packageName", "name", "subject", "signProfile[0].name"])
@pytest.mark.parametrize("value", ["a\nBcc: b", "a\rb", "a\x1bb", "a\u2028b", "a\x85b"])
def test_names_are_one_line(auco: Auco, field: str, value: str) -> None:
    assert auco.refused(changed(field, value)) == {field: "invalid"}


def test_a_message_may_have_lines(auco: Auco) -> None:
    assert auco.create(changed("message", "Hola,\n\n\tgracias.")).message == "Hola,\n\n\tgracias."


@pytest.mark.parametrize("field", ["email", "signProfile[0].email"])
@pytest.mark.parametrize("value", ["example @auco.ai", "example", "@auco.ai", "a@b", "a@auco.ai,b@auco.ai",
                                   "a@auco.ai\nBcc: b@auco.ai", f"{'a' * 250}@auco.ai", "<a@auco.ai>"])  # fmt: skip
def test_addresses_are_addresses(auco: Auco, field: str, value: str) -> None:
    assert list(auco.refused(changed(field, value))) == [field]


@pytest.mark.parametrize(
    "value", ["573000000000", "+0573000000000", "+57300000000x", "+1", "+" + "1" * 16, "+١٢٣٤٥٦٧٨"]
)
def test_phones_are_international(auco: Auco, value: str) -> None:
    assert list(auco.refused(changed("signProfile[0].phone", value))) == ["signProfile[0].phone"]


BOOLEANS = ["compress", "camera", "otpCode", "notification", "options.whatsapp", "options.both", "options.video",
            "options.flow", "options.identificationCardBack", "signProfile[0].label", "signProfile[0].camera",
            "signProfile[0].otpCode", "signProfile[0].both", "signProfile[0].files[0].optional"]  # fmt: skip


@pytest.mark.parametrize("field", BOOLEANS)
def test_booleans_are_booleans(auco: Auco, field: str) -> None:
    wrong: list[Any] = ["true", 1, [], {}, "si"]
    for value in wrong:
        body = seeds.with_base64() | {"options": {}}
        assert list(auco.refused(changed(field, value, lambda body=body: body))) == [field], value  # type: ignore[misc]


@pytest.mark.parametrize("value", [0, -3, 1, 4, 3.5, 24 * 365 + 3, 10**400, "3", True, [], float("nan"), float("inf")])
def test_reminders_come_every_three_hours(auco: Auco, value: Any) -> None:
    assert list(auco.refused(changed("remember", value))) == ["remember"]


def test_a_whole_number_may_be_written_as_a_fraction(auco: Auco) -> None:
    assert auco.create(changed("remember", 12.0)).remind_every_hours == 12


@pytest.mark.parametrize(
    "value", ["", "soon", "31/12/2090", 4_000_000_000, 1e300, True, [], {}, "2090-13-01T00:00:00Z"]
)
def test_dates_are_json_dates(auco: Auco, value: Any) -> None:
    assert auco.refused(changed("expiredDate", value)) == {"expiredDate": "invalid"}


def test_expiry_is_at_least_three_days_away(auco: Auco) -> None:
    for away in (timedelta(days=3, seconds=-5), timedelta(0), timedelta(days=-400)):
        body = changed("expiredDate", (clock.now() + away).isoformat())
        assert auco.refused(body, "EXPIRED_DATE_INVALID") == {"expiredDate": "EXPIRED_DATE_INVALID"}
    auco.create(changed("expiredDate", (clock.now() + timedelta(days=3, seconds=30)).isoformat()))


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59.999-12:00", "2400-01-01T00:00:00Z"])
def test_expiry_is_within_a_lifetime(auco: Auco, value: str) -> None:
    assert auco.refused(changed("expiredDate", value)) == {"expiredDate": "too_late"}


def test_the_first_day_of_the_calendar_is_too_early(auco: Auco) -> None:
    auco.refused(changed("expiredDate", "0001-01-01T00:00:00+14:00"), "EXPIRED_DATE_INVALID")


@pytest.mark.parametrize("field", ["options", "signProfile[0].options"])
def test_options_need_their_check_at_the_same_level(auco: Auco, field: str) -> None:
    assert auco.refused(changed(field, {"camera": "photo"})) == {f"{field}.camera": "needs_camera"}
    assert auco.refused(changed(field, {"otpCode": "email"})) == {f"{field}.otpCode": "needs_otpCode"}


def test_a_check_of_the_whole_process_does_not_serve_a_signer(auco: Auco) -> None:
    body = changed("signProfile[0].options", {"camera": "photo"}) | {"camera": True}
    assert auco.refused(body) == {"signProfile[0].options.camera": "needs_camera"}


@pytest.mark.parametrize(
    "value", [{"camera": "selfie"}, {"otpCode": "pigeon"}, {"camera": True}, {"camera": ["photo"]}]
)
def test_options_know_their_words(auco: Auco, value: dict[str, Any]) -> None:
    body = seeds.with_base64() | {"camera": True, "otpCode": True, "options": value}
    assert list(auco.refused(body)) == [f"options.{name}" for name in value]


@pytest.mark.parametrize("value", [[], "photo", 1, True])
def test_options_are_an_object(auco: Auco, value: Any) -> None:
    assert list(auco.refused(changed("options", value))) == ["options"]


@pytest.mark.parametrize("value", [True, False, None, "no"])
def test_notification_is_not_for_one_signer(auco: Auco, value: Any) -> None:
    fields = auco.refused(changed("signProfile[0].notification", value), "SIGNER_NOTIFICATION_NOT_SUPPORTED")
    assert fields == {"signProfile[0].notification": "SIGNER_NOTIFICATION_NOT_SUPPORTED"}


def test_only_one_way_to_bring_a_document(auco: Auco) -> None:
    assert auco.refused(seeds.with_base64() | {"compress": True}) == {"compress": "exclusive"}
    both = auco.refused(seeds.with_base64() | {"document": "5f" * 12})
    assert both == {"document": "unknown"}
    three = auco.refused(seeds.with_base64() | {"document": "5f" * 12, "compress": True})
    assert three == {"compress": "exclusive", "document": "unknown"}


def test_templates_and_folders_must_exist(auco: Auco) -> None:
    body = seeds.without_document() | {"name": "Contrato", "document": "5f" * 12, "folder": "/Contratos"}
    assert auco.refused(body) == {"document": "unknown", "folder": "unknown"}


@pytest.mark.parametrize(
    ("more", "field"),
    [({"type": "a"}, "position"), ({"label": True}, "position"), ({"type": "a", "label": True}, "label")],
)
def test_only_one_way_to_place_a_signature(auco: Auco, more: dict[str, Any], field: str) -> None:
    body = seeds.with_base64()
    body["signProfile"][0] |= more
    assert auco.refused(body)[f"signProfile[0].{field}"] == "exclusive"


def test_labels_need_the_pdf_in_the_request(auco: Auco) -> None:
    body = seeds.with_compress()
    del body["signProfile"][1]["type"]
    body["signProfile"][1]["label"] = True
    assert auco.refused(body) == {"signProfile[1].label": "needs_file"}


@pytest.mark.parametrize("value", ["signer", "READER", "", "APROBADOR"])
def test_roles_are_two(auco: Auco, value: str) -> None:
    assert list(auco.refused(changed("signProfile[0].role", value))) == ["signProfile[0].role"]


@pytest.mark.parametrize("value", ["first", "-1", "1.5", -1, 1.5, 10_001, "١", "²", True, [], 10**30])
def test_orders_are_whole_numbers(auco: Auco, value: Any) -> None:
    assert list(auco.refused(changed("signProfile[0].order", value))) == ["signProfile[0].order"]


def test_addresses_are_not_shared(auco: Auco) -> None:
    body = seeds.with_compress()
    body["signProfile"][1]["email"] = " EXAMPLE@auco.ai "
    assert auco.refused(body) == {"signProfile[1].email": "duplicate"}


def test_files_of_one_participant_have_different_names(auco: Auco) -> None:
    assert auco.refused(changed("signProfile[0].files[2].name", " hoja de vida ")) == {
        "signProfile[0].files[2].name": "duplicate"
    }


@pytest.mark.parametrize("value", [[], None, "x", {}, 3, [[]], ["x"], [None]])
def test_participants_are_a_list_of_objects(auco: Auco, value: Any) -> None:
    fields = auco.refused(changed("signProfile", value))
    assert all(field.startswith("signProfile") for field in fields)


@pytest.mark.parametrize("value", [None, "x", {}, [3], [None]])
def test_files_are_a_list_of_objects(auco: Auco, value: Any) -> None:
    assert all(
        field.startswith("signProfile[0].files") for field in auco.refused(changed("signProfile[0].files", value))
    )


def test_a_signer_without_a_document_is_asked_for_something(auco: Auco) -> None:
    body = changed("signProfile[0].files", [], seeds.without_document)
    assert auco.refused(body) == {"signProfile[0].files": "too_short"}


def test_too_many(auco: Auco) -> None:
    profile = seeds.without_document()["signProfile"][0]
    people = [profile | {"email": f"p{n}@example.com"} for n in range(10_000)]
    assert auco.refused(changed("signProfile", people)) == {"signProfile": "too_long"}
    many = [{"name": f"file {n}"} for n in range(101)]
    assert auco.refused(changed("signProfile[0].files", many)) == {"signProfile[0].files": "too_long"}


@pytest.mark.parametrize("name", ["page", "x", "y", "w", "h"])
@pytest.mark.parametrize("value", ["a", None, [], -1, 0, float("nan"), float("inf"), 10**30])
def test_positions_are_numbers_in_their_range(auco: Auco, name: str, value: Any) -> None:
    field = f"signProfile[0].position[0].{name}"
    assert list(auco.refused(changed(field, value))) in ([field], ["signProfile[0].position[0]"])


@pytest.mark.parametrize("page", [0, -1, 5001, 2**31, 2**63])
def test_impossible_pages_are_refused_before_the_pdf_comes(auco: Auco, page: int) -> None:
    body = seeds.with_compress()
    del body["signProfile"][0]["type"]
    body["signProfile"][0]["position"] = [{"page": page, "x": 0.5, "y": 0.5, "w": 100, "h": 50}]
    assert list(auco.refused(body)) == ["signProfile[0].position[0].page"]


def test_boxes_lie_on_a_page_that_is_there(auco: Auco) -> None:
    assert auco.refused(changed("signProfile[0].position[0].page", 3)) == {
        "signProfile[0].position[0].page": "out_of_range"
    }


@pytest.mark.parametrize(
    ("x", "y", "w", "h"), [(0.1, 0.8, 100, 50), (0.9, 0.01, 100, 50), (1, 1, 613, 50), (1, 1, 50, 793)]
)
def test_boxes_lie_wholly_on_their_page(auco: Auco, x: float, y: float, w: float, h: float) -> None:
    box = {"page": 1, "x": x, "y": y, "w": w, "h": h}
    assert auco.refused(changed("signProfile[0].position[0]", box)) == {"signProfile[0].position[0]": "off_page"}


def test_a_box_may_fill_its_page(auco: Auco) -> None:
    auco.create(changed("signProfile[0].position[0]", {"page": 2, "x": 1, "y": 1, "w": 612, "h": 792}))


@pytest.mark.parametrize(
    "value", ["Base64", "%%%%", "JVBERi0", "ñandú", "JVBERi0_LQ==", "data:application/pdf;base64,"]
)
def test_base64_that_is_not(auco: Auco, value: str) -> None:
    assert auco.refused(changed("file", value), "FILE_NOT_BASE64") == {"file": "FILE_NOT_BASE64"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"not a PDF at all", "PDF_INVALID"),
        (b"%PDF-1.7\n", "PDF_INVALID"),
        (pdfs.contract()[:400], "PDF_INVALID"),
        (b"<html>%PDF-1.7</html>" * 9, "PDF_INVALID"),
        (pdfs.without_pages(), "PDF_EMPTY"),
        (pdfs.encrypted(), "PDF_ENCRYPTED"),
    ],
)
def test_pdfs_that_cannot_be_signed(auco: Auco, content: bytes, code: str) -> None:
    assert auco.refused(changed("file", base64.b64encode(content).decode()), code) == {"file": code}


def test_active_content_may_be_refused(auco: Auco, acme: Acme) -> None:
    body = changed("file", base64.b64encode(pdfs.with_script()).decode())
    auco.create(body)
    Organization.objects.filter(pk=acme.organization.pk).update(refuses_active_content=True)
    assert auco.refused(body, "PDF_ACTIVE") == {"file": "PDF_ACTIVE"}


def test_a_pdf_may_be_too_large(auco: Auco, settings: Any) -> None:
    settings.MAX_DOCUMENT_BYTES = 100
    before = stored()
    answer = auco.post("/attachments", seeds.with_base64())
    assert (answer.status_code, answer.json()["message"]) == (413, "FILE_TOO_LARGE")
    assert stored() == before


def test_every_fault_is_named_at_once(auco: Auco) -> None:
    body = seeds.without_document() | {"remember": 5, "folder": "x"}
    body["signProfile"].append(dict(body["signProfile"][0]))
    assert auco.refused(body) == {"folder": "unknown", "remember": "multiple_of", "signProfile[1].email": "duplicate"}


@pytest.mark.parametrize("body", ["[]", "null", "3", '"text"', "true", "[[1]]", "{}"])
def test_a_body_is_an_object(auco: Auco, body: str) -> None:
    auco.refused(body)


def test_more_files_than_a_process_can_ask_for(auco: Auco) -> None:
    body = seeds.without_document()
    profile = body["signProfile"][0] | {"files": [{"name": f"File {n}"} for n in range(91)]}
    body["signProfile"] = [profile | {"email": f"p{n}@example.com"} for n in range(11)]
    assert auco.refused(body) == {"signProfile": "too_long"}
