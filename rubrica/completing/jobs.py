"""The effects of a document that is made from answers: each body is one call, and looks at its row first."""

from procrastinate.contrib.django import app

from rubrica.processes.jobs import MAIL, PATIENT


@app.task(queue=MAIL, retry=PATIENT)
def ask_to_complete(completion_id: int, key: str) -> None:
    from rubrica.completing import notices

    notices.ask_to_complete(completion_id, key)


@app.task(queue=MAIL, retry=PATIENT)
def send_to_print(process_id: int) -> None:
    from rubrica.completing import notices

    notices.send_to_print(process_id)
