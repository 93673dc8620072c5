"""What is checked of a participant before they see the document: one row a check, one row a picture that came in."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.models import Blob

MOST_FAILURES = 3  # contract/auco.md §7 rule 6
CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
WINDOW = timedelta(hours=1)
NONCE_BYTES = 16


class IdentityCheck(models.Model):
    """``todo → received → passed``; a code passes at once, a picture that is compared waits for its counterpart.

    ``decided_by`` names the member who let it pass; else it passed by itself. ``epoch`` goes up when what was proven
    so far is void, so that a browser's proof of an earlier epoch is worth nothing.
    """

    class Kind(models.TextChoices):
        OTP = "otp"
        PHOTO = "photo"
        IDENTIFICATION = "identification"
        IDENTIFICATION_BACK = "identificationBack"
        VIDEO = "video"

    class State(models.TextChoices):
        TODO = "todo"
        RECEIVED = "received"
        PASSED = "passed"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    participant = models.ForeignKey("Participant", models.CASCADE, related_name="checks", db_index=False)
    position = models.IntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.TODO)
    failures = models.IntegerField(default=0)
    last_failure = models.CharField(max_length=40, blank=True)  # a code word
    settled_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=254, blank=True)
    epoch = models.IntegerField(default=0)
    consented_at = models.DateTimeField(null=True)
    current = models.OneToOneField("IdentityCapture", models.SET_NULL, null=True, related_name="+")
    nonce = models.BinaryField(max_length=NONCE_BYTES, null=True)
    sent_at = models.DateTimeField(null=True)
    sends = models.IntegerField(default=0)
    window_at = models.DateTimeField(null=True)
    window_count = models.IntegerField(default=0)

    class Meta:
        ordering = ["participant", "position"]
        indexes = [models.Index(fields=["organization"], condition=models.Q(state="received"), name="check_received")]
        constraints = [models.UniqueConstraint(fields=["participant", "kind"], name="identity_check_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @classmethod
    def row(cls, organization_id: int, participant_id: int, kind: str, position: int) -> dict[str, Any]:
        """A new row by column, for ``insert_many``."""
        return {
            "organization_id": organization_id,
            "participant_id": participant_id,
            "position": position,
            "kind": cls.Kind(kind).value,
            "state": cls.State.TODO.value,
            "failures": 0,
            "last_failure": "",
            "decided_by": "",
            "epoch": 0,
            "sends": 0,
            "window_count": 0,
        }

    @property
    def is_capture(self) -> bool:
        return self.kind != self.Kind.OTP

    @property
    def is_passed(self) -> bool:
        return self.state == self.State.PASSED

    @property
    def remaining(self) -> int:
        return max(0, MOST_FAILURES - self.failures)

    @property
    def code_ends_at(self) -> datetime | None:
        """When the code that is on its way ends to be good; None when there is none."""
        if self.nonce is None or self.sent_at is None or self.sent_at + CODE_LIFE <= clock.now():
            return None
        return self.sent_at + CODE_LIFE

    def code(self) -> str:
        """The code that belongs to the row's nonce. It is stored nowhere: without the secret key, which is not in the
        database, the nonce tells nothing."""
        assert self.nonce is not None
        message = b"rubrica.identity.code|%d|%d|%s" % (self.pk, self.epoch, bytes(self.nonce))
        digest = hmac.digest(settings.SECRET_KEY.encode(), message, hashlib.sha256)
        return f"{int.from_bytes(digest[:16], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"

    def is_code(self, guess: str) -> bool:
        """In the same time whatever is guessed. False when no code is good any more."""
        return self.code_ends_at is not None and hmac.compare_digest(self.code().encode(), guess.encode())

    def renew_code(self, apart: timedelta, most: int) -> bool:
        """Makes a new code, which ends the one before; False when that was done too often lately."""
        now = clock.now()
        calm = Q(sent_at=None) | Q(sent_at__lte=now - apart)
        return self._claim(most, calm, nonce=secrets.token_bytes(NONCE_BYTES), sent_at=now, sends=F("sends") + 1)

    def claim_try(self, most: int) -> bool:
        """Counts one more picture in the running hour; False when there were too many."""
        return self._claim(most, Q())

    def _claim(self, most: int, condition: Q, **change: Any) -> bool:
        """A conditional UPDATE, so that fifty requests at once are counted like fifty in a row."""
        now = clock.now()
        mine = IdentityCheck.objects.filter(condition, pk=self.pk)
        fresh = mine.filter(Q(window_at=None) | Q(window_at__lte=now - WINDOW))
        if fresh.update(window_at=now, window_count=1, **change) == 1:
            return True
        running = mine.filter(window_at__gt=now - WINDOW, window_count__lt=most)
        return running.update(window_count=F("window_count") + 1, **change) == 1

    def calm_in(self, apart: timedelta, most: int) -> int:
        """Seconds until the next code or picture is taken; 0 for now."""
        now, waits = clock.now(), [timedelta()]
        if self.sent_at is not None:
            waits.append(self.sent_at + apart - now)
        if self.window_at is not None and self.window_count >= most:
            waits.append(self.window_at + WINDOW - now)
        return max(0, -int(-max(waits).total_seconds() // 1))

    def fail(self, code: str) -> None:
        """The caller holds the lock of the process."""
        self.failures, self.last_failure = self.failures + 1, code
        self.save(update_fields=["failures", "last_failure"])

    def end_code(self) -> None:
        """No code is good any more, and the next one has all tries. The caller holds the lock of the process."""
        self.nonce, self.failures = None, 0
        self.save(update_fields=["nonce", "failures"])

    def settle(self, state: str, decided_by: str = "") -> None:
        """The caller holds the lock of the process."""
        self.state, self.decided_by, self.last_failure = state, decided_by, ""
        self.settled_at = clock.now() if state == self.State.PASSED else None
        self.save(update_fields=["state", "decided_by", "last_failure", "settled_at"])

    def begin_anew(self) -> None:
        """Everything that was tried or proven is void; the pictures stay as history. The caller holds the lock."""
        self.state, self.failures, self.last_failure, self.settled_at = self.State.TODO, 0, "", None
        self.decided_by, self.epoch, self.nonce, self.sent_at, self.current = "", self.epoch + 1, None, None, None
        self.window_at, self.window_count = None, 0
        self.save()


class IdentityCapture(models.Model):
    """A picture or video that was good enough to be looked at, and what came of it.

    ``original`` is what was sent, kept as evidence and never shown; ``redrawn`` is made by us from its pixels. Both are
    erased when their time is over; the digest and the result stay.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    check_row = models.ForeignKey(IdentityCheck, models.CASCADE, related_name="captures")
    original = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    redrawn = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    sharpness = models.FloatField(null=True)
    faces = models.IntegerField(null=True)
    seconds = models.FloatField(null=True)
    similarity = models.FloatField(null=True)
    refused = models.CharField(max_length=40, blank=True)  # a code word
    created_at = models.DateTimeField(default=clock.now)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["check_row", "id"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(erased_at=None), name="identity_capture_kept"),
        ]

    def __str__(self) -> str:
        return f"capture of {self.created_at:%Y-%m-%d %H:%M}"
