"""``python -m tools.tour screenshots | axe | lighthouse | first-page | contact-sheet``.

Part of a name after it sees only those states.
"""

import sys
from collections.abc import Callable

from tools.tour import axe, first_page, lighthouse, screenshots, sheet

WORKS: dict[str, Callable[..., None]] = {
    "screenshots": screenshots.main,
    "axe": axe.main,
    "lighthouse": lighthouse.main,
    "first-page": first_page.main,
    "contact-sheet": sheet.main,
}


def main() -> None:
    work, *more = sys.argv[1:] or ["screenshots"]
    WORKS[work](*more)


if __name__ == "__main__":
    main()
