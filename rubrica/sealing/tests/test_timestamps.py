"""Timestamps from a server that is real here: what is believed and what is not."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rubrica.sealing.levels import server, stamping
from rubrica.sealing.levels.asking import ask
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.trouble import NotRaised
from tests import tsa
from tests.tsa import Authority

DIGEST = hashlib.sha256(b"a signature").digest()


@pytest.fixture(scope="module")
def running() -> Iterator[Authority]:
    with tsa.authority() as authority:
        yield authority


@pytest.fixture
def authority(running: Authority) -> Iterator[Authority]:
    yield running
    running.fault = ""


def trusting(authority: Authority) -> Server:
    found = server.read(authority.url, authority.pem)
    assert found is not None
    return found


def refused(authority: Authority, seconds: float = 5) -> NotRaised:
    with pytest.raises(NotRaised) as problem:
        ask(trusting(authority), DIGEST, seconds)
    return problem.value


def test_it_works(authority: Authority) -> None:
    token = ask(trusting(authority), DIGEST)
    assert abs(token.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert token.chain == (authority.certificate, authority.middle, authority.root)
    assert token.good_until == authority.certificate.not_valid_after_utc


def test_without_anchors_the_chain_is_what_came() -> None:
    with tsa.authority() as authority:
        found = server.read(authority.url, "")
        assert found is not None
        assert ask(found, DIGEST).chain == (authority.certificate, authority.middle)


@pytest.mark.parametrize(
    ("fault", "about"),
    [
        ("imprint", "another digest"),
        ("nonce", "another nonce"),
        ("tampered", "InvalidSignature"),
        ("clock", "its clock says"),
        ("expired", "not valid at that time"),
        ("no purpose", "not one for timestamps"),
        ("many purposes", "not one for timestamps alone"),
        ("another certificate", "names another certificate"),
        ("garbage", "ValueError"),
    ],
)
def test_a_wrong_answer_is_not_believed(authority: Authority, fault: str, about: str) -> None:
    authority.fault = fault
    problem = refused(authority)
    assert (problem.code, about in problem.about) == ("TSA_ANSWER", True), problem.about


def test_a_refusal_says_the_servers_words(authority: Authority) -> None:
    authority.fault = "refuse"
    problem = refused(authority)
    assert (problem.code, problem.about) == ("TSA_REFUSED", "rejection no credit left system_failure")


def test_a_server_in_trouble_is_away(authority: Authority) -> None:
    authority.fault = "500"
    assert (refused(authority).code, refused(authority).about) == ("TSA_AWAY", "HTTP 500")


def test_nobody_waits_longer_than_asked(authority: Authority) -> None:
    authority.fault = "hang"
    problem = refused(authority, 0.3)
    assert (problem.code, problem.about) == ("TSA_AWAY", "TIMEOUT")


def test_a_strangers_authority_is_not_trusted(authority: Authority) -> None:
    with tsa.authority() as stranger:
        found = server.read(authority.url, stranger.pem)
        assert found is not None
        with pytest.raises(NotRaised) as problem:
            ask(found, DIGEST)
    assert problem.value.code == "TSA_UNTRUSTED"


def test_the_login_of_the_url_goes_as_a_header_and_is_shown_nowhere(authority: Authority) -> None:
    found = server.read(authority.url.replace("//", "//robot:a%20word@"), "")
    assert found is not None and "word" not in repr(found) + found.url + found.host
    ask(found, DIGEST)
    path, headers = authority.calls[-1]
    assert (path, headers["authorization"]) == ("/tsa", "Basic cm9ib3Q6YSB3b3Jk")
    assert headers["content-type"] == "application/timestamp-query"


def test_a_server_that_failed_is_left_alone_for_a_while(authority: Authority) -> None:
    """A thousand seals do not wait for it one after the other."""
    stamping.forget_troubles()
    authority.fault = "500"
    before = len(authority.calls)
    levels = []
    for _ in range(5):
        stamper = stamping.Stamper(trusting(authority))
        assert stamper(DIGEST) is None
        levels.append((stamper.level, stamper.trouble and stamper.trouble.code))
    assert levels == [("B-B", "TSA_AWAY")] * 5
    assert len(authority.calls) - before == 1
    authority.fault = ""
    stamping.forget_troubles()
    stamper = stamping.Stamper(trusting(authority))
    assert stamper(DIGEST) and (stamper.level, stamper.trouble) == ("B-T", None)


def test_a_timestamp_without_room_in_the_seal_is_left_out(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "LARGEST_TOKEN", 500)
    stamping.forget_troubles()
    stamper = stamping.Stamper(trusting(authority))
    assert stamper(DIGEST) is None and stamper.trouble is not None
    assert (stamper.level, stamper.trouble.code) == ("B-B", "TSA_LARGE")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "https://", "tsa.example.com", "http://[::1"])
def test_what_is_no_address_of_a_server_stops_the_start(url: str) -> None:
    with pytest.raises(SystemExit, match="RUBRICA_TSA_URL"):
        server.read(url, "")
    with pytest.raises(SystemExit, match="RUBRICA_TSA_CA"):
        server.read("https://tsa.example.com", "no certificate")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_takes_our_request_and_its_answer_is_taken(authority: Authority, tmp_path: Path) -> None:
    """Another implementation of the protocol on the other side."""
    openssl = tsa.OpenSsl(authority, tmp_path)
    authority.answering = openssl.reply
    try:
        token = ask(trusting(authority), DIGEST)
    finally:
        authority.answering = None
    assert token.chain[-1] == authority.root
    (tmp_path / "token").write_bytes(token.der)
    said = subprocess.run(
        ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-digest", DIGEST.hex(), "-CAfile", "root.pem"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in said.stdout + said.stderr
