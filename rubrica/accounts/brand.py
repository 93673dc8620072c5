"""How an organization looks: colours that stay readable in any choice, and the addresses of its style and picture."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

from rubrica.accounts import colors
from rubrica.accounts.colors import EDGE, TEXT

# The grounds that colours stand on, as in frontend/css/tokens.css.
LIGHT = ("#ffffff", "#f3f5f7")
DARK = ("#181f2a", "#10151d")


@dataclass(frozen=True)
class Brand:
    """Addresses carry a mark that cannot be guessed, so that nobody learns from them who is a customer here, and a
    digest of what they lead to, so that browsers may keep it."""

    slug: str
    primary: str = ""
    alternate: str = ""
    image_id: int | None = None

    @property
    def digest(self) -> str:
        said = f"{self.primary}:{self.alternate}:{self.image_id or ''}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    @property
    def mark(self) -> str:
        return salted_hmac("rubrica.accounts.brand", self.slug, algorithm="sha256").hexdigest()[:20]

    @property
    def style_path(self) -> str:
        """Empty where there is nothing to say."""
        return f"/brand/{self.slug}/{self.mark}/{self.digest}.css" if self.primary or self.alternate else ""

    @property
    def image_path(self) -> str:
        return f"/brand/{self.slug}/{self.mark}/{self.digest}.png" if self.image_id else ""

    @property
    def image_url(self) -> str:
        """For mails, which are read elsewhere."""
        return f"{settings.PUBLIC_URL}{self.image_path}" if self.image_id else ""

    @property
    def button(self) -> str:
        """The ground of a mail's button."""
        return self.primary or "#2345a0"

    @property
    def button_ink(self) -> str:
        return colors.ink_on(self.button)

    def stylesheet(self, scope: str = ":root") -> str:
        """The colours as the tokens that the pages' own styles use, for light and dark."""
        light, dark = (self._rules(scope, grounds) for grounds in (LIGHT, DARK))
        return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n" if light else ""

    def _rules(self, scope: str, grounds: tuple[str, ...]) -> str:
        found: dict[str, str] = {}
        if self.primary:
            shade = colors.seen_on(self.primary, grounds, EDGE)
            found |= {"--primary": shade, "--primary-hover": _hover(shade), "--on-primary": colors.ink_on(shade)}
        if self.alternate:
            found["--rubric"] = colors.seen_on(self.alternate, grounds, TEXT)
        rules = _rule(scope, found)
        return rules + self._buttons(scope, grounds) if self.primary else rules

    def _buttons(self, scope: str, grounds: tuple[str, ...]) -> str:
        """A button has the colour just as it was chosen; where the page would swallow it, its edge is what is seen."""
        edge = colors.seen_on(self.primary, grounds, EDGE)
        button = f"{scope} .button--primary:not([disabled], [aria-disabled='true'])"
        ink = colors.ink_on(self.primary)
        return _rule(button, {"background": self.primary, "color": ink, "border-color": edge}) + _rule(
            f"{button}:hover", {"background": _hover(self.primary)}
        )


def _hover(color: str) -> str:
    """A step away from the ink on it, so that it only reads better."""
    return colors.mixed(color, colors.BLACK if colors.ink_on(color) == colors.WHITE else colors.WHITE, 0.12)


def _rule(selector: str, values: dict[str, str]) -> str:
    return f"{selector} {{{'; '.join(f'{name}: {value}' for name, value in values.items())}}}\n" if values else ""
