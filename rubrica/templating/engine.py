"""What runs in the child process: a template's HTML filled, set in pages and written as PDF. Nothing of Django.

WeasyPrint needs Pango from the system, so it is imported when it is called and nowhere before.
"""

import base64
import io
from collections.abc import Iterator
from typing import Any

from rubrica.templating.filling import Filling, fill

# Below what the author says: a place that got no size of its own can still hold a signature.
OWN_STYLE = """
.sign-margin { display: block; width: 160pt; min-height: 48pt; break-inside: avoid }
.object-contain { max-width: 100%; max-height: 22cm; object-fit: contain }
.text-sign { font-family: "La Belle Aurore", cursive; font-size: 1.6em }
img { max-width: 100% }
"""
POINTS = 0.75  # of a CSS pixel
MAX_PAGES = 200
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2400  # pixels of a picture in the document: 300 dpi on a page's width
Place = tuple[str, int, float, float, float, float]  # type of the signer, page, far corner x and y, width and height
Composed = tuple[bytes, int, list[Place]]


class TooLong(Exception):
    """More pages than a document may have."""


def compose_here(html: str, filling: Filling, types: list[str]) -> Composed:
    """The PDF and the places of the signers of these types. Fetches nothing."""
    from weasyprint import CSS, HTML  # type: ignore[import-untyped]
    from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

    class OnlyPictures(URLFetcher):  # type: ignore[misc]  # untyped
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.startswith("data:image/"):
                raise ValueError("only pictures that are in the document itself")
            return super().fetch(url, headers)

    fetcher = OnlyPictures(allowed_protocols=["data"], allow_redirects=False)
    pictures = {name: redrawn(uri) for name, uri in filling.images.items()}
    filled = Filling(filling.texts, pictures, filling.handwriting, filling.chosen, filling.hidden)
    document = HTML(string=fill(html, filled), url_fetcher=fetcher, base_url=None)
    rendered = document.render(stylesheets=[CSS(string=OWN_STYLE, url_fetcher=fetcher)])
    if len(rendered.pages) > MAX_PAGES:
        raise TooLong
    return bytes(rendered.write_pdf()), len(rendered.pages), list(_places(rendered.pages, types))


def redrawn(uri: str) -> str:
    """A picture from outside drawn anew: no larger than the page shows, and without what cameras write into it."""
    from PIL import Image, ImageOps

    content = base64.b64decode(uri.partition(",")[2])
    image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    if image.width * image.height > MAX_PIXELS:
        raise ValueError("a picture of too many pixels")
    kind = "PNG" if image.format == "PNG" else "JPEG"
    turned = ImageOps.exif_transpose(image)
    assert turned is not None
    clear = turned.convert("RGBA" if kind == "PNG" else "RGB")
    clear.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clear.info.clear()
    out = io.BytesIO()
    clear.save(out, kind, **({} if kind == "PNG" else {"quality": 88}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


def _places(pages: list[Any], types: list[str]) -> Iterator[Place]:
    """Where an element of class ``sign-margin`` is named after a signer; its ``id`` counts before any ``name``."""
    by_id: dict[str, list[Place]] = {}
    by_name: dict[str, list[Place]] = {}
    for number, page in enumerate(pages, start=1):
        seen: set[int] = set()
        for box in page._page_box.descendants():
            element = box.element
            if element is None or id(element) in seen or "sign-margin" not in (element.get("class") or "").split():
                continue
            seen.add(id(element))
            place = _place(box, number, page)
            for found, name in ((by_id, element.get("id")), (by_name, element.get("name"))):
                if name in types:
                    found.setdefault(name, []).append((name, *place))
    for kind in types:
        yield from by_id.get(kind) or by_name.get(kind, [])


def _place(box: Any, number: int, page: Any) -> tuple[int, float, float, float, float]:
    """Far corner as fractions of the page from its top left, size in points (contract/auco.md §8); kept on the page."""
    left = min(max(box.border_box_x(), 0.0), page.width)
    top = min(max(box.border_box_y(), 0.0), page.height)
    right = min(left + box.border_width(), page.width)
    foot = min(top + box.border_height(), page.height)
    width, height = max(right - left, 1.0), max(foot - top, 1.0)
    return number, right / page.width, foot / page.height, width * POINTS, height * POINTS


def is_there() -> str:
    """Empty when documents can be composed, else what is missing. Asked in a child too: a broken library can crash."""
    try:
        import weasyprint  # noqa: F401
    except (OSError, ImportError) as error:
        return str(error).splitlines()[0][:300]
    return ""
