"""Cancels documents; the answer says of which it could not. Arguments: the codes."""

import sys

from auco import call, show

body = {"codes": sys.argv[1:], "message": "La oferta fue retirada.", "email": "owner@auco.ai"}
show(call("POST", "/document/cancel", body))
