"""The application that Granian serves."""

from rubrica.web.wsgi import application as wsgi  # first, since it sets Django up

# isort: split
from django.conf import settings

from rubrica.web.front import shortcut
from rubrica.web.front.door import Door, asynchronously
from rubrica.web.front.room import Room, memory_of_machine

MEMORY = 0.5  # of the machine, where nothing is set: the jobs and the database live there as well
BODIES = 4096
WAITING = 512

door = Door(
    wsgi,
    Room(
        memory=settings.WEB_MEMORY_BYTES or int(memory_of_machine() * MEMORY),
        bodies=BODIES,
        from_one=settings.CONNECTIONS_PER_ADDRESS,
        waiting=WAITING,
    ),
    settings.WEB_THREADS,
)
shortcut.install(door)


class Application:
    """By the names that Granian looks for."""

    __rsgi_init__ = staticmethod(door.begin)
    __rsgi__ = staticmethod(asynchronously(door))


application = Application()
