"""Django's PostgreSQL engine with our pool, and statements that say whose rows they may see. The module has this name
because Django looks for it."""

import os
import socket
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base

from rubrica.connecting.pool import Pool
from rubrica.tenancy.cursors import SeeingConnection

HOST_LENGTH = 40  # letters of the machine's name; PostgreSQL cuts names of applications at 63 bytes


class DatabaseWrapper(SeeingConnection, base.DatabaseWrapper):
    _connection_pools: ClassVar[dict[str, Pool]] = {}  # by alias
    commits = 0  # transactions of this thread that were committed so far

    @property
    def pool(self) -> Pool | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            if self.settings_dict.get("CONN_MAX_AGE", 0) != 0:
                raise ImproperlyConfigured("A pool keeps its connections by itself: CONN_MAX_AGE must be 0.")
            parameters = {**self.get_connection_params(), "autocommit": True}
            configure = self._configure_connection  # type: ignore[attr-defined]  # Django's own, without a stub
            made = Pool(kwargs=parameters, open=False, configure=configure, **options)
            self._connection_pools.setdefault(self.alias, made)  # of several threads one is first
        return self._connection_pools[self.alias]

    def get_connection_params(self) -> dict[str, Any]:
        """With a name that says which process it is: the doctor counts them, and operators see who does what."""
        name = f"rubrica {socket.gethostname()[:HOST_LENGTH]} {os.getpid()}"
        return {"application_name": name, **super().get_connection_params()}

    def _commit(self) -> None:
        super()._commit()
        self.commits += 1
