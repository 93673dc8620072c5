"""The addresses of the review inbox, below /console/review; their names are in the namespace of the console."""

from django.urls import path

from rubrica.console.reviewing import phrases, review

urlpatterns = [
    path("", review.review, name="review"),
    path("/<int:file>/decide", review.decide, name="decide_file"),
    path("/phrases", phrases.phrases, name="phrases"),
    path("/phrases/add", phrases.add_phrase, name="add_phrase"),
    path("/phrases/<int:pk>/remove", phrases.remove_phrase, name="remove_phrase"),
]
