"""The table of contents of the aero dialect, below ``/api/``."""

from django.urls import URLPattern, URLResolver

from rubrica.api.aero import attachments, copying, definitions, documents, login, v1_attachments

urlpatterns: list[URLPattern | URLResolver] = [
    *login.urlpatterns,
    *definitions.urlpatterns,
    *documents.urlpatterns,
    *attachments.urlpatterns,
    *copying.urlpatterns,
    *v1_attachments.urlpatterns,
]
