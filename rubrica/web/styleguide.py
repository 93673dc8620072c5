"""``/styleguide``, in development: every component with its states, in both themes, beside the markup that makes it."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import translation
from django.views.decorators.http import require_safe

SAMPLES = Path(settings.BASE_DIR) / "templates" / "styleguide" / "samples"
COLORS = ("paper", "surface", "sunken", "line", "line-strong", "ink", "ink-2", "ink-3", "primary", "link", "rubric",
          "ok", "wait", "bad", "info")  # fmt: skip
SPACES = range(1, 9)
ICONS = Path(settings.BASE_DIR) / "frontend" / "icons.svg"


class Sample(NamedTuple):
    name: str
    about: str
    source: str
    themes: list[tuple[str, str]]


class Form(forms.Form):
    """What a form of Django looks like, with and without a mistake."""

    email = forms.EmailField(label="E-mail", help_text="We write to it once.")
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    with translation.override("en"):
        samples = [_sample(path) for path in sorted(SAMPLES.glob("*.html"))]
        return render(request, "styleguide/page.html", {"samples": samples})


def _sample(path: Path) -> Sample:
    """The first line of a sample says what it is; its name begins with its place in the order."""
    head, _, source = path.read_text().partition("{% endcomment %}")
    template = get_template(f"styleguide/samples/{path.name}")
    themes = [(theme, template.render(_words(theme))) for theme in ("light", "dark")]
    return Sample(path.stem[3:].replace("_", " "), head.partition("{% comment %}")[2], source.strip(), themes)


def _words(theme: str) -> dict[str, Any]:
    """Names of fields differ between the themes, which stand on one page."""
    tabs = [("Waiting", True, 12), ("Approved", False, 0), ("Sent back", False, 3)]
    return {
        "theme": theme,
        "form": Form({"email": "ana@"}, auto_id=f"{theme}_%s"),
        "tabs": [{"title": title, "address": "#", "is_current": now, "count": count} for title, now, count in tabs],
        "ways": [("draw", "Draw"), ("type", "Type"), ("image", "Picture")],
        "colors": COLORS,
        "spaces": SPACES,
        "icons": re.findall(r'symbol id="([^"]+)"', ICONS.read_text()),
    }
