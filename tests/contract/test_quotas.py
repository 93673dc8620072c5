"""An organization that has what it may have is told so in the words of the call."""

from rubrica.limits import quotas
from tests.contract import seeds
from tests.contract.calls import Auco


def test_processes_of_a_month(auco: Auco) -> None:
    quotas.set_quotas(auco.acme.organization, {"processes": 2})
    answers = [auco.post("/attachments", seeds.without_document()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert answers[2].json()["message"] == "QUOTA_PROCESSES"
    assert auco.acme.organization.processes.count() == 2


def test_what_was_begun_before_the_quota_counts(auco: Auco) -> None:
    auco.post("/attachments", seeds.without_document())
    quotas.set_quotas(auco.acme.organization, {"processes": 1})
    assert auco.post("/attachments", seeds.without_document()).json()["message"] == "QUOTA_PROCESSES"


def test_no_process_begins_without_room_for_files(auco: Auco) -> None:
    quotas.set_quotas(auco.acme.organization, {"bytes": 0})
    answer = auco.post("/attachments", seeds.without_document())
    assert (answer.status_code, answer.json()["message"]) == (400, "QUOTA_BYTES")
