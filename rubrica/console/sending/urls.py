"""The addresses of new processes, below /console/sending; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.sending import beginning, documents, message, people, places, review

DRAFT = "/<str:draft>"

urlpatterns = [
    path("", beginning.new_process, name="new_process"),
    path("/new", beginning.begin, name="begin_draft"),
    path("/from/<str:template>", beginning.begin_from_answers, name="begin_from_answers"),
    path(DRAFT, beginning.resume, name="draft"),
    path(f"{DRAFT}/remove", beginning.remove, name="remove_draft"),
    path(f"{DRAFT}/documents", documents.documents, name="draft_documents"),
    path(f"{DRAFT}/documents/save", documents.save, name="save_draft_documents"),
    path(f"{DRAFT}/people", people.people, name="draft_people"),
    path(f"{DRAFT}/people/save", people.save, name="save_draft_people"),
    path(f"{DRAFT}/places", places.places, name="draft_places"),
    path(f"{DRAFT}/places/save", places.save, name="save_draft_places"),
    path(f"{DRAFT}/sheets/<int:paper>/<int:number>", places.sheet, name="draft_sheet"),
    path(f"{DRAFT}/message", message.message, name="draft_message"),
    path(f"{DRAFT}/message/save", message.save, name="save_draft_message"),
    path(f"{DRAFT}/mail/preview", message.mail_as_kept, name="draft_mail"),
    path(f"{DRAFT}/message/preview", message.preview, name="preview_draft_message"),
    path(f"{DRAFT}/review", review.review, name="draft_review"),
    path(f"{DRAFT}/send", review.send, name="send_draft"),
]
