from django.urls import path

from rubrica.signer import api, views

app_name = "signer"

urlpatterns = [
    path("", views.page, name="page"),
    path("/state", api.state, name="state"),
    path("/opened", api.opened, name="opened"),
    path("/files/<int:file_id>", api.file, name="file"),
    path("/pages/<int:number>", api.page, name="document_page"),
    path("/pages/<int:number>/text", api.page_text, name="document_text"),
    path("/document", api.document, name="document"),
    path("/signature", api.signature, name="signature"),
    path("/approval", api.approval, name="approval"),
    path("/rejection", api.rejection, name="rejection"),
]
