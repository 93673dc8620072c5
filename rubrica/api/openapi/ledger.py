"""The calls about the ledger, as OpenAPI describes them."""

from typing import Any

from rubrica.api.openapi.shapes import Call, Parameter, many, part, text, thing, whole

CHAPTER = "Ledger"
SIZE = {"type": "integer", "minimum": 1}
DIGEST = text("SHA-256 in hexadecimal", pattern="^[0-9a-f]{64}$")
SCHEMAS: dict[str, Any] = {
    "LedgerHead": thing(
        {
            "ledger": text("The organization's id"),
            "day": text(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            "size": whole("Leaves of the tree"),
            "root": DIGEST,
            "made": text("UTC, with microseconds"),
            "signature": text("A detached CMS object in Base64"),
        },
        {"timestamp": text("An RFC 3161 token over the signature, in Base64")},
    ),
    "LedgerInclusion": thing(
        {
            "package": text("A process: 24 hexadecimal digits", pattern="^[0-9a-f]{24}$"),
            "length": whole("Events of the process that the leaf vouches for"),
            "chainHead": DIGEST,
            "index": whole("The leaf's number, from 0"),
            "leaf": DIGEST,
            "size": whole("Leaves of the tree"),
            "root": DIGEST,
            "path": many(DIGEST),
        }
    ),
    "LedgerConsistency": thing(
        {"first": whole(), "second": whole(), "firstRoot": DIGEST, "secondRoot": DIGEST, "path": many(DIGEST)}
    ),
}
HEAD = {
    "ledger": "acme",
    "day": "2025-01-02",
    "size": 3,
    "root": "5f0c" * 16,
    "made": "2025-01-03T00:10:00.297123Z",
    "signature": "MIIGjQYJKoZIhvcNAQcCoIIGfjCC…",
}
INCLUSION = {
    "package": "9a12cf20d08d3f6795b72429",
    "length": 17,
    "chainHead": "9c1d" * 16,
    "index": 2,
    "leaf": "77aa" * 16,
    "size": 3,
    "root": "5f0c" * 16,
    "path": ["b2e4" * 16],
}
CONSISTENCY = {"first": 2, "second": 3, "firstRoot": "b2e4" * 16, "secondRoot": "5f0c" * 16, "path": ["77aa" * 16]}
CALLS: dict[tuple[str, str], Call] = {
    ("get", "/ledger"): Call(
        "Read the newest signed head of the ledger",
        CHAPTER,
        "A Merkle tree (RFC 6962) over the event chains of all processes, whose head is signed once a day.",
        answer=part("LedgerHead"),
        answers={"a day": HEAD},
        words={400: ["LEDGER_EMPTY"]},
        key="puk",
    ),
    ("get", "/ledger/inclusion"): Call(
        "Prove that the chain of a process is in the ledger",
        CHAPTER,
        parameters=[
            Parameter("package", "the process"),
            Parameter("size", "leaves of the tree; without it those of the newest head", SIZE),
        ],
        answer=part("LedgerInclusion"),
        answers={"the last leaf of three": INCLUSION},
        words={400: ["PROCESS_NOT_FOUND", "LEDGER_EMPTY", "LEDGER_PENDING"]},
        key="puk",
    ),
    ("get", "/ledger/consistency"): Call(
        "Prove that the ledger was only ever added to",
        CHAPTER,
        parameters=[
            Parameter("first", "leaves of the older tree", SIZE),
            Parameter("second", "leaves of the newer one; without it those of the newest head", SIZE),
        ],
        answer=part("LedgerConsistency"),
        answers={"from two leaves to three": CONSISTENCY},
        words={400: ["LEDGER_EMPTY"]},
        key="puk",
    ),
}
