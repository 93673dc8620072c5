"""PDFs that the tests make themselves."""

import functools
import io

import pikepdf


@functools.cache
def contract(pages: int = 2, text: str = "Contract", size: tuple[float, float] = (612, 792)) -> bytes:
    """A plain unsigned PDF with a line of text on each page."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=size)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        line = f"BT /F1 24 Tf 72 {size[1] - 90} Td ({text}, page {number}) Tj ET"
        page.Contents = pdf.make_stream(line.encode("latin-1", "replace"))
    return _saved(pdf)


def tagged(*indexes: int) -> bytes:
    """One page whose text asks for the signatures of these participants."""
    return contract(1, " ".join(f"{{{{signature:{index}}}}}" for index in indexes))


def encrypted() -> bytes:
    pdf = pikepdf.open(io.BytesIO(contract()))
    return _saved(pdf, encryption=pikepdf.Encryption(owner="owner", user="user"))


def with_script() -> bytes:
    pdf = pikepdf.open(io.BytesIO(contract()))
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    return _saved(pdf)


def without_pages() -> bytes:
    return _saved(pikepdf.new())


def _saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=not options, **options)  # type: ignore[arg-type]
    return out.getvalue()
