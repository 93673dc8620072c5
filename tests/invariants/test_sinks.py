"""What the receiver of a trial takes for a call."""

import json
import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tools.demo import free_port
from tools.trial.journal import Journal
from tools.trial.sinks import Sinks, listening

HEAD = b"POST /hook HTTP/1.1\r\nHost: here\r\nwebhook-id: %s\r\nContent-Length: 6\r\n\r\n"


def send(address: str, content: bytes) -> bytes:
    """What is answered when the sender says no more."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_a_call_that_broke_off_is_none(tmp_path: Path) -> None:
    with (
        closing(Journal(tmp_path / "sink.jsonl")) as journal,
        listening(Sinks(journal), "127.0.0.1", free_port()) as address,
    ):
        assert send(address, HEAD % b"msg_half" + b"{}") == b""
        assert send(address, HEAD % b"msg_none") == b""
        assert b" 200 " in send(address, HEAD % b"msg_whole" + b"whole.")
    lines = [json.loads(line) for line in (tmp_path / "sink.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["msg_whole"]
