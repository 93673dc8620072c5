"""Every process of the organization, newest first, a line each."""

from auco import call, show

after = ""
while after is not None:
    page = call("GET", "/processes", after=after, limit=100)
    for process in page["data"]:
        show(process)
    after = page["next"]
