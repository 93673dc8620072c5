from django.urls import path

from rubrica.notify import receipts

app_name = "channels"
urlpatterns = [
    path("twilio/<int:message>", receipts.from_twilio, name="twilio"),
    path("whatsapp", receipts.from_meta, name="whatsapp"),
]
