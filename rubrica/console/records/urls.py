"""The addresses of the record store, below /console/records; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.records import copying, definitions, files, records

DEFINITION = "/<str:dd>"
RECORD = f"{DEFINITION}/documents/<str:doc>"
FILE = f"{RECORD}/files/<str:key>"

urlpatterns = [
    path("", definitions.listed, name="definitions"),
    path("/new", definitions.new, name="new_definition"),
    path("/add", definitions.add, name="add_definition"),
    path(DEFINITION, records.listed, name="records"),
    path(f"{DEFINITION}/definition", definitions.shown, name="definition"),
    path(f"{DEFINITION}/definition/save", definitions.change, name="change_definition"),
    path(f"{DEFINITION}/definition/remove", definitions.remove, name="remove_definition"),
    path(f"{DEFINITION}/new", records.new, name="new_record"),
    path(f"{DEFINITION}/add", records.add, name="add_record"),
    path(RECORD, records.shown, name="record"),
    path(f"{RECORD}/save", records.change, name="change_record"),
    path(f"{RECORD}/remove", records.remove, name="remove_record"),
    path(f"{RECORD}/files", files.add, name="add_record_files"),
    path(FILE, files.download, name="record_file"),
    path(f"{FILE}/preview", files.preview, name="preview_record_file"),
    path(f"{FILE}/remove", files.remove, name="remove_record_file"),
    path(f"{FILE}/copy", copying.ask, name="copy_record_file"),
    path(f"{FILE}/copy/do", copying.do, name="do_copy_record_file"),
]
