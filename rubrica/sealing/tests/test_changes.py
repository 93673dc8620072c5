"""Whatever is appended to a sealed file is named: each kind of change by its own word, made by a real writer."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import translation
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from rubrica.sealing.pdf.xmp import say_the_same
from rubrica.sealing.tests.material import order_for, participant, pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.values import Box, SigningKey
from rubrica.sealing.verification.findings import CHANGES, HARMLESS, PROBLEMS, with_sentences
from rubrica.sealing.verification.verify import verify_here
from rubrica.sealing.writing.seal import seal

Writer = IncrementalPdfFileWriter
Change = Callable[[Writer], None]


def contract(path: Path) -> Path:
    """Two pages, one with a link and a form field; scripts, layers and the like are to be added by others."""
    pdf_with(path, [{}, {}])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        rectangle = pikepdf.Array([60, 60, 200, 90])
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=rectangle)
        link.A = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.com"))
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T=pikepdf.String("amount"),
            V=pikepdf.String("100"), Rect=rectangle,
        )  # fmt: skip
        field.AP = pikepdf.Dictionary(N=pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form,
                                                        BBox=pikepdf.Array([0, 0, 140, 30])))  # fmt: skip
        link, field = pdf.make_indirect(link), pdf.make_indirect(field)
        pdf.pages[0].obj.Annots = pikepdf.Array([link, field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        pdf.docinfo["/Title"] = "Contract"
        pdf.save(path)
    return path


@pytest.fixture(scope="module")
def contract_sealed(tmp_path_factory: pytest.TempPathFactory, key: SigningKey) -> Path:
    folder = tmp_path_factory.mktemp("changes")
    source, target = contract(folder / "source.pdf"), folder / "sealed.pdf"
    seal(source, target, order_for(source, participant(Box(1, 0.6, 0.8, 150, 50))), key)
    return target


def page(writer: Writer, number: int = 0) -> Any:
    """A page's dictionary, marked as changed."""
    found, _resources = writer.find_page_for_modification(number)
    writer.mark_update(found.reference)
    return found.get_object()


def field(writer: Writer) -> Any:
    reference = writer.root["/AcroForm"]["/Fields"].raw_get(0)
    writer.mark_update(reference.reference)
    return reference.get_object()


def entry(name: str, value: Any) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(name): value})


