"""The same with the pictures of identity checks. Argument: the code."""

import sys

from auco import call, show

show(call("GET", "/document", code=sys.argv[1], image="true"))
