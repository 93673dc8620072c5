"""The two receivers of docs/webhooks.md take what we send and refuse what somebody has changed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from rubrica import clock
from rubrica.webhooks.signing import headers, new_secret
from tests.docs.markdown import blocks
from tests.server import eventually
from tools.demo import free_port

NODE = Path(sys.executable).parent / "node"
BODY = '{"code":"GNAZED5HTR","name":"Arriendo de Ñuñoa","status":"FINISH"}'.encode()


@contextmanager
def sample(kind: str, folder: Path, secret: str) -> Iterator[str]:
    """The example as it stands on the page, with a secret and a port of the test."""
    port = free_port()
    text = next(block.text for block in blocks("docs/webhooks.md") if block.kind == kind)
    assert "whsec_your_secret" in text
    text = text.replace("whsec_your_secret", secret).replace("9000", str(port))
    file = folder / ("receiver.py" if kind == "python" else "receiver.mjs")
    file.write_text(text)
    program = sys.executable if kind == "python" else str(NODE)
    # A session of its own: the command "node" is a wrapper, and ending it alone would leave the program behind.
    with subprocess.Popen([program, str(file)], stderr=subprocess.DEVNULL, start_new_session=True) as process:
        url = f"http://127.0.0.1:{port}/hook"
        try:
            eventually(lambda: is_up(url), f"the {kind} receiver", 30)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def is_up(url: str) -> bool:
    try:
        httpx.post(url, content=b"{}", headers={"Content-Length": "2"}, trust_env=False)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.parametrize("kind", ["python", "javascript"])
def test_samples_take_what_is_ours_alone(kind: str, tmp_path: Path) -> None:
    if kind == "javascript" and not NODE.exists():
        pytest.skip("Node is not installed")
    secret = new_secret()
    with sample(kind, tmp_path, secret) as url:

        def status(body: bytes, keys: list[str]) -> int:
            signed = headers("msg_1", clock.now(), BODY, keys)
            return httpx.post(url, content=body, headers=signed, trust_env=False).status_code

        assert status(BODY, [secret]) == 204
        assert status(BODY, [secret, new_secret()]) == 204
        assert status(BODY, [new_secret()]) == 401
        assert status(BODY.replace(b"FINISH", b"REJECT"), [secret]) == 401
