"""``python -m tools.tour screenshots | axe | lighthouse | contact-sheet``; part of a name sees only those states."""

import sys

from tools.tour import axe, lighthouse, screenshots, sheet

WORKS = {"screenshots": screenshots.main, "axe": axe.main, "lighthouse": lighthouse.main, "contact-sheet": sheet.main}


def main() -> None:
    work, *more = sys.argv[1:] or ["screenshots"]
    WORKS[work](*more)


if __name__ == "__main__":
    main()
