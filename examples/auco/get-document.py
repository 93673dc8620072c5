"""A document, its status and its signers. Argument: the code."""

import sys

from auco import call, show

show(call("GET", "/document", code=sys.argv[1]))
