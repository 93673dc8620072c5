"""What somebody has written into a draft so far: well formed, though it need not be complete."""

import secrets
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from rubrica.sealing.values import FieldKind

# As the API has them, which a test holds: what can be sent by hand can be sent by a program, and the other way round.
MAX_PEOPLE = 500
MAX_READERS = 100
MAX_PAPERS = 100
MAX_FILES = 100  # of one person
MAX_FILES_IN_ALL = 1000
MAX_PLACES = 500  # of one person in one paper
MAX_ORDER = 10_000
MAX_NAME = 200  # characters of a person or of a file
MAX_TITLE = 300  # characters of a process, of a paper and of a subject
MAX_MESSAGE = 20_000  # characters
REMINDER_STEP = 3  # hours
MAX_REMINDER = 24 * 365  # hours
SHORTEST_TERM = 3  # days
LONGEST_TERM = 36_525  # days

Role = Literal["signer", "approver", "reader"]
Ordering = Literal["together", "one_by_one", "steps"]
Code = Literal["", "mail", "sms", "whatsapp"]
Signatures = Literal["one", "each"]
Pictures = Literal["", "photo", "card", "both_sides"]
Language = Literal["", "es", "en", "pt"]
SIGNER: Final = "signer"
APPROVER: Final = "approver"
READER: Final = "reader"
TOGETHER: Final = "together"
ONE_BY_ONE: Final = "one_by_one"
STEPS: Final = "steps"
SMS: Final = "sms"
WHATSAPP: Final = "whatsapp"
PHOTO: Final = "photo"
CARD: Final = "card"
BOTH_SIDES: Final = "both_sides"


def new_id() -> str:
    return secrets.token_hex(4)


class AskedFile(BaseModel):
    name: str
    optional: bool = False


class Person(BaseModel):
    """``kind`` is the type of signer in the template that they came with; ``code`` the way a one-time code takes.

    ``language`` is that of their page and messages; empty is the organization's.
    """

    id: str = Field(default_factory=new_id)
    kind: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: Language = ""
    role: Role = SIGNER
    step: Annotated[int, Field(ge=0, le=MAX_ORDER)] = 1
    files: list[AskedFile] = []
    code: Code = ""
    pictures: Pictures = ""
    video: bool = False

    @property
    def acts(self) -> bool:
        return self.role != READER

    @property
    def shown(self) -> str:
        return self.name or self.email or self.kind

    @property
    def checks(self) -> list[str]:
        """In the words and the order of ``IdentityCheck``; none for readers, of whom nothing is asked."""
        if not self.acts:
            return []
        pictures = {"": [], PHOTO: ["photo"], CARD: ["photo", "identification"]}
        both = ["photo", "identification", "identificationBack"]
        return [*(["otp"] if self.code else []), *pictures.get(self.pictures, both), *(["video"] if self.video else [])]


class Place(BaseModel):
    """Where a person signs, or fills in a field, on a page of a paper: points from the top left."""

    paper: int
    person: str
    page: int
    left: float
    top: float
    width: float
    height: float
    kind: FieldKind = "signature"
    name: str = ""
    required: bool = True
    max_length: int | None = None


class Absence(BaseModel):
    """Somebody who acts has no part in one of several papers."""

    paper: int
    person: str


class Content(BaseModel):
    name: str = ""
    subject: str = ""
    message: str = ""
    people: list[Person] = []
    ordering: Ordering = TOGETHER
    places: list[Place] = []
    absences: list[Absence] = []
    signatures: Signatures = "one"
    remind_every_hours: int | None = None
    expires_on: date | None = None
    folder: str = ""
    template: str = ""  # the id of what it began with
    tags: list[str] = []

    @property
    def acting(self) -> list[Person]:
        return [person for person in self.people if person.acts]

    @property
    def readers(self) -> list[Person]:
        return [person for person in self.people if not person.acts]

    def order_of(self, person: Person) -> int:
        """Equal ones act together."""
        if self.ordering == TOGETHER:
            return 1
        if self.ordering == STEPS:
            return person.step
        return 1 + [one.id for one in self.acting].index(person.id)

    def places_of(self, person: Person, paper: int) -> list[Place]:
        return [place for place in self.places if place.person == person.id and place.paper == paper]

    def has_part(self, person: Person, paper: int) -> bool:
        return Absence(paper=paper, person=person.id) not in self.absences

    def parts_of(self, paper: int) -> list[Person]:
        return [person for person in self.acting if self.has_part(person, paper)]

    def drop_what_is_lost(self, papers: set[int]) -> None:
        """Places of people and papers that are there no more, and of who has no part in the paper.

        Readers sign nothing. In a single paper everybody has a part.
        """
        people = {person.id for person in self.acting}
        self.absences = [
            one for one in self.absences if len(papers) > 1 and one.person in people and one.paper in papers
        ]
        absent = {(one.paper, one.person) for one in self.absences}
        self.places = [
            place
            for place in self.places
            if place.person in people and place.paper in papers and (place.paper, place.person) not in absent
        ]
