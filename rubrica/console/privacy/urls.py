"""The addresses of people's data, below /console/people; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.privacy import views

urlpatterns = [
    path("", views.person, name="person"),
    path("/look", views.find_person, name="find_person"),
    path("/export", views.export_person, name="export_person"),
    path("/export/<str:export>", views.download_export, name="download_export"),
    path("/erase", views.erase_person, name="erase_person"),
    path("/erasures/<str:erasure>/on", views.erase_on, name="erase_on"),
    path("/erasures/<str:erasure>.json", views.statement, name="erasure"),
    path("/erasures/<str:erasure>.p7s", views.signature, name="erasure_signature"),
]
