"""The documents as the page shows them: each with its pages and this participant's places to sign."""

from typing import Any

State = dict[str, Any]


def shown(state: State, base: str) -> list[dict[str, Any]]:
    return [_paper(document, f"{base}/documents/{document['code']}") for document in state["documents"]]


def _paper(document: State, address: str) -> dict[str, Any]:
    pages = [
        {
            "number": number,
            "url": f"{address}/pages/{number}",
            "width": round(size["width"]),
            "height": round(size["height"]),
            "boxes": [_box(box, size) for box in document["boxes"] if box["page"] == number],
        }
        for number, size in enumerate(document["pages"], start=1)
    ]
    return {"code": document["code"], "name": document["name"], "pdf": address, "pages": pages}


def _box(box: dict[str, Any], size: dict[str, Any]) -> dict[str, str]:
    """In points as text: templates would localize the numbers."""
    across, down = size["width"], size["height"]
    points = {"x": box["x"] * across, "y": box["y"] * down, "w": box["w"] * across, "h": box["h"] * down}
    points["label_x"] = points["x"] + points["w"] / 2
    points["label_y"] = points["y"] + points["h"] / 2
    return {name: f"{value:.2f}" for name, value in points.items()}
