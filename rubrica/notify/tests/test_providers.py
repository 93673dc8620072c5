from typing import Any

import pytest

from rubrica.notify import providers
from rubrica.notify.providers import CloudNumber, Twilio


def test_it_works() -> None:
    assert providers.sms("twilio://AC12:se%2Fcret@api.twilio.com?from=+15550001111") == Twilio(
        "https://api.twilio.com", "AC12", "se/cret", "+15550001111"
    )
    assert providers.whatsapp("whatsapp://10654:EAA%3D@graph.facebook.com/v24.0") == CloudNumber(
        "https://graph.facebook.com/v24.0", "10654", "EAA="
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("twilio://AC12:x@?service=MG1", Twilio("https://api.twilio.com", "AC12", "x", "", "MG1")),
        (
            "twilio+http://AC12:x@[::1]:81/?from=Acme&free_text=yes",
            Twilio("http://[::1]:81", "AC12", "x", "Acme", "", True),
        ),
        ("whatsapp://1:x@", CloudNumber("https://graph.facebook.com/v23.0", "1", "x")),
        ("whatsapp+http://1:x@localhost:81/v1.0", CloudNumber("http://localhost:81/v1.0", "1", "x")),
    ],
)
def test_what_is_left_out_has_a_default(url: str, expected: Any) -> None:
    assert providers.whatsapp(url) == expected


def test_nothing_keeps_messages_in_the_outbox() -> None:
    assert (providers.sms(""), providers.whatsapp("")) == (None, None)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://AC1:secret@api.twilio.com?from=+1", "begins with 'https'"),
        ("twilio+ftp://AC1:secret@api.twilio.com?from=+1", "begins with"),
        ("twilio+http://AC1:secret@api.twilio.com?from=+1", "without TLS to this machine alone"),
        ("twilio://AC1:secret@api.twilio.com", "either from= or service="),
        ("twilio://AC1:secret@api.twilio.com?from=+1&service=MG", "either from= or service="),
        ("twilio://AC1@api.twilio.com?from=+1", "no name or no token"),
        ("twilio://:secret@api.twilio.com?from=+1", "no name or no token"),
        ("twilio://AC1:secret@api.twilio.com/2010?from=+1", "after the host"),
        ("twilio://AC1:secret@api.twilio.com?from=+1&to=+2", "unknown option 'to'"),
        ("twilio://AC1:secret@api.twilio.com:x?from=+1", "cannot be read"),
        ("whatsapp://1:secret@graph.facebook.com/v1/x", "more than a version"),
        ("whatsapp+http://1:secret@graph.facebook.com/v1", "without TLS"),
        ("whatsapp://1:secret@graph.facebook.com/v1?from=+1", "unknown option"),
    ],
)
def test_a_bad_url_is_refused_with_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(SystemExit, match="RUBRICA_WHATSAPP_URL") as refused:
        providers.whatsapp(url)
    assert reason in str(refused.value)
    assert "secret" not in str(refused.value)


def test_an_sms_does_not_go_over_the_cloud_api() -> None:
    with pytest.raises(SystemExit, match="RUBRICA_SMS_URL begins with 'whatsapp'"):
        providers.sms("whatsapp://1:secret@graph.facebook.com/v23.0")


def test_templates() -> None:
    assert providers.templates("") == {}
    assert providers.templates('{"code": {"es": "HX1", "pt": "codigo:pt_PT"}}')["code"]["pt"] == "codigo:pt_PT"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "another shape"),
        ('{"invite": "HX1"}', "another shape"),
        ('{"invitation": {"es": "HX1"}}', "do not exist: invitation"),
        ('{"invite": {"de": "HX1"}}', "do not exist: de"),
        ('{"invite": {"es": ""}}', "not a text"),
        ('{"invite": {"es": 5}}', "not a text"),
    ],
)
def test_bad_templates_are_refused_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(SystemExit, match="RUBRICA_WHATSAPP_TEMPLATES") as refused:
        providers.templates(text)
    assert reason in str(refused.value)


def test_countries() -> None:
    assert providers.countries("") == ()
    assert providers.countries("+57, +1809,") == ("+57", "+1809")
    with pytest.raises(SystemExit, match="RUBRICA_PHONE_COUNTRIES must be like"):
        providers.countries("57")
