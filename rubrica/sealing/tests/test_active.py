"""What is shown is what is sealed: active content goes at intake, and what programs read differently is refused."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from rubrica.sealing.intake.inspect import WARNINGS, inspect
from rubrica.sealing.intake.prepare import Signer, prepare
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.intake.sameness import is_plain
from rubrica.sealing.tests.material import pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.values import RefusedPdf

RECTANGLE = [100, 100, 300, 200]


def note(**keys: Any) -> Dictionary:
    return Dictionary(Type=Name.Annot, Rect=Array(RECTANGLE), **keys)


def action(kind: str, **keys: Any) -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name(kind), **keys)


def on_page(pdf: pikepdf.Pdf, *annotations: Dictionary) -> None:
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(item) for item in annotations])


def scripts(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = action("/JavaScript", JS="app.alert(1)")
    pdf.Root.AA = Dictionary(WC=action("/JavaScript", JS="1"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["a", action("/JavaScript", JS="2")])))
    pdf.pages[0].obj.AA = Dictionary(O=action("/JavaScript", JS="3"))
    on_page(
        pdf, note(Subtype=Name.Link, A=action("/URI", URI="https://example.com", Next=action("/JavaScript", JS="4")))
    )


def actions(pdf: pikepdf.Pdf) -> None:
    on_page(
        pdf,
        note(Subtype=Name.Link, A=action("/Launch", F="calc.exe")),
        note(Subtype=Name.Link, A=action("/SubmitForm", F="https://example.com")),
        note(Subtype=Name.Link, A=action("/GoToR", F="other.pdf", D=Array([0, Name.Fit]))),
    )


def attachments(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["secret.exe"] = b"MZ"
    on_page(pdf, note(Subtype=Name.FileAttachment, FS=Dictionary(F="x")))


def xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))


def media(pdf: pikepdf.Pdf) -> None:
    on_page(pdf, note(Subtype=Name.Screen, A=action("/Rendition", OP=0)), note(Subtype=Name.RichMedia))


def paper_only(pdf: pikepdf.Pdf) -> None:
    look = pdf.make_stream(b"1 0 0 rg 0 0 200 100 re f", Subtype=Name.Form, BBox=Array([0, 0, 200, 100]))
    on_page(pdf, note(Subtype=Name.Stamp, F=4 | 32, AP=Dictionary(N=look)))


def layers(pdf: pikepdf.Pdf) -> None:
    """One layer for the screen and one for paper, as in CVE-2024-52271, with buttons to switch them."""
    page = pdf.pages[0].obj
    screen, paper = (
        pdf.make_indirect(
            Dictionary(
                Type=Name.OCG, Name=name,
                Usage=Dictionary(View=Dictionary(ViewState=Name(view)), Print=Dictionary(PrintState=Name(printed))),
            )
        )
        for name, view, printed in (("screen", "/ON", "/OFF"), ("paper", "/OFF", "/ON"))
    )  # fmt: skip
    page.Resources.Properties = Dictionary(S=screen, P=paper)
    page.Contents = pdf.make_stream(
        b"/OC /S BDC BT /F1 20 Tf 100 600 Td (I owe 100) Tj ET EMC "
        b"/OC /P BDC BT /F1 20 Tf 100 600 Td (I owe 900) Tj ET EMC"
    )
    both = Array([screen, paper])
    usage = [Dictionary(Event=Name(event), OCGs=both, Category=Array([Name(event)])) for event in ("/View", "/Print")]
    pdf.Root.OCProperties = Dictionary(OCGs=Array([screen, paper]), D=Dictionary(AS=Array(usage), ON=Array([paper])))


KINDS: dict[str, Callable[[pikepdf.Pdf], None]] = {
    "SCRIPTS": scripts,
    "ACTIONS": actions,
    "ATTACHMENTS": attachments,
    "XFA": xfa,
    "MEDIA": media,
    "HIDDEN": paper_only,
    "LAYERS": layers,
}
FORBIDDEN = (
    b"/JavaScript", b"/JS", b"/AA", b"/Launch", b"/SubmitForm", b"/GoToR", b"/EmbeddedFile", b"/FileAttachment",
    b"/XFA", b"/Screen", b"/RichMedia", b"/Rendition", b"/Usage", b"/AS ",
)  # fmt: skip


def made(path: Path, change: Callable[[pikepdf.Pdf], None]) -> Path:
    with pikepdf.open(pdf_with(path), allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path)
    return path


def shown(source: Path) -> tuple[Path, tuple[str, ...]]:
    target = source.with_name("shown.pdf")
    prepared = prepare(source, target, [], "es", "Contrato")
    assert target.exists() == prepared.changed
    return target if prepared.changed else source, prepared.inspection.warnings


def picture(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(render_page(path, 1, 800)), formats=["JPEG"]).convert("L")


@pytest.mark.parametrize("code", KINDS)
def test_active_content_is_named_and_goes(tmp_path: Path, code: str) -> None:
    source = made(tmp_path / "a.pdf", KINDS[code])
    assert code in inspect(source).warnings
    target, warnings = shown(source)
    assert f"{code}_REMOVED" in warnings
    assert set(warnings) <= set(WARNINGS)
    data = target.read_bytes()
    assert [word for word in FORBIDDEN if word in data] == []
    assert inspect(target).warnings in ((), ("LAYERS",))
    difference = ImageChops.difference(picture(source), picture(target))
    assert difference.point(lambda value: 255 if value > 40 else 0).getbbox() is None


def test_layers_show_on_paper_what_the_screen_shows(tmp_path: Path) -> None:
    target, _warnings = shown(made(tmp_path / "a.pdf", layers))
    with pikepdf.open(target) as pdf:
        configuration = pdf.Root.OCProperties.D
        screen, paper = pdf.Root.OCProperties.OCGs
        assert [layer.objgen for layer in configuration.OFF] == [paper.objgen]
        assert {layer.objgen for layer in configuration.Locked} == {screen.objgen, paper.objgen}
        assert "/AS" not in configuration


def test_what_only_paper_would_show_is_shown_nowhere(tmp_path: Path) -> None:
    target, _warnings = shown(made(tmp_path / "a.pdf", paper_only))
    with pikepdf.open(target) as pdf:
        assert int(pdf.pages[0].obj.Annots[0].F) & (2 | 4 | 32) == 2


@pytest.mark.parametrize("streams", [True, False])
def test_an_ordinary_file_is_shown_byte_for_byte(tmp_path: Path, streams: bool) -> None:
    mode = pikepdf.ObjectStreamMode.generate if streams else pikepdf.ObjectStreamMode.disable
    source = pdf_with(tmp_path / "a.pdf", [{}, {"Rotate": 90}], object_stream_mode=mode)
    assert shown(source) == (source, ())


def test_links_and_bookmarks_stay(tmp_path: Path) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        on_page(pdf, note(Subtype=Name.Link, A=action("/URI", URI="https://example.com")))
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Here", 0))
        pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])

    target, warnings = shown(made(tmp_path / "a.pdf", change))
    assert warnings == ()
    with pikepdf.open(target) as pdf:
        assert str(pdf.pages[0].obj.Annots[0].A.URI) == "https://example.com"
        assert "/Outlines" in pdf.Root and "/OpenAction" in pdf.Root


def test_beginning_on_a_certain_page_is_nothing_active(tmp_path: Path) -> None:
    def begin(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = action("/GoTo", D=Array([pdf.pages[0].obj, Name.Fit]))

    target, warnings = shown(made(tmp_path / "a.pdf", begin))
    assert warnings == ()
    with pikepdf.open(target) as pdf:
        assert Name.GoTo == pdf.Root.OpenAction.S


def test_each_thing_that_opens_by_itself_is_named_once(tmp_path: Path) -> None:
    def script(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pdf.make_indirect(action("/JavaScript", JS="1"))

    def visit(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = action("/URI", URI="https://example.com")

    for change, warning in ((script, "SCRIPTS_REMOVED"), (visit, "ACTIONS_REMOVED")):
        target, warnings = shown(made(tmp_path / "a.pdf", change))
        assert warnings == (warning,)
        with pikepdf.open(target) as pdf:
            assert "/OpenAction" not in pdf.Root
        target.unlink()


def test_fields_that_a_viewer_would_draw_are_drawn(tmp_path: Path) -> None:
    """With /NeedAppearances each viewer draws a form in its own way, also after it was sealed."""

    def change(pdf: pikepdf.Pdf) -> None:
        field = pdf.make_indirect(
            note(Subtype=Name.Widget, FT=Name.Tx, T="name", V="Ana María", DA="/F1 12 Tf 0 g", F=4, P=pdf.pages[0].obj)
        )
        pdf.pages[0].obj.Annots = Array([field])
        fonts = Dictionary(Font=pdf.pages[0].Resources.Font)
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), NeedAppearances=True, DR=fonts, DA="/F1 12 Tf 0 g")

    target, _warnings = shown(made(tmp_path / "a.pdf", change))
    with pikepdf.open(target) as pdf:
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        assert b"Ana Mar" in pdf.pages[0].obj.Annots[0].AP.N.read_bytes()


def test_a_signed_file_keeps_everything_and_is_warned_of(tmp_path: Path) -> None:
    sign_as_stranger(made(tmp_path / "a.pdf", scripts), tmp_path / "b.pdf")
    target, warnings = shown(tmp_path / "b.pdf")
    assert target == tmp_path / "b.pdf"
    assert {"SIGNED", "SCRIPTS"} <= set(warnings)


def test_earlier_revisions_do_not_travel_along(tmp_path: Path) -> None:
    """What an earlier revision said is in the file for everybody to dig out, until it is written anew."""
    source = pdf_with(tmp_path / "a.pdf")
    data = source.read_bytes()
    content = b"BT /F1 20 Tf 100 600 Td (Another text) Tj ET"
    with pikepdf.open(source) as pdf:
        number, before = pdf.pages[0].obj.Contents.objgen[0], int(data[data.rindex(b"startxref") + 10 :].split()[0])
        size = int(pdf.trailer.Size)
    place = len(data)
    data += b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, len(content), content)
    start = len(data)
    data += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        number, place, size, before, start)  # fmt: skip
    source.write_bytes(data)
    assert not is_plain(source)
    target, _warnings = shown(source)
    assert b"Page 1 words" not in target.read_bytes()
    assert b"Another text" in target.read_bytes()


def test_objects_of_every_kind_are_looked_at(tmp_path: Path) -> None:
    """Numbers, names, strings and null stand as objects of their own, and arrays with something active in them."""
    hidden = b"[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/JavaScript/J#53(x)>>>>]"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Annots 10 0 R>>"
    others = [b"6", b"/Name", b"(text)", b"null", b"true", hidden]
    tree = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    source = tmp_path / "a.pdf"
    source.write_bytes(raw_pdf([*tree, page, b"<</Length 5 0 R>>\nstream\n0 g   \nendstream", *others]))
    target, warnings = shown(source)
    assert "SCRIPTS_REMOVED" in warnings
    assert b"JavaScript" not in target.read_bytes()


def masking(path: Path) -> Path:
    """The content's generation is another than the page names: pdfium shows it, qpdf does not."""
    content = b"BT /F1 20 Tf 10 50 Td (I owe 900) Tj ET"
    font = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    data = raw_pdf([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources%s>>" % font,
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
    ])  # fmt: skip
    data = data.replace(b"4 0 obj", b"4 1 obj")
    place = data.index(b"4 1 obj")
    path.write_bytes(data.replace(b"%010d 00000 n" % place, b"%010d 00001 n" % place))
    return path


def test_a_file_that_programs_read_differently_is_refused(tmp_path: Path) -> None:
    source = masking(tmp_path / "a.pdf")
    with pytest.raises(RefusedPdf, match="PDF_INVALID"):
        shown(source)
    assert not (tmp_path / "shown.pdf").exists()


@pytest.mark.parametrize(
    "save",
    [{}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"qdf": True}],
    ids=["table", "streams", "qdf"],
)
def test_an_ordinary_file_needs_no_second_opinion(tmp_path: Path, save: dict[str, Any]) -> None:
    assert is_plain(pdf_with(tmp_path / "a.pdf", [{}] * 3, **save))


@pytest.mark.parametrize("rotation", [0, 90])
def test_the_inspection_is_that_of_the_file_left_behind(tmp_path: Path, rotation: int) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{"Rotate": rotation}])
    signers = [Signer(0, "Ana", by_tag=False, needs_page=True)]
    prepared = prepare(source, tmp_path / "shown.pdf", signers, "es", "Contrato")
    assert prepared.inspection == inspect(tmp_path / "shown.pdf")
