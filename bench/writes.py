"""POST /attachments (3 signers × 3 files) against a bare transaction that inserts the same rows and jobs."""

import json

from bench import examples
from bench.figures import Figure
from bench.load import cpu_a_request
from bench.server import floor, rubrica

TIMES = 100


def measure() -> list[Figure]:
    content = json.dumps(examples.body()).encode()
    with rubrica() as ours:
        headers = examples.headers(ours.secrets["private_key"])
        mine = cpu_a_request(ours, "POST", "/v1.5/ext/attachments", content, headers, TIMES)
        with floor("write", ours) as bare:
            least = cpu_a_request(bare, "POST", "/v1.5/ext/attachments", content, headers, TIMES)
    name = "POST /attachments (3 signers × 3 files), CPU"
    return [Figure(name, mine, "µs", "≤ 3 × floor", least, "bare transaction, same rows and jobs")]
