"""The WSGI application that Granian serves."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from rubrica.supervisor import die_with_parent

# A worker of a server that was killed would hold the port and answer with old code.
die_with_parent(signal.SIGKILL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
django = get_wsgi_application()

from rubrica.web.counting import counted  # noqa: E402  its imports need Django set up
from rubrica.web.hot import in_front_of  # noqa: E402
from rubrica.web.seeing import seen  # noqa: E402

application = seen(counted(in_front_of(django)))
