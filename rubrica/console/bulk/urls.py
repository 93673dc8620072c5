"""The addresses of bulk sendings, below /console/sending/bulk; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.bulk import beginning, checking, choosing, results

BATCH = "/<str:batch>"

urlpatterns = [
    path("", beginning.bulk, name="bulk"),
    path("/new", beginning.begin, name="begin_batch"),
    path(BATCH, results.batch, name="batch"),
    path(f"{BATCH}/live", results.live, name="live_batch"),
    path(f"{BATCH}/columns", choosing.columns, name="batch_columns"),
    path(f"{BATCH}/columns/save", choosing.save, name="save_batch_columns"),
    path(f"{BATCH}/check", checking.check, name="batch_check"),
    path(f"{BATCH}/check/faults", checking.faults, name="batch_faults"),
    path(f"{BATCH}/start", checking.start, name="start_batch"),
    path(f"{BATCH}/turn", results.turn, name="turn_batch"),
    path(f"{BATCH}/remove", results.remove, name="remove_batch"),
    path(f"{BATCH}/results", results.export, name="batch_results"),
]
