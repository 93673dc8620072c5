"""What the benchmarks send: a process of three signers with three files each."""

import json
from typing import Any

from bench.server import OWNER, Target


def body() -> dict[str, Any]:
    return {
        "email": OWNER,
        "packageName": "Bench",
        "subject": "Papers",
        "message": "Please send your papers",
        "notification": True,
        "signProfile": [
            {
                "name": f"Person {number}",
                "email": f"person{number}@example.com",
                "phone": f"+57300000000{number}",
                "files": [{"name": "ID card"}, {"name": "Proof of address"}, {"name": "Tax number"}],
            }
            for number in range(3)
        ],
    }


def call(target: Target, method: str, path: str, content: Any = None) -> Any:
    """One JSON call with the key that the method needs."""
    key = target.secrets["public_key" if method == "GET" else "private_key"]
    connection = target.connect()
    connection.request(method, path, json.dumps(content) if content is not None else None, headers(key))
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{method} {path} answered {answer.status}: {found}")
    return found


def headers(key: str) -> dict[str, str]:
    return {"Authorization": key, "Content-Type": "application/json"}
