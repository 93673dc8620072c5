"""The addresses of the reports, below /console/reports; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.reports import export, views

urlpatterns = [
    path("", views.reports, name="reports"),
    path("/processes.csv", export.export_csv, name="export_csv"),
    path("/processes.xlsx", export.export_xlsx, name="export_xlsx"),
]
