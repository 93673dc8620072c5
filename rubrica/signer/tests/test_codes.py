"""One-time codes: six digits, ten minutes, three wrong tries in all, bound to the browser that entered them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.http import HttpResponse

from rubrica import clock
from rubrica.processes import identity, notices
from rubrica.processes.models import Event, IdentityCheck, Participant, Process
from rubrica.signer.proof import COOKIE
from rubrica.signer.tests.checked import ana, check, code, enter, reads, start, with_code, wrong_code
from rubrica.signer.tests.phones import Phone, phone, says
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract.calls import jobs


@pytest.fixture
def process(acme: Acme) -> Process:
    return start(acme, "otp")


def later(process: Process, **more: float) -> None:
    """As if everything about the code had been that much earlier."""
    row, gone = check(process), timedelta(**more)
    row.sent_at, row.window_at = (moment and moment - gone for moment in (row.sent_at, row.window_at))
    row.save()


def test_it_works(process: Process) -> None:
    mine = phone(process)
    state = mine.post("/otp").json()
    asked = state["identity"]["checks"][0]
    assert (asked["kind"], asked["state"], asked["to"]) == ("otp", "todo", "a•••@example.com")
    assert (asked["digits"], asked["remaining"], state["identity"]["passed"]) == (6, 3, False)
    answer = enter(mine, code(process))
    assert answer.status_code == 200
    assert answer.json()["identity"]["passed"] is True
    assert answer.json()["document"]["name"] == "Lease"
    assert mine.sign().status_code == 200
    kinds = list(process.events.values_list("kind", flat=True))
    assert kinds[1:] == [Event.Kind.CODE_SENT, Event.Kind.CHECK_PASSED, Event.Kind.SIGNED]


def test_the_code_goes_out_by_mail_and_lies_nowhere_else(process: Process, mailoutbox: list[EmailMessage]) -> None:
    phone(process).post("/otp")
    sent = code(process)
    assert sent not in str(jobs())
    notices.code(check(process).pk, 1)
    assert sent in mailoutbox[0].body
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM processes_identitycheck c")
        assert sent not in str(cursor.fetchall())
    assert sent not in str(list(process.events.values_list("data", flat=True)))


def test_a_job_that_comes_twice_or_too_late_sends_nothing(process: Process, mailoutbox: list[EmailMessage]) -> None:
    phone(process).post("/otp")
    later(process, minutes=10)
    notices.code(check(process).pk, 1)
    assert not mailoutbox
    phone(process).post("/otp")
    for number in (1, 2, 2):
        notices.code(check(process).pk, number)
    assert len(mailoutbox) == 1


def test_six_random_digits(process: Process) -> None:
    row, seen = check(process), set()
    for number in range(300):
        row.nonce = number.to_bytes(16, "big")
        seen.add(row.code())
    assert all(len(each) == 6 and each.isdigit() for each in seen)
    assert len(seen) > 295


def test_the_code_of_one_row_is_not_that_of_another(acme: Acme) -> None:
    one, other = check(start(acme, "otp")), check(start(acme, "otp"))
    one.nonce = other.nonce = b"0" * 16
    assert one.code() != other.code()


def test_ten_minutes(process: Process) -> None:
    mine = phone(process)
    mine.post("/otp")
    later(process, minutes=9, seconds=55)
    assert mine.state()["identity"]["checks"][0]["expiresAt"] is not None
    later(process, seconds=5)
    assert mine.state()["identity"]["checks"][0]["expiresAt"] is None
    says(enter(mine, code(process)), 400, "OTP_NOT_SENT")
    assert check(process).failures == 0


def test_no_code_was_asked_for(process: Process) -> None:
    says(enter(phone(process), "123456"), 400, "OTP_NOT_SENT")
    assert check(process).failures == 0


@pytest.mark.parametrize("guess", ["", "12345", "1234567", "12345a", "１２３４５６", "-12345", None, 123456, ["1"]])
def test_what_is_no_code_does_not_count(process: Process, guess: object) -> None:
    mine = phone(process)
    mine.post("/otp")
    answer = mine.post("/otp/check", {"code": guess})
    says(answer, 400, "OTP_CODE_INVALID")
    assert answer.json()["remaining"] == 3


def test_spaces_do_not_matter(process: Process) -> None:
    mine = phone(process)
    mine.post("/otp")
    right = code(process)
    assert enter(mine, f" {right[:3]} {right[3:]} ").status_code == 200


def test_the_third_wrong_one_blocks(process: Process) -> None:
    mine = phone(process)
    mine.post("/otp")
    for remaining in (2, 1):
        answer = enter(mine, wrong_code(process))
        says(answer, 400, "OTP_CODE_INVALID")
        assert answer.json()["remaining"] == remaining
    says(enter(mine, wrong_code(process)), 423, "PARTICIPANT_BLOCKED")
    says(enter(mine, code(process)), 423, "PARTICIPANT_BLOCKED")
    says(mine.post("/otp"), 423, "PARTICIPANT_BLOCKED")
    says(mine.sign(), 423, "PARTICIPANT_BLOCKED")
    says(mine.get("/document"), 423, "PARTICIPANT_BLOCKED")
    assert ana(process).status == Participant.Status.BLOCK
    blocked = process.events.get(kind=Event.Kind.BLOCKED)
    assert blocked.data == {"participant": ana(process).public_id, "reason": "OTP_CODE_INVALID"}
    state = mine.state()
    assert state["identity"]["blocked"]["code"] == "OTP_CODE_INVALID"
    assert (state["participant"]["status"], state["document"]) == ("BLOCK", None)


def test_the_sender_is_told_of_a_block(acme: Acme, process: Process, mailoutbox: list[EmailMessage]) -> None:
    mine = phone(process)
    mine.post("/otp")
    for _ in range(3):
        enter(mine, wrong_code(process))
    notices.block(ana(process).pk, process.events.get(kind=Event.Kind.BLOCKED).pk)
    assert mailoutbox[0].to == [f"Olga Owner <{acme.owner.email}>"]
    assert f"/console/processes/{process.public_id}" in mailoutbox[0].body


def test_a_new_code_does_not_bring_new_tries(process: Process) -> None:
    mine = phone(process)
    for _ in range(3):
        mine.post("/otp")
        enter(mine, wrong_code(process))
        later(process, minutes=1)
    assert ana(process).status == Participant.Status.BLOCK


def test_phones_have_a_limit_of_their_own(acme: Acme, settings: Any) -> None:
    """What notify would hold back is said at once."""
    process = start(acme, "otp", channel="sms")
    settings.PHONE_HOURLY = 0
    answer = phone(process).post("/otp")
    says(answer, 429, "OTP_TOO_OFTEN")
    assert int(answer.headers["Retry-After"]) > 60
    settings.PHONE_HOURLY, settings.PHONE_COUNTRIES = 10, ("+34",)
    says(phone(process).post("/otp"), 409, "PHONE_UNREACHABLE")
    settings.PHONE_COUNTRIES = ()
    assert phone(process).post("/otp").json()["identity"]["checks"][0]["to"] == "+57 ••• 00"


def test_a_new_code_ends_the_one_before(process: Process) -> None:
    mine = phone(process)
    mine.post("/otp")
    first = code(process)
    later(process, minutes=1)
    mine.post("/otp")
    assert code(process) != first
    says(enter(mine, first), 400, "OTP_CODE_INVALID")


def test_codes_are_sent_at_most_every_half_minute_and_five_in_an_hour(process: Process) -> None:
    mine = phone(process)
    for number in range(5):
        assert mine.post("/otp").status_code == 200
        answer = mine.post("/otp")
        says(answer, 429, "OTP_TOO_OFTEN")
        assert 0 < int(answer.headers["Retry-After"]) <= (30 if number < 4 else 3600)
        row = check(process)
        assert row.sent_at is not None
        row.sent_at -= timedelta(seconds=31)
        row.save()
    answer = mine.post("/otp")
    says(answer, 429, "OTP_TOO_OFTEN")
    assert 3000 < int(answer.headers["Retry-After"]) <= 3600
    assert mine.state()["identity"]["checks"][0]["resendIn"] > 3000
    later(process, hours=1)
    assert mine.post("/otp").status_code == 200


def test_a_right_code_is_good_once_and_for_one_browser(process: Process) -> None:
    mine = with_code(process)
    right = check(process)
    assert right.nonce is None
    thief = Phone.__new__(Phone)
    thief.base, thief.client = mine.base, phone(process).client
    assert thief.state()["identity"]["passed"] is False
    assert thief.state()["document"] is None
    says(thief.get("/document"), 403, "IDENTITY_REQUIRED")
    says(thief.sign(), 403, "IDENTITY_REQUIRED")
    says(enter(thief, "000000"), 400, "OTP_NOT_SENT")


def test_another_browser_enters_its_own_code(process: Process) -> None:
    with_code(process)
    later(process, minutes=1)
    assert reads(with_code(process))


def test_the_cookie_is_for_this_link_alone_and_not_for_scripts(process: Process) -> None:
    mine = phone(process)
    mine.post("/otp")
    answer: HttpResponse = enter(mine, code(process))
    cookie = answer.cookies[COOKIE]
    assert cookie["path"] == mine.base
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) > 3600
    another = phone(process)
    another.client.cookies.load({COOKIE: "forged:1:2"})
    says(another.get("/document"), 403, "IDENTITY_REQUIRED")


def test_the_cookie_of_somebody_else_is_worth_nothing(acme: Acme, process: Process) -> None:
    mine, other = with_code(process), start(acme, "otp")
    stranger = phone(other)
    stranger.client.cookies.load({COOKIE: mine.client.cookies[COOKIE].value})
    with_code(other)
    says(stranger.get("/document"), 403, "IDENTITY_REQUIRED")


def test_who_is_done_is_not_blocked_any_more(process: Process) -> None:
    """Somebody with the link cannot undo a signature by guessing; they only end the code that they guessed at."""
    mine = with_code(process)
    assert mine.sign().status_code == 200
    later(process, minutes=1)
    guesser = phone(process)
    guesser.post("/otp")
    for _ in range(2):
        says(enter(guesser, wrong_code(process)), 400, "OTP_CODE_INVALID")
    right = code(process)
    says(enter(guesser, wrong_code(process)), 400, "OTP_NOT_SENT")
    says(enter(guesser, right), 400, "OTP_NOT_SENT")
    assert ana(process).status == Participant.Status.FINISH
    assert reads(mine)


def test_who_is_done_still_gets_at_their_copy_after_somebody_has_guessed(process: Process) -> None:
    """Nobody could decide about a block of theirs, so it must not be a dead end."""
    assert with_code(process).sign().status_code == 200
    for _round in range(2):
        later(process, minutes=1)
        fail_thrice(process)
    later(process, minutes=1)
    assert reads(with_code(process))
    assert process.events.filter(kind=Event.Kind.BLOCKED).count() == 0


def fail_thrice(process: Process) -> Phone:
    """In a browser of its own."""
    guesser = phone(process)
    assert guesser.post("/otp").status_code == 200
    for _ in range(3):
        answer = enter(guesser, wrong_code(process))
    assert answer.status_code in {400, 423}
    return guesser


def test_a_passed_code_forgives_what_was_wrong_before(process: Process) -> None:
    for _round in range(2):
        mine = phone(process)
        mine.post("/otp")
        for _ in range(2):
            says(enter(mine, wrong_code(process)), 400, "OTP_CODE_INVALID")
        assert enter(mine, code(process)).status_code == 200
        later(process, minutes=1)
    assert ana(process).status == Participant.Status.NOTIFICATION
    assert check(process).failures == 0


def test_a_block_after_passing_elsewhere_is_undone_by_approval(process: Process) -> None:
    mine = with_code(process)
    later(process, minutes=1)
    other = fail_thrice(process)
    assert ana(process).status == Participant.Status.BLOCK
    says(mine.get("/document"), 423, "PARTICIPANT_BLOCKED")
    identity.approve(ana(process), "She called.", sending.REVIEWER)
    assert check(process).decided_by == "Tomás Reviewer"
    assert reads(mine)
    assert reads(other)
    # Nobody is asked for the code any more, so guessing at it cannot block again.
    says(other.post("/otp"), 409, "CHECK_PASSED")
    says(enter(other, "123456"), 409, "CHECK_PASSED")
    assert other.sign().status_code == 200


def test_a_block_after_passing_elsewhere_is_undone_by_a_reset(process: Process) -> None:
    mine = with_code(process)
    later(process, minutes=1)
    fail_thrice(process)
    identity.reset(ana(process), sending.REVIEWER)
    says(mine.get("/document"), 403, "IDENTITY_REQUIRED")
    assert phone(process).state()["identity"]["checks"][0]["remaining"] == 3
    again = with_code(process)
    assert reads(again)
    assert again.sign().status_code == 200


def test_a_block_for_another_reason_leaves_a_passed_code_alone(acme: Acme) -> None:
    process = start(acme, "otp", "photo")
    mine = with_code(process)
    assert mine.post("/consent", {"consent": False}).json()["participant"]["status"] == "BLOCK"
    identity.reset(ana(process), sending.REVIEWER)
    assert [one["state"] for one in mine.state()["identity"]["checks"]] == ["done", "todo"]


def test_others_are_not_asked(process: Process) -> None:
    benito = phone(process, "Benito")
    assert benito.state()["identity"] is None
    assert reads(benito)
    says(benito.post("/otp"), 404, "CHECK_UNKNOWN")
    says(enter(benito, "123456"), 404, "CHECK_UNKNOWN")


def test_not_before_it_is_their_turn(acme: Acme) -> None:
    from tests.sending import person

    late = person("Ana Pérez", order=2, identity={"checks": ["otp"], "otp_channel": "mail"})
    process = sending.start_signing(acme, person("Benito"), late)
    says(phone(process).post("/otp"), 409, "NOT_YOUR_TURN")
    assert phone(process).state()["steps"][0] == {"kind": "otp", "state": "locked"}


@pytest.mark.django_db(transaction=True)
def test_fifty_guesses_at_once_are_at_most_three() -> None:
    process = start(make_acme(), "otp")
    phone(process).post("/otp")
    right, begin = int(code(process)), threading.Barrier(50)
    phones = [phone(process) for _ in range(50)]

    def guess(number: int) -> Any:
        begin.wait()
        try:
            return enter(phones[number], f"{(right + 1 + number) % 10**6:06d}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(guess, range(50)))
    assert sorted(answers) == [400, 400, *[423] * 48]
    assert check(process).failures == 3
    assert process.events.filter(kind=Event.Kind.CHECK_FAILED).count() == 3
    assert process.events.filter(kind=Event.Kind.BLOCKED).count() == 1
    assert ana(process).status == Participant.Status.BLOCK


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_for_a_code_at_once_send_one() -> None:
    process, begin = start(make_acme(), "otp"), threading.Barrier(50)
    phones = [phone(process) for _ in range(50)]

    def ask(number: int) -> Any:
        begin.wait()
        try:
            return phones[number].post("/otp").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(ask, range(50)))
    assert sorted(answers) == [200, *[429] * 49]
    assert IdentityCheck.objects.get().sends == 1
    assert clock.now() - (IdentityCheck.objects.get().sent_at or clock.now()) < timedelta(minutes=1)
