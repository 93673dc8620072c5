from django.urls import include, path

from rubrica.console import actions, downloads, identity, views
from rubrica.console.records import urls as records
from rubrica.console.sending import urls as sending
from rubrica.console.settings import urls as settings
from rubrica.console.templating import urls as templating

app_name = "console"
PROCESS = "processes/<str:process>"
FILE = f"{PROCESS}/files/<int:file>"
PARTICIPANT = f"{PROCESS}/participants/<str:participant>"
SUBMISSION = f"{PROCESS}/submissions/<int:submission>"
DOCUMENT = f"{PROCESS}/documents/<str:code>"

urlpatterns = [
    path("", views.processes, name="processes"),
    path("language", actions.language, name="language"),
    path("sending", include(sending)),
    path("templates", include(templating)),
    path("records", include(records)),
    path("settings", include(settings)),
    path(PROCESS, views.process, name="process"),
    path(f"{PROCESS}/live", views.live, name="live"),
    path(f"{PROCESS}/cancel", actions.cancel, name="cancel"),
    path(f"{PROCESS}/evidence", downloads.evidence, name="evidence"),
    path(f"{PROCESS}/evidence/pdf", downloads.sealed_evidence, name="sealed_evidence"),
    path(f"{PROCESS}/evidence/container", downloads.container, name="container"),
    path(f"{PROCESS}/evidence/again", actions.make_evidence, name="make_evidence"),
    path(f"{PROCESS}/reactivate", actions.reactivate, name="reactivate"),
    path(f"{FILE}/approve", actions.approve, name="approve"),
    path(f"{FILE}/reject", actions.reject, name="reject"),
    path(f"{FILE}/reset", actions.reset, name="reset"),
    path(f"{PARTICIPANT}/resend", actions.resend, name="resend"),
    path(f"{PARTICIPANT}/link", actions.link, name="link"),
    path(f"{PARTICIPANT}/decision", identity.decide, name="decide"),
    path(f"{PROCESS}/captures/<int:capture>", identity.capture, name="capture"),
    path(f"{DOCUMENT}/seal", actions.seal, name="seal"),
    path(f"{DOCUMENT}/level", actions.raise_level, name="raise_level"),
    path(f"{PROCESS}/evidence/level", actions.raise_evidence, name="raise_evidence"),
    path(f"{DOCUMENT}/original", downloads.original, name="original"),
    path(f"{DOCUMENT}/sealed", downloads.sealed, name="sealed"),
    path(f"{SUBMISSION}/download", downloads.submission, name="submission"),
    path(f"{SUBMISSION}/preview", downloads.preview, name="preview"),
]
