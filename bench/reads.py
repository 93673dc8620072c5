"""GET /attachments?code=&userId= against a bare callable."""

import base64

from bench import examples
from bench.figures import Figure
from bench.load import cpu_a_request
from bench.server import floor, rubrica
from tools import sample

TIMES = 1000


def measure() -> list[Figure]:
    with rubrica() as ours:
        content = {**examples.body(), "name": "Bench", "file": base64.b64encode(sample.contract()).decode()}
        made = examples.call(ours, "POST", "/v1.5/ext/attachments", content)
        people = examples.call(ours, "GET", f"/v1.5/ext/attachments?code={made['code']}")["signers"]
        path = f"/v1.5/ext/attachments?code={made['code']}&userId={people[0]['userId']}"
        headers = {"Authorization": ours.secrets["public_key"]}
        few = cpu_a_request(ours, "GET", path, None, headers, TIMES)
        document = cpu_a_request(ours, "GET", f"/v1.5/ext/document?code={made['code']}", None, headers, TIMES)
        with floor("read", ours) as bare:
            least = cpu_a_request(bare, "GET", path, None, headers, TIMES)
    return [
        Figure("GET /attachments?code=&userId=, CPU", few, "µs", "≤ 2 × floor", least, "bare callable, one statement"),
        Figure("GET /document?code=, CPU", document, "µs", "–"),
    ]
