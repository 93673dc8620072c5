"""Decides about a file. Arguments: package, participant's id, file, approve; or reject and a reason."""

import sys

from auco import call, show

package, user, file, decision = sys.argv[1:5]
reason = " ".join(sys.argv[5:])
body = {"package": package, "userId": user, "file": file, "decision": decision, "reason": reason}
show(call("POST", "/attachments/review", body))