def annotation() -> generic.DictionaryObject:
    box = generic.ArrayObject(generic.NumberObject(number) for number in (0, 0, 600, 850))
    found = generic.DictionaryObject({pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/Square")})
    found[pdf_name("/Rect")] = box
    return found


def tree(writer: Writer) -> Any:
    reference = writer.root.raw_get("/Pages")
    writer.mark_update(reference.reference)
    return reference.get_object()


def root(writer: Writer, key: str, value: Any) -> None:
    writer.root[pdf_name(key)] = value
    writer.update_root()


def new_content(writer: Writer) -> None:
    page(writer)[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"0 g 0 0 600 900 re f"))


def more_content(writer: Writer) -> None:
    found = page(writer, 1)
    added = writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 600 900 re f"))
    found[pdf_name("/Contents")] = generic.ArrayObject([found.raw_get("/Contents"), added])


def same_stream_other_data(writer: Writer) -> None:
    reference = page(writer, 1).raw_get("/Contents")
    stream = reference.get_object()
    stream._data = b"BT /F1 20 Tf 100 600 Td (Page 2 worda) Tj ET"
    stream._encoded_data = None
    writer.mark_update(reference.reference)


def another_font(writer: Writer) -> None:
    font = page(writer, 1)["/Resources"]["/Font"].raw_get("/F1")
    font.get_object()[pdf_name("/BaseFont")] = pdf_name("/Symbol")
    writer.mark_update(font.reference)


def page_copied(writer: Writer) -> None:
    found = generic.DictionaryObject(page(writer))
    nodes = tree(writer)
    nodes["/Kids"].append(writer.add_object(found))
    nodes[pdf_name("/Count")] = generic.NumberObject(nodes["/Count"] + 1)


def page_taken_out(writer: Writer) -> None:
    nodes = tree(writer)
    del nodes["/Kids"][1]
    nodes[pdf_name("/Count")] = generic.NumberObject(nodes["/Count"] - 1)


def pages_swapped(writer: Writer) -> None:
    kids = tree(writer)["/Kids"]
    kids[0], kids[1] = kids.raw_get(1), kids.raw_get(0)


def page_replaced(writer: Writer) -> None:
    found = generic.DictionaryObject(page(writer, 1))
    tree(writer)["/Kids"][1] = writer.add_object(found)


def box_over_everything(writer: Writer) -> None:
    found = page(writer)
    found[pdf_name("/Annots")] = generic.ArrayObject([*list.__iter__(found["/Annots"]), annotation()])


def link_elsewhere(writer: Writer) -> None:
    reference = page(writer)["/Annots"].raw_get(0)
    reference.get_object()["/A"][pdf_name("/URI")] = pdf_string("https://example.org")
    writer.mark_update(reference.reference)


def link_taken_away(writer: Writer) -> None:
    found = page(writer)
    found[pdf_name("/Annots")] = generic.ArrayObject([found["/Annots"].raw_get(1)])


def look_of_field(writer: Writer) -> None:
    look = writer.add_object(generic.StreamObject({pdf_name("/Subtype"): pdf_name("/Form")}, stream_data=b"0 0 m"))
    field(writer)["/AP"][pdf_name("/N")] = look


def field_made(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    made = generic.DictionaryObject({pdf_name("/FT"): pdf_name("/Tx"), pdf_name("/T"): pdf_string("other")})
    form[pdf_name("/Fields")] = generic.ArrayObject([*list.__iter__(form["/Fields"]), writer.add_object(made)])
    writer.update_root()


def field_gone(writer: Writer) -> None:
    fields = writer.root["/AcroForm"]["/Fields"]
    writer.root["/AcroForm"][pdf_name("/Fields")] = generic.ArrayObject(list(list.__iter__(fields))[1:])
    writer.update_root()


def seal_gone(writer: Writer) -> None:
    """A stranger's file that keeps our signature's bytes: nothing in the form leads to it any more."""
    fields = writer.root["/AcroForm"]["/Fields"]
    writer.root["/AcroForm"][pdf_name("/Fields")] = generic.ArrayObject(list(list.__iter__(fields))[:1])
    writer.update_root()


def title(writer: Writer) -> None:
    writer.set_info(generic.DictionaryObject({pdf_name("/Title"): pdf_string("Another contract")}))


SCRIPT = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.beep()")})
MADE: dict[str, tuple[Change, str]] = {
    "a page's content replaced": (new_content, "page_content 1"),
    "content drawn over a page": (more_content, "page_content 2"),
    "the same stream with other words": (same_stream_other_data, "page_content 2"),
    "a font that shows other letters": (another_font, "page_content 1"),
    "a page replaced": (page_replaced, "page_content 2"),
    "a page cut": (lambda w: page(w).__setitem__(pdf_name("/CropBox"), annotation()["/Rect"]), "page_size 1"),
    "a page turned": (lambda w: page(w).__setitem__(pdf_name("/Rotate"), generic.NumberObject(90)), "page_size 1"),
    "a page added": (page_copied, "page_added 4"),
    "a page removed": (page_taken_out, "page_removed 2"),
    "pages in another order": (pages_swapped, "page_order"),
    "a box over everything": (box_over_everything, "annotation_added 1"),
    "a link that leads elsewhere": (link_elsewhere, "annotation_changed 1"),
    "a link removed": (link_taken_away, "annotation_removed 1"),
    "another amount": (lambda w: field(w).__setitem__(pdf_name("/V"), pdf_string("9")), "field_value amount"),
    "the amount shown": (look_of_field, "field_look amount"),
    "another field": (field_made, "field_added other"),
    "a field removed": (field_gone, "field_removed amount"),
    "the form to be drawn anew": (
        lambda w: (w.root["/AcroForm"].__setitem__(pdf_name("/NeedAppearances"), generic.BooleanObject(True)),
                   w.update_root())[1], "form"),
    "a script at opening": (lambda w: root(w, "/OpenAction", SCRIPT), "scripts"),
    "a script by name": (
        lambda w: (w.root["/Names"].__setitem__(pdf_name("/JavaScript"), entry("/Names", generic.ArrayObject())),
                   w.update_root())[1], "scripts"),
    "other attachments": (lambda w: root(w, "/AF", generic.ArrayObject()), "attachments"),
    "layers": (lambda w: root(w, "/OCProperties", entry("/D", entry("/Name", pdf_string("x")))), "layers"),
    "another title": (title, "properties"),
    "a mark of long-term data that hides pages": (lambda w: root(w, "/Outlines", entry("/Count", annotation())),
                                                  "structure Outlines"),
}  # fmt: skip


def appended(source: Path, target: Path, *changes: Change) -> Path:
    shutil.copy(source, target)
    for change in changes:
        with target.open("r+b") as file:
            writer = IncrementalPdfFileWriter(file, strict=False)
            change(writer)
            writer.write_in_place()
    return target


def verified(path: Path, key: SigningKey) -> dict[str, Any]:
    return verify_here(str(path), [item.public_bytes(Encoding.DER) for item in key.chain])


def named(found: dict[str, Any]) -> set[str]:
    """The changes after the first signature, with page and name."""
    changes = found["signatures"][0]["changes"]
    return {" ".join(str(part) for part in (c["kind"], c["page"], c["name"]) if part) for c in changes}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_appended_is_named(contract_sealed: Path, key: SigningKey, tmp_path: Path, kind: str) -> None:
    change, word = MADE[kind]
    found = verified(appended(contract_sealed, tmp_path / "a.pdf", change), key)
    assert word in named(found), found["signatures"][0]["changes"]
    assert (found["intact"], found["process"], found["files"]) == (False, None, [])
    assert found["changes_after_seal"]
    with translation.override("en"):
        assert all(change["sentence"] for change in with_sentences(found)["signatures"][0]["changes"])
        assert isinstance(found["changes_after_seal"], str)


def test_the_seal_taken_out_of_the_form_leaves_no_seal(contract_sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    found = verified(appended(contract_sealed, tmp_path / "a.pdf", seal_gone), key)
    assert (found["intact"], found["signatures"]) == (False, [])


def test_what_one_revision_changes_and_the_next_puts_back(
    contract_sealed: Path, key: SigningKey, tmp_path: Path
) -> None:
    """The last revision shows what the signed one did, so a comparison of these two finds nothing."""
    kept: list[Any] = []

    def away(writer: Writer) -> None:
        kept.append(page(writer).raw_get("/Contents"))
        new_content(writer)

    def back(writer: Writer) -> None:
        parts = kept[0] if isinstance(kept[0], generic.IndirectObject) else list.__iter__(kept[0])
        old = [parts] if isinstance(parts, generic.IndirectObject) else list(parts)
        again = [generic.IndirectObject(one.idnum, one.generation, writer) for one in old]
        page(writer)[pdf_name("/Contents")] = generic.ArrayObject(again)

    found = verified(appended(contract_sealed, tmp_path / "a.pdf", away, back), key)
    assert (found["intact"], found["process"]) == (False, None)
    assert named(found) & {"bytes", "other"}, named(found)


@pytest.mark.parametrize("junk", [b"\n", b"% more\n", b"\n9999 0 obj<<>>endobj\n"])
def test_bytes_that_nothing_shows_are_named(
    contract_sealed: Path, key: SigningKey, tmp_path: Path, junk: bytes
) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(contract_sealed.read_bytes() + junk)
    found = verified(target, key)
    assert found["intact"] is False
    assert named(found) <= {"bytes", "unreadable"} and named(found)


def test_a_later_signature_is_named(contract_sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    """DocMDP P=1 forbids it, so the writer's own refusal is gone round by hiding the certification from it."""

    def hidden(writer: Writer) -> None:
        del writer.root["/Perms"]
        writer.update_root()

    sign_as_stranger(appended(contract_sealed, tmp_path / "a.pdf", hidden), tmp_path / "b.pdf")
    found = verified(tmp_path / "b.pdf", key)
    assert {"signature_added Stranger", "structure Perms"} <= named(found)
    stranger = found["signatures"][1]
    assert (stranger["intact"], stranger["trusted"]) == (True, False)
    assert stranger["trust_problem"]["code"] == "chain", "it names an authority as ours is called, but is not by ours"
    assert stranger["chain"] == ["Stranger", "Test authority"]


# ------------------------------------------------------------ shadow attacks


def test_an_object_that_lay_ready_before_the_seal(key: SigningKey, tmp_path: Path) -> None:
    """Hide and replace: two contents of one number are in the file when it is signed, and the cross-references that
    somebody appends afterwards let the other one show."""
    shown = b"<</Length 27>>stream\nBT (you get 100 EUR) Tj ET \nendstream"
    other = b"<</Length 27>>stream\nBT (you owe 900 EUR) Tj ET \nendstream"
    source = tmp_path / "source.pdf"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 4 0 R>>"
    plain = raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, shown])
    # The other one is put before everything, where no cross-reference leads to it.
    ready = b"4 0 obj\n" + other + b"\nendobj\n"
    body = plain[9:]
    start = int(plain.rsplit(b"startxref\n", 1)[1].split()[0])
    moved = plain[:9] + ready + body
    for number in range(1, 5):
        place = plain.index(b"%d 0 obj" % number)
        moved = moved.replace(b"%010d 00000 n" % place, b"%010d 00000 n" % (place + len(ready)))
    moved = moved.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + len(ready)))
    source.write_bytes(moved)
    target = tmp_path / "sealed.pdf"
    seal(source, target, order_for(source, participant()), key)
    data = target.read_bytes()
    assert verified(target, key)["intact"] is True
    place = data.find(ready)
    assert place > 0, "the seal took it out, so there is nothing to attack"
    at = len(data)
    size = data.rsplit(b"/Size ", 1)[1].split(b"/")[0].split(b">")[0].strip()
    root = data.rsplit(b"/Root ", 1)[1].split(b"R")[0] + b"R"
    before = data.rsplit(b"startxref", 1)[1].split()[0]
    data += b"xref\n4 1\n%010d 00000 n \ntrailer\n<</Size %s/Root %s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        place, size, root, before, at)  # fmt: skip
    target.write_bytes(data)
    found = verified(target, key)
    assert (found["intact"], found["process"]) == (False, None)
    assert found["signatures"][0]["changes"]


