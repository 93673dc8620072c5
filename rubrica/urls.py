"""The table of contents of the site."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

import rubrica.api.openapi.views as openapi
from rubrica.api.aero.downloads import download as download_attachment
from rubrica.api.auco.endpoints import api as auco
from rubrica.api.auco.templates import receive_page
from rubrica.api.auco.uploads import receive_upload
from rubrica.api.own import certificates
from rubrica.api.own.verification import digest, verification
from rubrica.company.views import picture, style
from rubrica.files.views import download
from rubrica.notify.gallery import gallery, sample_html
from rubrica.team import joining
from rubrica.web.health import healthz, readyz
from rubrica.web.metrics import metrics
from rubrica.web.styleguide import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="console:home")),
    path("console/", include("rubrica.console.urls")),
    # What we use of django-allauth; the rest of it builds links from the Host header, which anybody may send.
    path("accounts/", include("rubrica.team.urls")),
    path("join/<str:secret>", joining.join, name="join"),
    path("outbox", include("rubrica.notify.urls")),
    path("channels/", include("rubrica.notify.channel_urls")),
    path("s/<str:token>", include("rubrica.signer.urls")),
    path("c/<str:token>", include("rubrica.completing.urls")),
    path("v1.5/ext/openapi.json", openapi.auco_document, name="openapi_auco"),
    path("v1.5/ext/", auco.urls),
    path("api/openapi.json", openapi.aero_document, name="openapi_aero"),
    path("api/", include("rubrica.api.aero.urls")),
    path("dl/<str:token>/<str:name>", download_attachment, name="download_attachment"),
    path("reference/", openapi.contents, name="reference"),
    path("reference/participant.json", openapi.participant_document, name="openapi_participant"),
    path("reference/<slug:dialect>", openapi.reference, name="reference_of"),
    path("uploads/t.<str:token>", receive_page, name="upload_page"),
    path("uploads/<str:token>", receive_upload, name="upload"),
    path("files/<str:token>/<str:name>", download, name="download"),
    path("brand/<slug:slug>/<str:mark>/<str:digest>.css", style, name="brand_style"),
    path("brand/<slug:slug>/<str:mark>/<str:digest>.png", picture, name="brand_picture"),
    path("verify", verification, name="verify"),
    path("verify/digest", digest, name="verify_digest"),
    path("pki/ca.crt", certificates.authority_certificate, name="authority_certificate"),
    path("pki/crl", certificates.revocation_list, name="revocation_list"),
    path("pki/ocsp", certificates.certificate_status, name="certificate_status"),
    path("pki/ocsp/<path:encoded>", certificates.certificate_status, name="certificate_status_of"),
    path("styleguide", styleguide, name="styleguide"),
    path("mails", gallery, name="mails"),
    path("mails/sample", sample_html, name="sample_mail"),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]

handler403 = "rubrica.web.errors.forbidden"
handler429 = "rubrica.team.signing_in.too_often"
handler404 = "rubrica.web.errors.not_found"
handler500 = "rubrica.web.errors.server_error"
