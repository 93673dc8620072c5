"""The documents as the page shows them: each with its pages and this participant's places to sign."""

from collections.abc import Mapping
from typing import Any

State = dict[str, Any]

MINUTES_A_PAGE = 0.75  # of A4 in a contract, which is read more slowly than a book
A4 = 595 * 842  # square points
LONGEST_TOLD = 45  # minutes; of what is longer nobody says when it is read
LINE_POINTS = 15  # of a line in a text of several


def shown(state: State, base: str, held: Mapping[str, str]) -> list[dict[str, Any]]:
    """``held`` is what a form held that was refused."""
    return [_paper(document, f"{base}/documents/{document['code']}", held) for document in state["documents"]]


def _paper(document: State, address: str, held: Mapping[str, str]) -> dict[str, Any]:
    pages = [
        {
            "number": number,
            "url": f"{address}/pages/{number}",
            "width": round(size["width"]),
            "height": round(size["height"]),
            "boxes": [_box(box, size) for box in document["boxes"] if box["page"] == number],
            "fields": [_field(field, size, held) for field in document["fields"] if field["page"] == number],
        }
        for number, size in enumerate(document["pages"], start=1)
    ]
    minutes = reading_minutes(document["pages"])
    return {"code": document["code"], "name": document["name"], "pdf": address, "pages": pages, "minutes": minutes}


def reading_minutes(pages: list[dict[str, Any]]) -> int:
    """About how long it takes to read; 0 where that is no help."""
    sheets = sum(page["width"] * page["height"] / A4 for page in pages)
    minutes = max(1, round(sheets * MINUTES_A_PAGE))
    return minutes if minutes <= LONGEST_TOLD else 0


def _box(box: dict[str, Any], size: dict[str, Any]) -> dict[str, str]:
    """In points as text: templates would localize the numbers."""
    across, down = size["width"], size["height"]
    points = {"x": box["x"] * across, "y": box["y"] * down, "w": box["w"] * across, "h": box["h"] * down}
    points["label_x"] = points["x"] + points["w"] / 2
    points["label_y"] = points["y"] + points["h"] / 2
    return {name: f"{value:.2f}" for name, value in points.items()}


def _field(field: dict[str, Any], size: dict[str, Any], held: Mapping[str, str]) -> dict[str, Any]:
    """Shares of the page as text, for the style of where it lies; a tall text is written in several lines."""
    shares = {name: f"{field[name]:.5f}" for name in ("x", "y", "w", "h")}
    lines = max(1, int(field["h"] * size["height"] / LINE_POINTS))
    typed = held.get(f"field-{field['id']}", "")
    return {**field, **shares, "letters": str(field.get("maxLength", "")), "lines": lines, "typed": typed}
