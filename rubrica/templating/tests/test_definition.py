"""Whether a template's JSON holds together, and what is said where it does not."""

from typing import Any

import pytest

from rubrica.templating import definition
from rubrica.templating.faults import TemplateInvalid
from rubrica.templating.signers import derive
from rubrica.templating.tests.examples import ANSWERS, LEASE, answer, question, raw, read

PARTS = {name: value for name, value in LEASE.items() if name not in {"name", "description"}}


def faults(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(TemplateInvalid) as refused:
        definition.read(body)
    return {".".join(str(part) for part in fault.path): fault.code for fault in refused.value.faults}


def test_it_is_stored_as_it_was_written() -> None:
    assert definition.read(PARTS).stored() == PARTS


CLAUSE = question("clausula", "c")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"config": "required", "signatureProfile": "required", "sign": "required"}),
        (raw(question(name="has space")), {"config.0.name": "malformed"}),
        (raw(question(name="signDate")), {"config.0.name": "reserved"}),
        (raw(CLAUSE, question(name="c_yes")), {"config.1.name": "duplicate"}),
        (raw(question("select", options=None)), {"config.0.options": "required"}),
        (raw(question("check", values=["a,b"])), {"config.0.values.0": "comma"}),
        (raw(question("clausula", value="maybe")), {"config.0.value": "unknown_option"}),
        (raw(question("clausula", options=[{"value": "a"}, {"value": "a"}])), {"config.0.options.1": "duplicate"}),
        (raw(question("text", subYears=18)), {"config.0.subYears": "not_for_type"}),
        (raw(question("text", maxlength=-1)), {"config.0.maxlength": "greater_than_equal"}),
        (raw(question("number", min="ten")), {"config.0.min": "not_a_number"}),
        (raw(question("date", max="31/31/2024")), {"config.0.max": "not_a_date"}),
        (raw(question("phone", country="zz")), {"config.0.country": "unknown_country"}),
        (raw(question("request", endpoint="http://plain.example/")), {"config.0.endpoint": "malformed"}),
        (raw(question(regex="(?P<a>")), {"config.0.regex": "regex_invalid"}),
        (raw(question(prereq=[{"k": "no", "v": "x"}])), {"config.0.prereq.0.k": "unknown_question"}),
        (raw(question(name="a"), question(prereq=[{"k": "a", "v": "x"}])), {"config.1.prereq.0.k": "not_a_clause"}),
        (raw(CLAUSE, question(prereq=[{"k": "c", "v": "maybe"}])), {"config.1.prereq.0.v": "unknown_option"}),
        (raw(CLAUSE, question(prereqOptionals=["c_maybe"])), {"config.1.prereqOptionals.0": "unknown_option"}),
        (raw(preBuild=True), {"preBuildData": "required"}),
        (raw(question(), preBuild=True, preBuildData=["q"]), {"preBuildData.0": "not_an_email"}),
        (raw(pagare=True), {"pagare": "unknown_attribute"}),
    ],
)
def test_each_fault_by_its_path(body: dict[str, Any], wrong: dict[str, str]) -> None:
    if body.get("config") and body["config"][0].get("options", 0) is None:
        del body["config"][0]["options"]
    assert faults(body) == wrong


def test_conditions_in_a_circle() -> None:
    first = question("clausula", "first", prereq=[{"k": "second", "v": "yes"}])
    second = question("clausula", "second", prereqOptionals=["first_no"])
    assert faults(raw(first, second)) == {"config.0.prereq": "circle", "config.1.prereq": "circle"}
    own = question("clausula", "own", prereq=[{"k": "own", "v": "yes"}])
    assert faults(raw(own)) == {"config.0.prereq": "circle"}


def test_a_signer_whose_particulars_nobody_is_asked_for() -> None:
    signer = {"name": ["a", "b"], "email": "a", "phone": "m", "identification": "x|y", "type": "one"}
    body = raw(question(name="a"), question("email", "m"), signatureProfile=[])
    body["signatureProfile"] = [signer, {"name": "a", "email": "m", "type": "one"}]
    assert faults(body) == {
        "signatureProfile.0.email": "wrong_type",
        "signatureProfile.0.phone": "wrong_type",
        "signatureProfile.0.name": "unknown_question",
        "signatureProfile.0.identification": "unknown_question",
        "signatureProfile.1.type": "duplicate",
    }


def test_hundreds_of_questions_and_no_more() -> None:
    assert len(read(*(question(name=f"q{n}") for n in range(300))).config) == 300
    assert faults(raw(*(question(name=f"q{n}") for n in range(301)))) == {"config": "too_long"}


def test_signers_come_from_the_answers() -> None:
    found, wrong = derive(definition.read(PARTS), {**ANSWERS, "nombre": "Ana Ruiz", "celular": "+573001234567"})
    assert wrong == []
    (ana,) = found  # the other one's e-mail was not asked
    assert (ana.type, ana.name, ana.email, ana.phone) == (
        "arrendatario",
        "Ana Ruiz",
        "ana@example.com",
        "+573001234567",
    )
    assert ana.claimed == {"country": "CO", "type": "CC", "number": "1084340519"}


def test_names_are_joined_and_the_first_identification_with_an_answer_counts() -> None:
    signer = {"name": ["first", "last"], "email": "mail", "identification": "card|pass", "type": "one",
              "country": "MX", "identificationType": "PASSPORT", "order": "2", "role": "APPROVER"}  # fmt: skip
    body = raw(question("name", "first"), question("name", "last"), question("email", "mail"),
               question("number", "card"), question("text", "pass"))  # fmt: skip
    read_ = definition.read({**body, "signatureProfile": [signer]})
    (one,), _wrong = derive(read_, {"first": "Ana", "last": "Ruiz", "mail": "a@b.co", "pass": "X1"})
    assert (one.name, one.order, one.role) == ("Ana Ruiz", 2, "APPROVER")
    assert one.claimed == {"country": "MX", "type": "PASSPORT", "number": "X1"}


def test_two_signers_with_one_address() -> None:
    signers = [{"name": "n", "email": mail, "type": mail} for mail in ("a", "b")]
    body = {**raw(question("name", "n"), question("email", "a"), question("email", "b")), "signatureProfile": signers}
    _found, wrong = derive(definition.read(body), {"n": "Ana", "a": "x@y.co", "b": "x@y.co"})
    assert [(fault.path, fault.code) for fault in wrong] == [(("b",), "duplicate")]


def test_a_signer_needs_a_name() -> None:
    body = {**raw(question("name", "n"), question("email", "a")),
            "signatureProfile": [{"name": "n", "email": "a", "type": "x"}]}  # fmt: skip
    assert derive(definition.read(body), {"a": "x@y.co"})[1][0].path == ("n",)
    assert answer(question("name", "n")).faults == []
