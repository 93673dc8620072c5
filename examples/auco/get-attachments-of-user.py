"""What one participant has delivered. Arguments: the package and the participant's id."""

import sys

from auco import call, show

show(call("GET", "/attachments", package=sys.argv[1], userId=sys.argv[2]))
