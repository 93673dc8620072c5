"""Reminds a signer. Arguments: the code of the document and the signer's id."""

import sys

from auco import call, show

show(call("POST", "/document/reminder", {"code": sys.argv[1] + sys.argv[2]}))
