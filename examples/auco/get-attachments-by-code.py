"""The same by the code of the document. Arguments: the code and the participant's id."""

import sys

from auco import call, show

show(call("GET", "/attachments", code=sys.argv[1], userId=sys.argv[2]))
