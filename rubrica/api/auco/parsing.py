"""JSON of the Auco dialect: as ninja reads it, but not deeper than anybody needs."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

DEEPEST = 100  # levels; `custom` has a limit of its own within


class Shallow(Parser):
    """What it raises is answered as JSON_INVALID."""

    def parse_body(self, request: HttpRequest) -> Any:
        value = json.loads(request.body)
        todo = [(value, 1)]
        while todo:
            one, depth = todo.pop()
            if depth > DEEPEST:
                raise ValueError("too deep")
            inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            todo += [(part, depth + 1) for part in inside if isinstance(part, (dict, list))]
        return value
