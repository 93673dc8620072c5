"""Things to send around: a services contract as PDF, a scanned card, a drawn signature. All made here."""

import io
import math

import typst
from PIL import Image, ImageDraw, ImageFont

CONTRACT = """
#set page(paper: "a4", margin: (x: 2.6cm, y: 2.8cm), numbering: "1 / 1")
#set text(size: 10.5pt, lang: "en")
#set par(justify: true, leading: 0.75em)
#set heading(numbering: "1.")
#show heading: it => block(above: 1.6em, below: 0.8em, text(size: 12pt, it))
#align(center, text(size: 20pt, weight: 600)[Services agreement])
#v(0.4em)
#align(center, text(fill: rgb("#555"))[between Demo Ltd. and the persons who sign below])
#v(1.5em)
= Subject
The provider renders the services described in this agreement with due care, in the agreed time, and reports on their
progress every week. #lorem(60)
= Price and payment
The client pays within thirty days of each invoice. #lorem(80)
= Confidentiality
#lorem(120)
= Term
This agreement holds for twelve months and is renewed unless one side says otherwise. #lorem(90)
= Data protection
#lorem(140)
= Final provisions
#lorem(110)
#v(4cm)
"""


def contract() -> bytes:
    """Two pages or more of A4."""
    return bytes(typst.compile(CONTRACT.encode(), ignore_system_fonts=True))


def card(name: str) -> bytes:
    """A picture that looks like a scanned identity card, as JPEG."""
    image = Image.new("RGB", (1000, 630), "#e8eef2")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((20, 20, 980, 610), radius=40, outline="#33576b", width=6, fill="#f7fafb")
    draw.ellipse((110, 160, 330, 420), fill="#b9ccd6")
    draw.text((400, 170), "IDENTITY CARD", fill="#33576b", font=ImageFont.load_default(48))
    draw.text((400, 270), name, fill="#111", font=ImageFont.load_default(40))
    draw.text((400, 340), "No. 1 084 340 519", fill="#111", font=ImageFont.load_default(32))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def signature(number: int = 0) -> bytes:
    """A drawn stroke on a transparent ground, as the page's drawing field gives it, PNG; of each number another one."""
    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    height, turn = 55 - number % 13, 7 + number % 5
    points = [(40 + t * 5, 110 + height * math.sin(t / turn) * math.exp(-t / 90) + t / 8) for t in range(104)]
    ImageDraw.Draw(image).line(points, fill=(20, 30, 90, 255), width=5, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
