"""Components that hold other markup: what is said to them is text, what they hold is markup."""

import pytest
from django.template import Context, Template

NAME = '<b>"Ana"</b>'


@pytest.mark.parametrize(
    ("tag", "end"),
    [
        ("card title=name", "card"),
        ('dialog "one" title=name', "dialog"),
        ("table label=name", "table"),
        ("menu name", "menu"),
        ("fold name", "fold"),
    ],
)
def test_a_name_is_text_and_the_inside_is_markup(tag: str, end: str) -> None:
    source = f"{{% load components %}}{{% {tag} %}}<p>{{{{ name }}}}</p>{{% end{end} %}}"
    html = Template(source).render(Context({"name": NAME}))
    assert "<b>" not in html
    assert html.count("<p>&lt;b&gt;&quot;Ana&quot;&lt;/b&gt;</p>") == 1
    assert html.count("&lt;b&gt;") == 2


def test_a_dialog_is_named_by_its_title() -> None:
    html = Template('{% load components %}{% dialog "gone" title="Gone?" %}-{% enddialog %}').render(Context())
    assert 'id="gone" aria-labelledby="gone-title"' in html and 'id="gone-title">Gone?<' in html


def test_a_field_tells_its_hint_and_its_mistake_to_screen_readers() -> None:
    source = '{% include "components/input.html" with name="mail" label="E-mail" hint="Once." error="Not whole." %}'
    html = Template(source).render(Context())
    assert '<label for="mail">' in html and 'aria-invalid="true"' in html
    assert 'aria-describedby="mail-hint mail-error"' in html and 'id="mail-hint"' in html and 'id="mail-error"' in html
