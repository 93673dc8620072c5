"""The addresses of the templates, below /console/templates; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.templating import changes, places, views

TEMPLATE = "/<str:template>"

urlpatterns = [
    path("", views.templates, name="templates"),
    path("/new", changes.new_template, name="new_template"),
    path("/new/positions", changes.add_positions, name="add_positions"),
    path("/new/questions", changes.add_questions, name="add_questions"),
    path(TEMPLATE, views.template, name="template"),
    path(f"{TEMPLATE}/pages", changes.upload_page, name="upload_template_page"),
    path(f"{TEMPLATE}/status", changes.switch, name="switch_template"),
    path(f"{TEMPLATE}/try", views.fill, name="try_template"),
    path(f"{TEMPLATE}/html/<str:page>", views.html, name="template_html"),
    path(f"{TEMPLATE}/sheets/<int:number>", places.sheet, name="template_sheet"),
    path(f"{TEMPLATE}/places", places.save_places, name="save_places"),
]
