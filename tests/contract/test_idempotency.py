"""Idempotency-Key on every POST and PUT (contract/own.md §3): the same call twice does its work once."""

import contextlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F
from django.test import Client

from rubrica.api.auco import attachments
from rubrica.idempotency import models
from rubrica.idempotency.models import KeyedCall
from rubrica.processes import starting
from rubrica.processes.models import Process
from tests import pdfs
from tests.cast import Acme, make_acme
from tests.contract import seeds
from tests.contract.calls import BASE, Auco

KEY = {"Idempotency-Key": "order-4711"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def is_replayed(answer: Any) -> bool:
    return bool(answer.headers.get("Idempotency-Replayed") == "true")


def test_the_same_call_is_done_once(auco: Auco) -> None:
    first = auco.post("/attachments", seeds.with_compress(), **KEY)
    second = auco.post("/attachments", seeds.with_compress(), **KEY)
    assert first.status_code == 200 and not is_replayed(first)
    assert is_replayed(second)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert second.headers["Cache-Control"] == "no-store"
    assert Process.objects.count() == 1


def test_without_the_header_every_call_counts(auco: Auco) -> None:
    auco.create(seeds.without_document())
    auco.create(seeds.without_document())
    assert (Process.objects.count(), KeyedCall.objects.count()) == (2, 0)


def test_another_body_is_refused(auco: Auco) -> None:
    auco.post("/attachments", seeds.without_document(), **KEY)
    answer = auco.post("/attachments", seeds.without_document() | {"subject": "Something else"}, **KEY)
    assert code(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert Process.objects.count() == 1


def test_another_address_or_method_is_another_call(auco: Auco) -> None:
    body = seeds.without_document()
    auco.post("/attachments", body, **KEY)
    assert code(auco.post("/package/upload", body, **KEY)) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert code(auco.post("/attachments?a=1", body, **KEY)) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_refusal_is_replayed_too(auco: Auco) -> None:
    wrong = seeds.without_document() | {"remember": 5}
    first = auco.post("/attachments", wrong, **KEY, **{"Accept-Language": "en"})
    second = auco.post("/attachments", wrong, **KEY, **{"Accept-Language": "pt"})
    assert first.status_code == second.status_code == 400
    assert second.content == first.content and is_replayed(second)


def test_organizations_do_not_meet(auco: Auco, stranger: Auco) -> None:
    mine = auco.post("/attachments", seeds.without_document(), **KEY)
    theirs = stranger.post("/attachments", seeds.with_base64(), **KEY)
    assert mine.status_code == theirs.status_code == 200
    assert not is_replayed(theirs)


def test_both_keys_of_an_organization_are_one_caller(auco: Auco) -> None:
    """A key that was exchanged between two tries must not double the work."""
    from rubrica.accounts.models import ApiKey

    auco.post("/attachments", seeds.without_document(), **KEY)
    fresh = ApiKey.issue(auco.acme.organization, ApiKey.Kind.PRIVATE)[1]
    assert is_replayed(auco.post("/attachments", seeds.without_document(), key=fresh, **KEY))


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "clé", "a\tb", "a, b"])
def test_keys_that_cannot_be_kept(auco: Auco, key: str) -> None:
    answer = auco.post("/attachments", seeds.without_document(), **{"Idempotency-Key": key})
    assert code(answer) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert Process.objects.count() == 0


