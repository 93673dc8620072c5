"""A pool that hands out no connection which the server has closed meanwhile, as it does when it is restarted."""

import select
import time
from typing import Any

from psycopg import Connection, Error
from psycopg_pool import ConnectionPool


class Pool(ConnectionPool[Connection[Any]]):
    def getconn(self, timeout: float | None = None) -> Connection[Any]:
        """Raises PoolTimeout.

        The pool's own ``check`` asks the server each time, and waits a second after each dead connection. This looks at
        the socket, which costs two microseconds, and asks only where something lies in it.
        """
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        found = super().getconn(timeout)
        while not is_whole(found):
            found.close()
            self.putconn(found)  # which makes a new one in its place
            found = super().getconn(max(0.1, deadline - time.monotonic()))
        return found


def is_whole(connection: Connection[Any]) -> bool:
    """Nothing lies in the socket of an idle connection: bytes there are a farewell, or the end of the stream."""
    if connection.closed:
        return False
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    if not looking.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)  # it may have been a mere notice, such as a changed setting
    except Error:
        return False
    return True
