"""The few lines that every Python example shares."""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

RUBRICA = os.environ.get("RUBRICA", "http://127.0.0.1:8000")
PDF = Path(next((word for word in sys.argv[1:] if word.endswith(".pdf")), Path(__file__).with_name("sample.pdf")))


def call(method, path, body=None, *, key=None, **query):
    """The answer's JSON. Ends the program with the code word when Rubrica says no."""
    key = key or os.environ["PUBLIC_KEY" if method == "GET" else "PRIVATE_KEY"]
    headers = {"Authorization": key, "Content-Type": "application/json"}
    if method != "GET":
        headers["Idempotency-Key"] = str(uuid.uuid4())
    url = f"{RUBRICA}/v1.5/ext{path}?{urllib.parse.urlencode(query)}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310  the address is yours
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code} {error.read().decode()}")


def upload(url, path):
    """Sends a file to the address that an answer gave, without reading it into memory."""
    with open(path, "rb") as file:
        headers = {"Content-Length": str(path.stat().st_size), "Content-Type": "application/pdf"}
        request = urllib.request.Request(url, file, headers, method="PUT")  # noqa: S310  it came in an answer
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)


def show(answer):
    print(json.dumps(answer, ensure_ascii=False))
