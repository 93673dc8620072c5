"""The effects. A job may run twice, so what it calls looks at its row first. No secret is in a job's arguments."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

MAIL = "mail"
FOR_AN_HOUR = RetryStrategy(max_attempts=12, wait=5, linear_wait=60)


@app.task(queue=MAIL, retry=RetryStrategy(max_attempts=52, wait=60, linear_wait=60))
def mail_invitation(invitation_id: int) -> None:
    from rubrica.team import letters

    letters.invitation(invitation_id)


@app.task(queue=MAIL, retry=RetryStrategy(max_attempts=52, wait=60, linear_wait=60))
def mail_account_changed(entry_id: int, member_id: int) -> None:
    """To whom the account belongs, whoever has changed it; ``entry_id`` is the line in the audit that says what."""
    from rubrica.team import letters

    letters.account_changed(entry_id, member_id)


@app.task(queue=MAIL, retry=FOR_AN_HOUR)
def mail_password_reset(member_id: int, asked: str) -> None:
    """Whoever asked waits for it now; later nobody needs it. ``asked`` tells one request from the next."""
    from rubrica.team import letters

    letters.password_reset(member_id, asked)
