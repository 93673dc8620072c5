"""Signature Version 4 against the vectors that Amazon publishes with it."""

from datetime import UTC, datetime

import pytest

from rubrica.sealing.keyring.holders.sigv4 import Credentials, signed

VECTORS = [
    ("GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),  # get-vanilla
    ("POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),  # post-vanilla
]


@pytest.mark.parametrize(("method", "signature"), VECTORS)
def test_the_published_vectors(method: str, signature: str) -> None:
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    made = signed(method, "https://example.amazonaws.com/", {}, b"", credentials=credentials,
                  scope=("us-east-1", "service"), now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC))  # fmt: skip
    assert made["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )


def test_credentials_do_not_show() -> None:
    assert "secret" not in repr(Credentials("access", "secret", "secret"))
