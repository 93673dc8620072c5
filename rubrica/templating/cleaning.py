"""An author's HTML with everything taken out that acts, loads or leads elsewhere. Words, tables and style stay.

nh3 (html5ever, as browsers parse) decides on elements and attributes by lists of what is allowed; style sheets go
through tinycss2. Runs in the sandbox, because deep nesting or endless style would take the server with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rubrica.sealing import sandbox
from rubrica.sealing.values import SandboxError
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.trees import tree

MAX_BYTES = 4 << 20
SECONDS, MEGABYTES = 10, 1024
BLOCKS = (
    "address article aside blockquote body center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 head "
    "header hr html li main nav ol p pre section summary ul"
)
TABLES = "caption col colgroup table tbody td tfoot th thead tr"
INLINE = "a abbr b bdi bdo br cite code data del dfn em font i img ins kbd mark q rp rt ruby s samp small span strike "
INLINE += "strong sub sup time tt u var wbr"
TAGS = {*BLOCKS.split(), *TABLES.split(), *INLINE.split(), "style"}
ACTING = "script iframe object embed applet template noscript title xmp noembed noframes select textarea svg math "
ACTING += "audio video canvas dialog frameset"
WITH_CONTENT = set(ACTING.split())  # gone with everything in them
EVERYWHERE = {"id", "class", "name", "style", "hidden", "title", "lang", "dir", "align", "valign", "width", "height",
              "bgcolor"}  # fmt: skip
ATTRIBUTES = {
    "*": EVERYWHERE,
    "a": {"href"},
    "img": {"src", "alt"},
    "table": {"border", "cellpadding", "cellspacing", "rules", "frame"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "font": {"color", "face", "size"},
    "time": {"datetime"},
}
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what no XML tree can hold
PICTURE = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
LINK = re.compile(r"(https?://|mailto:|tel:|#)", re.IGNORECASE)
AT_RULES = {"media", "page", "supports", "layer"}
LOADING = {"url", "src", "image", "image-set", "-webkit-image-set", "element", "-moz-element", "cross-fade",
           "-webkit-cross-fade", "expression", "paint", "attr"}  # fmt: skip
PROPERTIES_REFUSED = {"behavior", "-moz-binding", "src"}
# Only for what the author is told; what is taken out is decided by the lists above.
TOLD = (
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "link",
    "base",
    "svg",
    "video",
    "audio",
    "input",
    "template",
)
REFRESH = re.compile(r"<meta[^>]*\shttp-equiv\s*=\s*['\"]?\s*(refresh|set-cookie|content-security)", re.IGNORECASE)
HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
ELSEWHERE = r"\s*['\"]?\s*(https?:|//|file:|ftp:)"
LOADED = re.compile(rf"(src|background|poster|srcset)\s*={ELSEWHERE}|url\({ELSEWHERE}|@import", re.IGNORECASE)


def clean(path: Path) -> tuple[bytes, list[str]]:
    """The cleaned document and the names of what was taken out. Raises TemplateRefused with HTML_INVALID."""
    try:
        return sandbox.run(clean_here, str(path), seconds=SECONDS, megabytes=MEGABYTES)
    except SandboxError as error:
        if "TooDeep" in error.detail:
            raise TemplateRefused("HTML_INVALID", "Elements lie deeper in each other than 250 levels.") from None
        raise TemplateRefused("HTML_INVALID", "The HTML cannot be read.") from None


def clean_here(path: str) -> tuple[bytes, list[str]]:
    """``clean`` without the sandbox around it."""
    source = Path(path).read_bytes().decode("utf-8-sig", "replace")
    return cleaned(source).encode(), list(_told(source))


def cleaned(source: str) -> str:
    import nh3
    from lxml import html as parser  # type: ignore[import-untyped]

    safe = nh3.clean(
        CONTROLS.sub("", source),
        tags=TAGS,
        clean_content_tags=WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "data"},
        link_rel="noopener noreferrer",
    )
    root = tree(f"<html><head></head><body>{safe}</body></html>")
    head = root.find("head")
    for style in list(root.iter("style")):
        text = CONTROLS.sub("", style_sheet(style.text_content()))
        style.drop_tree()
        if text.strip():
            kept = head.makeelement("style")
            kept.text = text
            head.append(kept)
    for image in list(root.iter("img")):
        if not image.get("src"):
            image.drop_tree()
    return str(parser.tostring(root, encoding="unicode", doctype="<!doctype html>"))


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return declarations(value) or None
    if name == "src":
        return value if PICTURE.fullmatch(value.strip()) else None
    if name == "href":
        return value if LINK.match(value.strip()) else None
    return value


def declarations(text: str) -> str:
    """The harmless ones of a ``style`` attribute."""
    import tinycss2  # type: ignore[import-untyped]

    return "; ".join(_kept_declarations(tinycss2.parse_blocks_contents(text, skip_comments=True)))


def style_sheet(text: str) -> str:
    """A style sheet that loads nothing. A ``<`` cannot end the element that it stands in."""
    import tinycss2

    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return "\n".join(_kept_rules(rules)).replace("<", "\\3c ")


def _kept_rules(rules: list[Any]) -> Iterator[str]:
    import tinycss2

    for rule in rules:
        if rule.type == "qualified-rule" and not _loads(rule.prelude):
            inside = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            yield f"{tinycss2.serialize(rule.prelude).strip()} {{ {'; '.join(_kept_declarations(inside))} }}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in AT_RULES and not _loads(rule.prelude):
            yield from _kept_at_rule(rule)


def _kept_at_rule(rule: Any) -> Iterator[str]:
    import tinycss2

    if rule.content is None:
        return
    opening = f"@{rule.lower_at_keyword} {tinycss2.serialize(rule.prelude).strip()}"
    if rule.lower_at_keyword == "page":
        inside = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        margins = [
            f"@{part.lower_at_keyword} {{ {'; '.join(_margin(part))} }}"
            for part in inside
            if part.type == "at-rule" and part.content is not None
        ]
        kept = [f"{declaration};" for declaration in _kept_declarations(inside)]
        yield f"{opening} {{ {' '.join([*kept, *margins])} }}"
    else:
        rules = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        yield f"{opening} {{ {' '.join(_kept_rules(rules))} }}"


def _margin(part: Any) -> Iterator[str]:
    import tinycss2

    return _kept_declarations(tinycss2.parse_blocks_contents(part.content, skip_comments=True, skip_whitespace=True))


def _kept_declarations(found: list[Any]) -> Iterator[str]:
    import tinycss2

    for one in found:
        if one.type == "declaration" and one.lower_name not in PROPERTIES_REFUSED and not _loads(one.value):
            important = " !important" if one.important else ""
            yield f"{one.name}: {tinycss2.serialize(one.value).strip()}{important}"


def _loads(tokens: list[Any]) -> bool:
    """Whether any of it could fetch something; pictures that are in the text itself may stay."""
    return any(_token_loads(token) for token in tokens)


def _token_loads(token: Any) -> bool:
    if token.type == "url":
        return not PICTURE.fullmatch(token.value.strip())
    if token.type == "function":
        inside = [part.value for part in token.arguments if part.type == "string"]
        if token.lower_name == "url" and len(inside) == 1 and PICTURE.fullmatch(inside[0].strip()):
            return False
        return token.lower_name in LOADING or _loads(token.arguments)
    if token.type in {"() block", "[] block", "{} block"}:
        return _loads(token.content)
    return bool(token.type == "error")


def _told(source: str) -> Iterator[str]:
    lower = source.lower()
    yield from (tag for tag in TOLD if re.search(rf"<{tag}[\s/>]", lower))
    if REFRESH.search(source):
        yield "meta http-equiv"
    if HANDLER.search(source):
        yield "event handlers"
    if "javascript:" in lower:
        yield "javascript:"
    if LOADED.search(source):
        yield "external resources"
