"""Which message goes to whom about a document that is made from answers. Called by jobs; each call may come twice."""

from typing import Any

from django.conf import settings

from rubrica.completing.models import Completion
from rubrica.notify import delivery, messages
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import MAX_ATTACHED, Attachment, Person
from rubrica.processes.briefs import sending
from rubrica.processes.models import Process


def ask_to_complete(completion_id: int, key: str) -> None:
    """The new link replaces the one before as it goes out; nobody is asked for what is done."""
    completion = Completion.objects.select_related("process__organization", "process__creator").get(pk=completion_id)
    if completion.state != "open" or delivery.is_out(key, ("mail",)):
        return
    to = Person("", completion.email, completion.language)
    link, until = completion.issue_link(), completion.process.expires_at
    _send(messages.complete, key, to=to, sending=sending(completion.process), link=link, until=until)


def send_to_print(process_id: int) -> None:
    """The document for its creator, who has it signed on paper."""
    process = Process.objects.select_related("organization", "creator").get(pk=process_id)
    key = f"print:{process.pk}"
    if delivery.is_out(key, ("mail",)):
        return
    document = process.documents.select_related("original").get()
    assert document.original is not None
    pdf = None
    if document.original.size <= MAX_ATTACHED:
        with document.original.open() as file:
            pdf = Attachment(document.file_name, file.read())
    creator = process.creator
    language = creator.language if creator else process.language
    to = Person(creator.name if creator else "", process.creator_email, language)
    link = f"{settings.PUBLIC_URL}/console/processes/{process.public_id}"
    _send(messages.to_print, key, to=to, sending=sending(process), link=link, pdf=pdf)


def _send(message: Any, key: str, **more: Any) -> None:
    """A lasting refusal stays on the notification's row, where the console shows it; a passing one is tried again."""
    try:
        message(key=key, **more)
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise
