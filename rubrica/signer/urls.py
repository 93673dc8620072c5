from django.urls import path

from rubrica.signer import api, identity, renewal, uploads, views

app_name = "signer"

urlpatterns = [
    path("", views.page, name="page"),
    path("/state", api.state, name="state"),
    path("/link", renewal.link, name="link"),
    path("/reopening", renewal.more_time, name="reopening"),
    path("/opened", api.opened, name="opened"),
    path("/consent", identity.consent, name="consent"),
    path("/otp", identity.otp, name="otp"),
    path("/otp/check", identity.otp_check, name="otp_check"),
    path("/captures/<str:kind>", identity.capture, name="capture"),
    path("/files/<int:file_id>", api.file, name="file"),
    path("/files/<int:file_id>/uploads", uploads.begin, name="uploads"),
    path("/files/<int:file_id>/uploads/<int:upload_id>", uploads.upload, name="upload"),
    path("/pages/<int:number>", api.page, name="document_page"),
    path("/pages/<int:number>/text", api.page_text, name="document_text"),
    path("/document", api.document, name="document"),
    path("/documents/<str:code>/pages/<int:number>", api.page, name="page_of_document"),
    path("/documents/<str:code>/pages/<int:number>/text", api.page_text, name="text_of_document"),
    path("/documents/<str:code>", api.document, name="document_by_code"),
    path("/signature", api.signature, name="signature"),
    path("/approval", api.approval, name="approval"),
    path("/rejection", api.rejection, name="rejection"),
]
