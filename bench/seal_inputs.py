"""The PDFs that sealing is measured on."""

import io
import os

import pikepdf
from PIL import Image

A4 = (595, 842)
LINES = 45
LINE = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do"


def document(pages: int, size: int) -> bytes:
    """So many pages of text, whose images fill them up to about ``size`` bytes."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(pages):
        page = pdf.add_blank_page(page_size=A4)
        image = pdf.make_stream(os.urandom(max(1, size // pages - 1500)))
        image.Type, image.Subtype, image.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
        image.Width, image.Height, image.ColorSpace, image.BitsPerComponent = 1, 1, pikepdf.Name.DeviceGray, 8
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font), XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pdf.make_stream(_text(number))
    return _saved(pdf)


def page_of_text() -> bytes:
    return document(1, 1)


def scan() -> bytes:
    """One page that is a picture of A4 at 200 dots per inch, as large as each of the 22 pages of 20 MB: 0.97 MB."""
    noise = Image.effect_noise((1654, 2339), 14).convert("RGB")
    output = io.BytesIO()
    noise.save(output, "JPEG", quality=75)
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=A4)
    image = pdf.make_stream(output.getvalue())
    image.Type, image.Subtype, image.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
    image.Width, image.Height, image.ColorSpace, image.BitsPerComponent = 1654, 2339, pikepdf.Name.DeviceRGB, 8
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    return _saved(pdf)


def _text(number: int) -> bytes:
    lines = [f"({number} {line} {LINE}) '" for line in range(LINES)]
    return "\n".join(["BT /F1 11 Tf 14 TL 60 780 Td", *lines, "ET"]).encode()


def _saved(pdf: pikepdf.Pdf) -> bytes:
    output = io.BytesIO()
    pdf.save(output, compress_streams=True)
    return output.getvalue()
