"""Parts of the installation that may be missing: Pango for templates, the extra ``faces``, the fonts of the seal."""

import tempfile
from pathlib import Path

from rubrica.doctor.findings import Finding, failure, ok, warning

ONE_PAGE = "<p>One page, to see that it can be set.</p>"
SECONDS = 50  # for what takes one: more than documents get, as a busy machine is no broken one


def templates() -> Finding:
    """One page is set in the sandbox, as documents are."""
    from rubrica.sealing import sandbox
    from rubrica.sealing.values import SandboxError, SandboxTimeout
    from rubrica.templating import composing, engine
    from rubrica.templating.filling import Filling

    try:
        if missing := sandbox.run(engine.is_there, seconds=SECONDS):
            return warning(
                f"Documents cannot be made from templates; the rest works. {missing.rstrip('.')}.",
                f"Install Pango and restart; on Debian: apt-get install {composing.PANGO}",
            )
        pdf, pages, _ = sandbox.run(
            engine.compose_here, ONE_PAGE, Filling(), [], seconds=SECONDS, megabytes=composing.MEGABYTES
        )
    except SandboxTimeout:
        return _busy("set one page")
    except SandboxError as error:
        return failure(
            f"A page of a template cannot be set: {error.detail.rstrip('.')}.",
            f"See that the machine has {composing.MEGABYTES} MiB of memory free and a font, such as fonts-liberation.",
        )
    if pages != 1 or not pdf.startswith(b"%PDF-"):
        return failure("Setting a page of a template gave no PDF.", "Please report it, with the version of WeasyPrint.")
    return ok("Pango is there, and a page was set in the sandbox.")


def _busy(what: str) -> Finding:
    return warning(f"The machine was too busy to {what} in time.", "Ask again in a quiet moment, or give it more CPU.")


def faces() -> Finding:
    from rubrica.faces import pictures

    if not pictures.can_compare():
        return ok(
            "The extra faces is not installed: a selfie is not compared with the card, a person decides.",
        )
    return look_with_faces()


def look_with_faces() -> Finding:
    """A grey picture is looked at, so that a library that cannot be loaded is noticed."""
    from PIL import Image

    from rubrica.faces import pictures
    from rubrica.sealing.values import RefusedImage, SandboxTimeout

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grey.png"
        Image.new("RGB", (64, 64), "grey").save(path)
        try:
            pictures.look(path)
        except RefusedImage as error:
            if isinstance(error.__cause__, SandboxTimeout):
                return _busy("look at a picture")
            return failure(
                f"The extra faces is installed but does not work: {str(error.__cause__ or error).rstrip('.')}.",
                "Run `make faces` again, or remove it: a person then compares.",
            )
    return ok("The extra faces is installed: a selfie is compared with the card.")


def fonts() -> Finding:
    from rubrica.sealing.typeset import typesetting

    return fonts_in(typesetting.FONTS)


def fonts_in(folder: Path) -> Finding:
    """Every script that ``typesetting`` looks for has its file; without one, names in it become boxes."""
    from rubrica.sealing.typeset import typesetting

    wanted = [family for family in typesetting.OTHERS if family.startswith("Noto")]
    there = {path.name.partition("_")[0] for path in folder.glob("*.ttf") if path.stat().st_size}
    missing = [family for family in wanted if family.replace(" ", "") not in there]
    if missing:
        return failure(
            f"Fonts of the seal's pages are missing: {', '.join(missing)}. Names in these scripts become boxes.",
            "Run `make install`, which puts them there.",
        )
    return ok(f"All {len(wanted)} fonts of the seal's pages are there.")
