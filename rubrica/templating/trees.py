"""HTML as a tree. Nothing of Django, because it is made in the sandbox."""

from typing import Any


class TooDeep(Exception):
    """Elements lie deeper in each other than libxml2 reads: it would leave the rest away without a word."""


def tree(html: str) -> Any:
    """The root element. Raises TooDeep from 256 levels on."""
    from lxml import html as lxml_html  # type: ignore[import-untyped]

    parser = lxml_html.HTMLParser()
    root = lxml_html.document_fromstring(html, parser=parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise TooDeep
    return root
