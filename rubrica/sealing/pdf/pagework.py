"""Changes to pages in an incremental update: stamps drawn over them, pages appended after them. Runs in the sandbox."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rubrica.sealing.pdf.geometry import Matrix
from rubrica.sealing.pdf.objects import entry

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

MAX_DEPTH = 64
TREE_KEYS = ("/Parent", "/StructParents", "/Tabs")  # they point back into the file a page came from


def import_typeset(
    writer: IncrementalPdfFileWriter, typeset: bytes, stamps: int
) -> tuple[list[IndirectObject], list[IndirectObject]]:
    """The first ``stamps`` pages of ``typeset`` as form XObjects and the others as pages without a parent.

    All come over in one import, so that fonts and images used by several are written once.
    """
    imported = _imported(writer, typeset)
    return [_as_form(writer, page) for page in imported[:stamps]], imported[stamps:]


def import_stamps(writer: IncrementalPdfFileWriter, typeset: bytes, stamps: int) -> list[IndirectObject]:
    """The first ``stamps`` pages of ``typeset`` as form XObjects, and nothing of the others."""
    return [_as_form(writer, page) for page in _imported(writer, typeset, stamps)]


def _imported(writer: IncrementalPdfFileWriter, typeset: bytes, most: int | None = None) -> list[IndirectObject]:
    from pyhanko.pdf_utils.generic import ArrayObject
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(typeset))
    pages = ArrayObject(_detached_pages(reader.root.raw_get("/Pages"), None, 0)[:most])
    pages.container_ref = reader.root.container_ref
    copies: Any = writer.import_object(pages)
    return list(copies)


def draw(writer: IncrementalPdfFileWriter, number: tuple[int, int], drawn: list[tuple[Matrix, IndirectObject]]) -> None:
    """Draw forms over the page with that object number, leaving what it showed before as it was.

    The old content is wrapped in q … Q because it may end with a changed matrix or clip; a page without /Contents
    is blank (ISO 32000-2 table 31), and resources may be inherited or shared, so the page gets its own copy.
    """
    from pyhanko.pdf_utils.generic import ArrayObject, Reference, pdf_name

    reference = Reference(*number, pdf=writer)
    page = _dictionary(writer.get_object(reference))
    resources = _copy(_inherited(page, "/Resources"))
    forms = _copy(entry(resources, "/XObject"))
    operators = [b"Q"]
    for index, (matrix, form) in enumerate(drawn):
        name = _unused_name(forms, index)
        forms[pdf_name(name)] = form
        operators.append(b"q %s cm %s Do Q" % (_operands(matrix), name.encode()))
    resources[pdf_name("/XObject")] = forms
    page[pdf_name("/Resources")] = resources
    page[pdf_name("/Contents")] = ArrayObject(
        [_stream(writer, b"q"), *_old_contents(page), _stream(writer, b"\n".join(operators))]
    )
    writer.mark_update(reference)


def append_pages(writer: IncrementalPdfFileWriter, pages: list[IndirectObject], before: int) -> None:
    """Hang ``pages`` after the ``before`` pages of the document, at the end of the root of the page tree."""
    from pyhanko.pdf_utils.generic import ArrayObject, NumberObject, pdf_name

    root = writer.root.raw_get("/Pages")
    tree = _dictionary(root.get_object())
    for page in pages:
        page.get_object()[pdf_name("/Parent")] = root
    tree[pdf_name("/Kids")] = ArrayObject([*list.__iter__(tree["/Kids"]), *pages])
    tree[pdf_name("/Count")] = NumberObject(before + len(pages))
    writer.mark_update(root.reference)


def drop_dynamic_form(writer: IncrementalPdfFileWriter) -> None:
    """Without /XFA and /NeedAppearances, which let a viewer draw a sealed form anew from other data."""
    form = entry(writer.root, "/AcroForm")
    if form is None:
        return
    for key in ("/XFA", "/NeedAppearances"):
        if key in form:
            del form[key]
            writer.update_container(form)


def _detached_pages(node: Any, inherited_box: Any, depth: int) -> list[IndirectObject]:
    """References to a small tree's pages in order, each made to stand without the tree."""
    from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, pdf_name

    item = node.get_object()
    box = entry(item, "/MediaBox") or inherited_box
    if "/Kids" in item and depth < MAX_DEPTH:
        return [page for kid in list.__iter__(item["/Kids"]) for page in _detached_pages(kid, box, depth + 1)]
    for key in TREE_KEYS:
        item.pop(key, None)
    # Stated on the page itself, because the tree it goes into may have others to inherit.
    item[pdf_name("/MediaBox")] = item[pdf_name("/CropBox")] = box
    item[pdf_name("/Rotate")] = NumberObject(0)
    item.setdefault(pdf_name("/Resources"), DictionaryObject())
    return [node]


def _as_form(writer: IncrementalPdfFileWriter, page: IndirectObject) -> IndirectObject:
    """Turn an imported page into a form XObject: its content stream gets the page's box and resources."""
    from pyhanko.pdf_utils.generic import pdf_name

    item = page.get_object()
    content: IndirectObject = item.raw_get("/Contents")
    stream = content.get_object()
    stream[pdf_name("/Type")] = pdf_name("/XObject")
    stream[pdf_name("/Subtype")] = pdf_name("/Form")
    stream[pdf_name("/BBox")] = item["/MediaBox"]
    stream[pdf_name("/Resources")] = item.raw_get("/Resources")
    del writer.objects[(page.generation, page.idnum)]
    return content


def _old_contents(page: DictionaryObject) -> list[Any]:
    from pyhanko.pdf_utils.generic import ArrayObject, StreamObject

    contents = entry(page, "/Contents")
    if isinstance(contents, ArrayObject):
        return [part for part in list.__iter__(contents) if isinstance(part.get_object(), StreamObject)]
    return [page.raw_get("/Contents")] if isinstance(contents, StreamObject) else []


def _inherited(page: DictionaryObject, key: str) -> Any:
    node: Any = page
    for _level in range(MAX_DEPTH):
        if node is None:
            break
        if (value := entry(node, key)) is not None:
            return value
        node = entry(node, "/Parent")
    return None


def _copy(value: Any) -> DictionaryObject:
    """A new dictionary of the same direct values and references, or an empty one."""
    from pyhanko.pdf_utils.generic import DictionaryObject

    return DictionaryObject(value) if isinstance(value, DictionaryObject) else DictionaryObject()


def _dictionary(value: Any) -> DictionaryObject:
    from pyhanko.pdf_utils.generic import DictionaryObject

    if not isinstance(value, DictionaryObject):
        raise ValueError("a dictionary is expected")
    return value


def _unused_name(forms: DictionaryObject, index: int) -> str:
    name = f"/Rubrica{index}"
    while name in forms:
        name += "x"
    return name


def _operands(matrix: Matrix) -> bytes:
    return " ".join(f"{number:.5f}".rstrip("0").rstrip(".") for number in matrix).encode()


def _stream(writer: IncrementalPdfFileWriter, data: bytes) -> IndirectObject:
    from pyhanko.pdf_utils.generic import StreamObject

    return writer.add_object(StreamObject(stream_data=data))
