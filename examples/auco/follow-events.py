"""Every event behind a cursor, in order. Argument: the cursor of the last event that was seen, none at first."""

import sys

from auco import call, show

after = sys.argv[1] if len(sys.argv) > 1 else ""
while after is not None:
    page = call("GET", "/events", after=after, limit=100)
    for event in page["data"]:
        show(event)  # keep event["cursor"]: it is where to go on the next time
    after = page["next"]