def test_an_overlay_that_is_switched_off(contract_sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    """Hide: a picture that covered something is marked as free, so that what lies beneath it shows."""
    with pikepdf.open(contract_sealed) as pdf:
        number = next(iter(pdf.pages[0].obj.Resources.XObject.values())).objgen[0]
        size, top = int(pdf.trailer.Size), pdf.Root.objgen[0]
    data = contract_sealed.read_bytes()
    before, at = data.rsplit(b"startxref", 1)[1].split()[0], len(data)
    data += b"xref\n0 1\n%010d 65535 f \n%d 1\n0000000000 00001 f \n" % (number, number)
    data += b"trailer\n<</Size %d/Root %d 0 R/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (size, top, before, at)
    target = tmp_path / "a.pdf"
    target.write_bytes(data)
    found = verified(target, key)
    assert (found["intact"], found["process"]) == (False, None)
    assert named(found) & {"page_content 1", "unreadable"}


# ------------------------------------------------------------ words


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_word_is_translated(language: str) -> None:
    with translation.override(language):
        same = [text for text in (*CHANGES.values(), *PROBLEMS.values()) if translation.gettext(text) == text]
    assert same == []


XMP = b'<x xmlns:a="urn:a" xmlns:b="urn:b"><b:Title>%s</b:Title><a:ModifyDate>%s</a:ModifyDate></x>'


def test_metadata_may_say_when_it_was_written_and_nothing_else() -> None:
    assert say_the_same(XMP % (b"Contract", b"2026"), XMP % (b"Contract", b"2027"))
    assert not say_the_same(XMP % (b"Contract", b"2026"), XMP % (b"Another", b"2026"))
    assert not say_the_same(XMP % (b"Contract", b"2026"), b"<!DOCTYPE x>" + XMP % (b"Contract", b"2026"))
    assert not say_the_same(b"", b"")


def test_only_what_shows_nothing_is_allowed() -> None:
    assert {"validation_data", "archive_timestamp", "dates"} == HARMLESS
