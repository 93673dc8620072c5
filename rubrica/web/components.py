"""Components that hold markup of the page: ``{% load components %}``. What holds none is an include of
``templates/components``; both are shown with their states at /styleguide."""

from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def card(content: str, title: str = "", note: str = "", flush: bool = False, level: int = 2) -> SafeString:
    """``flush`` lets rows and tables reach the edge."""
    return _component("card", content, title=title, note=note, flush=flush, level=level)


@register.simple_block_tag
def dialog(content: str, name: str, title: str, wide: bool = False) -> SafeString:
    """Opened by a button with ``data-dialog="{name}"``; what carries ``data-close`` closes it."""
    return _component("dialog", content, name=name, title=title, wide=wide)


@register.simple_block_tag
def table(content: str, label: str) -> SafeString:
    """Scrolls inside its own box where it is wider than the page."""
    return _component("table", content, label=label)


@register.simple_block_tag
def menu(content: str, label: str, icon: str = "more", text: str = "") -> SafeString:
    """Links and buttons behind a button; ``label`` is for those who do not see the icon."""
    return _component("menu", content, label=label, icon=icon, text=text)


@register.simple_block_tag
def fold(content: str, summary: str, is_open: bool = False) -> SafeString:
    """More for those who ask for it."""
    return _component("fold", content, summary=summary, is_open=is_open)


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """Each under its own name; Django's tag would translate the names."""
    return list(settings.LANGUAGES)


def _component(kind: str, content: str, **words: Any) -> SafeString:
    return render_to_string(f"components/{kind}.html", {"content": content, **words})
