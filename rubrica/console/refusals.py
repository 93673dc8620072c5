"""The domain's refusals in a member's words and language. The codes are those of ``processes.errors``."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rubrica.processes.errors import Refused

SENTENCES = {
    "PROCESS_CLOSED": _("This process has ended, so nothing in it changes any more."),
    "PROCESS_SEALING": _("Everybody is done and the document is being sealed, so nothing changes any more."),
    "FILE_MISSING": _("The file was withdrawn in the meantime."),
    "FILE_REPLACED": _("The file was replaced in the meantime. Look at the new version first."),
    "FILE_DECIDED": _("Somebody else decided about this file in the meantime."),
    "FILE_NOT_DECIDED": _("There is no decision to take back."),
    "REASON_REQUIRED": _("Say why the file is sent back, so that a better one can come."),
    "REMINDED_LATELY": _("This participant was reminded a moment ago. Wait ten minutes before the next one."),
    "EMAIL_INVALID": _("This is no e-mail address. Look for a missing letter or a blank."),
    "EMAIL_SAME": _("This is the address already."),
    "EMAIL_TAKEN": _("Somebody else in this process has this address."),
    "PHRASE_INVALID": _("A phrase has from 1 to 300 characters."),
    "TOO_MANY_PHRASES": _("40 phrases are enough. Remove one first."),
    "DECISION_UNKNOWN": _("Choose whether the file is approved or sent back."),
    "NOT_YOUR_TURN": _("Others come first; this participant is invited when it is their turn."),
    "ALREADY_DONE": _("This participant has done their part already."),
    "NOT_BLOCKED": _("Somebody else decided about this participant in the meantime."),
    "NOT_ENDED": _("Only what was rejected, cancelled or has expired can be reactivated."),
    "PARTICIPANT_BLOCKED": _("This participant is blocked; decide about that first."),
    "EVIDENCE_MADE": _("The evidence is there already."),
    "EVIDENCE_NOT_READY": _("The evidence is being made. Look again in a moment."),
    "PROCESS_NOT_FINISHED": _("The evidence is complete when the process has finished."),
    "NOT_SEALING": _("This document is not waiting for its seal."),
    "ALREADY_HELD": _("This is under a legal hold already."),
    "NOT_HELD": _("There is no legal hold on this any more."),
    "HELD": _("This is under a legal hold, so nothing of it is deleted."),
    "EVIDENCE_ERASED": _("The documents of this process were erased, and its evidence with them."),
    "HISTORY_TAKEN_OUT": _(
        "The events of this process were taken out of the database with their month, and its evidence is not whole"
        " without them."
    ),
    "LEVEL_REACHED": _("This document has the highest level already."),
}


def sentence(refusal: Refused) -> str:
    known = SENTENCES.get(refusal.code)
    return str(known) if known else gettext(refusal.detail)
