from django.urls import path

from rubrica.console import actions, downloads, views

app_name = "console"
PROCESS = "processes/<str:process>"
FILE = f"{PROCESS}/files/<int:file>"
PARTICIPANT = f"{PROCESS}/participants/<str:participant>"
SUBMISSION = f"{PROCESS}/submissions/<int:submission>"
DOCUMENT = f"{PROCESS}/documents/<str:code>"

urlpatterns = [
    path("", views.processes, name="processes"),
    path("language", actions.language, name="language"),
    path(PROCESS, views.process, name="process"),
    path(f"{PROCESS}/live", views.live, name="live"),
    path(f"{FILE}/approve", actions.approve, name="approve"),
    path(f"{FILE}/reject", actions.reject, name="reject"),
    path(f"{FILE}/reset", actions.reset, name="reset"),
    path(f"{PARTICIPANT}/resend", actions.resend, name="resend"),
    path(f"{PARTICIPANT}/link", actions.link, name="link"),
    path(f"{DOCUMENT}/seal", actions.seal, name="seal"),
    path(f"{DOCUMENT}/original", downloads.original, name="original"),
    path(f"{DOCUMENT}/sealed", downloads.sealed, name="sealed"),
    path(f"{SUBMISSION}/download", downloads.submission, name="submission"),
    path(f"{SUBMISSION}/preview", downloads.preview, name="preview"),
]
