from django.urls import path

from rubrica.completing import views

app_name = "completing"

urlpatterns = [
    path("", views.page, name="page"),
    path("/answers", views.answers, name="answers"),
    path("/lookup", views.lookup, name="lookup"),
    path("/preview", views.preview, name="preview"),
    path("/review", views.review, name="review"),
    path("/review/<int:number>", views.sheet, name="sheet"),
    path("/send", views.send, name="send"),
]