@pytest.mark.parametrize("key", ["x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "~!"])
def test_keys_that_can(auco: Auco, key: str) -> None:
    auco.post("/attachments", seeds.without_document(), **{"Idempotency-Key": key})
    assert is_replayed(auco.post("/attachments", seeds.without_document(), **{"Idempotency-Key": key}))


def test_the_right_key_is_asked_for_first(auco: Auco) -> None:
    auco.post("/attachments", seeds.without_document(), **KEY)
    for wrong in ("", auco.acme.public_key, "prk_" + "0" * 32):
        assert code(auco.post("/attachments", seeds.without_document(), key=wrong, **KEY)) == (401, "UNAUTHORIZED")


def test_reads_take_no_key(auco: Auco) -> None:
    answer = auco.client.get(BASE + "/document", headers={"Authorization": auco.acme.public_key, **KEY})
    assert answer.status_code == 200 and KeyedCall.objects.count() == 0


def test_after_a_day_the_key_is_free(auco: Auco) -> None:
    auco.post("/attachments", seeds.without_document(), **KEY)
    KeyedCall.objects.update(created_at=F("created_at") - models.KEPT_FOR)
    answer = auco.post("/attachments", seeds.with_base64(), **KEY)
    assert answer.status_code == 200 and not is_replayed(answer)
    assert Process.objects.count() == 2


def test_what_is_too_old_is_purged(auco: Auco) -> None:
    auco.post("/attachments", seeds.without_document(), **KEY)
    auco.post("/attachments", seeds.without_document(), **{"Idempotency-Key": "young"})
    KeyedCall.objects.filter(key="order-4711").update(created_at=F("created_at") - models.KEPT_FOR)
    assert models.forget_old() == 1
    assert KeyedCall.objects.get().key == "young"


def test_a_fault_of_ours_is_not_kept(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    headers = {"Authorization": auco.acme.private_key, **KEY}
    with monkeypatch.context() as broken:

        def fails(*_: object) -> None:
            raise ZeroDivisionError

        broken.setattr(attachments, "start", fails)
        broken.setattr("django.core.handlers.exception.log_response", lambda *a, **k: None)
        assert client.post(f"{BASE}/attachments", seeds.without_document(), "application/json", headers=headers)\
            .status_code == 500  # fmt: skip
    assert KeyedCall.objects.count() == 0
    answer = client.post(f"{BASE}/attachments", seeds.without_document(), "application/json", headers=headers)
    assert answer.status_code == 200


def test_a_full_disk_is_not_held_against_the_document(
    auco: Auco, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    headers = {"Authorization": auco.acme.private_key, **KEY}

    def send() -> Any:
        body = seeds.with_base64(pdfs.with_script())  # which is written anew, without its script
        return client.post(f"{BASE}/attachments", body, "application/json", headers=headers)

    (tmp_path / "shown.pdf").symlink_to("/dev/full")
    with monkeypatch.context() as full:
        full.setattr(
            "rubrica.processes.arrival.tempfile.TemporaryDirectory", lambda **_: contextlib.nullcontext(str(tmp_path))
        )
        full.setattr("django.core.handlers.exception.log_response", lambda *a, **k: None)
        refused = send()
    assert code(refused) == (503, "STORAGE_UNAVAILABLE") and int(refused.headers["Retry-After"]) > 0
    assert (Process.objects.count(), KeyedCall.objects.count()) == (0, 0)
    assert send().status_code == 200


def test_too_large_a_body_is_not_kept(auco: Auco, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert code(auco.post("/attachments", seeds.with_base64(), **KEY)) == (413, "PAYLOAD_TOO_LARGE")
    assert KeyedCall.objects.count() == 0


def test_a_body_that_was_cut_is_not_kept(auco: Auco) -> None:
    raw = b'{"email": "olga@acme.example"'
    headers = {"Authorization": auco.acme.private_key, **KEY}
    arrives: dict[str, Any] = {"CONTENT_LENGTH": "5000", "wsgi.input": io.BytesIO(raw)}
    cut = auco.client.generic("POST", f"{BASE}/attachments", headers=headers, **arrives)
    assert cut.status_code == 400
    assert KeyedCall.objects.count() == 0


def test_answers_lie_sealed_in_the_database(auco: Auco) -> None:
    url = auco.post("/attachments", seeds.with_compress(), **KEY).json()["url"]
    row = KeyedCall.objects.get()
    assert url.rpartition("/")[2].encode() not in bytes(row.answer or b"")
    with connection.cursor() as cursor:
        cursor.execute("SELECT idempotency_keyedcall::text FROM idempotency_keyedcall")
        assert url.rpartition("/")[2] not in cursor.fetchone()[0]


def test_an_answer_opens_in_its_own_row_only(auco: Auco, stranger: Auco) -> None:
    auco.post("/attachments", seeds.without_document(), **KEY)
    stranger.post("/attachments", seeds.without_document(), **KEY)
    mine, theirs = KeyedCall.objects.order_by("pk")
    KeyedCall.objects.filter(pk=theirs.pk).update(answer=mine.answer)
    answer = stranger.post("/attachments", seeds.without_document(), **KEY)
    assert code(answer) == (409, "IDEMPOTENCY_ANSWER_LOST")


def test_a_changed_secret_key_loses_answers_and_doubles_nothing(auco: Auco, settings: Any) -> None:
    old = settings.SECRET_KEY
    auco.post("/attachments", seeds.without_document(), **KEY)
    settings.SECRET_KEY = "another secret of the tests"
    assert code(auco.post("/attachments", seeds.without_document(), **KEY)) == (409, "IDEMPOTENCY_ANSWER_LOST")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert is_replayed(auco.post("/attachments", seeds.without_document(), **KEY))
    assert Process.objects.count() == 1


class Held:
    """A call that stays inside of its view until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inside, self.may_go_on = threading.Event(), threading.Event()
        self.real = starting.start
        monkeypatch.setattr(attachments, "start", self)

    def __call__(self, *arguments: Any) -> Process:
        self.inside.set()
        assert self.may_go_on.wait(30)
        return self.real(*arguments)


@pytest.fixture
def committed(transactional_db: None) -> Auco:
    return Auco(make_acme())


def calling(auco: Auco, body: dict[str, Any]) -> Callable[[], Any]:
    """The same call as another thread makes it, on a connection of its own."""

    def call() -> Any:
        try:
            return Auco(auco.acme).post("/attachments", body, **KEY)
        finally:
            connections.close_all()

    return call


def test_while_the_first_runs_the_others_are_told(committed: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(calling(committed, seeds.without_document()))
        try:
            assert held.inside.wait(30)
            for body in (seeds.without_document(), seeds.with_compress()):
                answer = committed.post("/attachments", body, **KEY)
                assert code(answer) == (409, "IDEMPOTENCY_KEY_IN_USE")
                assert answer.headers["Retry-After"] == "1"
        finally:
            held.may_go_on.set()
        assert first.result().status_code == 200
    assert is_replayed(committed.post("/attachments", seeds.without_document(), **KEY))
    assert Process.objects.count() == 1


def test_the_claim_of_a_dead_call_ends(committed: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process releases nothing. Another call takes over after the claim's time, and the first one, should it
    come back from the dead, does nothing any more."""
    held = Held(monkeypatch)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(calling(committed, seeds.without_document()))
        assert held.inside.wait(30)
        KeyedCall.objects.update(claimed_at=F("claimed_at") - models.CLAIMED_FOR - timedelta(seconds=1))
        monkeypatch.setattr(attachments, "start", held.real)
        second = committed.post("/attachments", seeds.without_document(), **KEY)
        assert second.status_code == 200 and not is_replayed(second)
        held.may_go_on.set()
        assert code(first.result()) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert committed.post("/attachments", seeds.without_document(), **KEY).content == second.content
    assert Process.objects.count() == 1


def test_what_was_done_is_not_done_again_though_its_answer_is_lost(
    committed: Auco, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed between the commit and the answer leaves a row that says so."""
    with monkeypatch.context() as patched:
        patched.setattr(models.Claim, "finish", lambda *_arguments: False)
        assert committed.post("/attachments", seeds.without_document(), **KEY).status_code == 200
    answer = committed.post("/attachments", seeds.without_document(), **KEY)
    assert code(answer) == (409, "IDEMPOTENCY_KEY_IN_USE")
    KeyedCall.objects.update(claimed_at=F("claimed_at") - models.CLAIMED_FOR - timedelta(seconds=1))
    answer = committed.post("/attachments", seeds.without_document(), **KEY)
    assert code(answer) == (409, "IDEMPOTENCY_ANSWER_LOST")
    assert Process.objects.count() == 1


def test_fifty_at_once_do_it_once(committed: Auco) -> None:
    body = seeds.without_document()
    with ThreadPoolExecutor(50) as threads:
        answers = [one.result() for one in [threads.submit(calling(committed, body)) for _ in range(50)]]
    done = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.content for answer in done}) == 1
    assert sum(not is_replayed(answer) for answer in done) == 1
    assert {code(answer) for answer in answers if answer.status_code != 200} <= {(409, "IDEMPOTENCY_KEY_IN_USE")}
    assert Process.objects.count() == 1


def test_a_slow_body_keeps_its_claim(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rubrica.idempotency.body.SIGN_OF_LIFE", -1)
    renewed: list[int] = []
    monkeypatch.setattr(models.Claim, "renew", lambda claim: renewed.append(claim.pk))
    assert auco.post("/attachments", seeds.without_document(), **KEY).status_code == 200
    assert set(renewed) == {KeyedCall.objects.get().pk}


@pytest.fixture
def acme(db: None) -> Acme:
    return make_acme()
