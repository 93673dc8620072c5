from django.urls import path

from rubrica.notify import views

app_name = "notify"
urlpatterns = [
    path("", views.outbox, name="outbox"),
    path("/<int:pk>", views.message, name="message"),
    path("/<int:pk>/html", views.message_html, name="message_html"),
]
