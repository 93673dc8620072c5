"""The process and its participants. Argument: the package."""

import sys

from auco import call, show

show(call("GET", "/attachments", package=sys.argv[1]))
