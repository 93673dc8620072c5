"""What a PDF may do or show behind the reader's back: found, and taken out of qpdf's copy of it. Runs in the sandbox.

What people read must be what they sign and what paper shows, whatever program opens it. Nothing is decoded: the walk
costs a few microseconds an object.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

ACTIONS = {
    "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Thread", "/ResetForm", "/Hide", "/SetOCGState",
}  # fmt: skip
SCRIPTS = {"/JavaScript"}
MEDIA_ACTIONS = {"/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView", "/Trans"}
MEDIA = {"/RichMedia", "/3D", "/Screen", "/Movie", "/Sound"}
MEDIA_KEYS = ("/A", "/AA", "/MK", "/RichMediaContent", "/RichMediaSettings", "/3DD", "/3DV", "/Sound", "/Movie")
HIDDEN, PRINT, NO_VIEW, TOGGLE_NO_VIEW = 2, 4, 32, 256  # annotation flags (ISO 32000-2 table 167)
# A page piece holds a program's private data; the others point to other files or other pictures for paper.
DROPPED = ("/PieceInfo", "/OPI", "/Alternates", "/WebCapture")
SUSPECT = re.compile(
    rb"/(?:A|AA|JS|F|Rect|Next|3D|Screen|FileAttachment|RichMedia|"
    + "|".join(name[1:] for name in sorted({*ACTIONS, *SCRIPTS, *MEDIA_ACTIONS, *MEDIA, *DROPPED})).encode()
    + rb")\b"
)
CHANGED = ""  # something was taken out that nobody needs to be told of
SIMPLE = {"/AA": "SCRIPTS", "/JS": "SCRIPTS", **dict.fromkeys(DROPPED, CHANGED)}
MAX_NESTED = 2000  # entries of a direct array that are looked into


def clean(pdf: Any) -> set[str]:
    """Take active content out of ``pdf``; the codes of ``inspect.WARNINGS`` for what was there, or ``CHANGED``.

    Destinations and links to web pages stay. Layers stay as they are seen on the screen, fixed, so that paper and
    switches show nothing else. Fields of a form keep their values; appearances that were to be made by the viewer are
    made here.
    """
    found: set[str] = set()
    for item in pdf.objects:
        clean_object(item, found)
    clean_catalog(pdf, found)
    return found


def clean_catalog(pdf: Any, found: set[str]) -> None:
    import pikepdf

    root = pdf.Root
    for key, code in (("/AA", "SCRIPTS"), ("/Collection", "ATTACHMENTS"), ("/AF", "ATTACHMENTS")):
        _drop(root, key, code, found)
    if isinstance(action := root.get("/OpenAction"), pikepdf.Dictionary):
        _clean_opening(root, action, found)
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        _drop(names, "/JavaScript", "SCRIPTS", found)
        _drop(names, "/EmbeddedFiles", "ATTACHMENTS", found)
        _drop(names, "/Renditions", "MEDIA", found)
        _drop(names, "/AlternatePresentations", "MEDIA", found)
    if isinstance(root.get("/AcroForm"), pikepdf.Dictionary):
        _clean_form(pdf, root.AcroForm, found)
    if isinstance(root.get("/OCProperties"), pikepdf.Dictionary):
        _fix_layers(root.OCProperties, found)


def _clean_opening(root: Any, action: Any, found: set[str]) -> None:
    """To begin on a certain page is what many writers ask for and does no harm; all else that opens by itself goes."""
    import pikepdf

    if action.get("/S") != pikepdf.Name.GoTo:
        _drop(root, "/OpenAction", "ACTIONS", found)
    elif _is_dead(action):
        _drop(root, "/OpenAction", CHANGED, found)


def _clean_form(pdf: Any, form: Any, found: set[str]) -> None:
    if form.get("/NeedAppearances") is True:
        with suppress(RuntimeError):  # a field that qpdf cannot draw stays as it is drawn in the file
            pdf.generate_appearance_streams()
            found.add(CHANGED)
    _drop(form, "/NeedAppearances", CHANGED, found)
    _drop(form, "/XFA", "XFA", found)
    _drop(form, "/CO", "SCRIPTS", found)


def _fix_layers(properties: Any, found: set[str]) -> None:
    """Each layer stays shown or hidden as on the screen now; what would change that by itself or by a switch goes."""
    import pikepdf

    layers = [layer for layer in properties.get("/OCGs", ()) if isinstance(layer, pikepdf.Dictionary)]
    configuration = properties.get("/D")
    if not isinstance(configuration, pikepdf.Dictionary):
        configuration = properties.D = pikepdf.Dictionary()
    hidden = [layer for layer in layers if not _is_shown(layer, configuration)]
    found.add("LAYERS" if hidden or any("/Usage" in layer for layer in layers) else CHANGED)
    for layer in layers:
        if "/Usage" in layer:
            del layer["/Usage"]
    for key in ("/AS", "/ON", "/RBGroups", "/Order", "/ListMode"):
        if key in configuration:
            del configuration[key]
    configuration.BaseState = pikepdf.Name.ON
    configuration.OFF = pikepdf.Array(hidden)
    configuration.Locked = pikepdf.Array(layers)
    if "/Configs" in properties:
        del properties["/Configs"]


def _is_shown(layer: Any, configuration: Any) -> bool:
    """On the screen: the layer's own view state goes before what the configuration says, as in viewers."""
    import pikepdf

    usage = layer.get("/Usage")
    view = usage.get("/View") if isinstance(usage, pikepdf.Dictionary) else None
    if isinstance(view, pikepdf.Dictionary) and "/ViewState" in view:
        return bool(view["/ViewState"] != pikepdf.Name.OFF)
    listed = {key: _holds(configuration.get(key, ()), layer) for key in ("/ON", "/OFF")}
    if listed["/ON"] != listed["/OFF"]:
        return listed["/ON"]
    return bool(configuration.get("/BaseState") != pikepdf.Name.OFF)


def _holds(layers: Any, layer: Any) -> bool:
    import pikepdf

    return any(isinstance(item, pikepdf.Object) and item.objgen == layer.objgen for item in layers)


def clean_object(item: Any, found: set[str]) -> None:
    """One object and the direct dictionaries in it; most need no look, as qpdf's own spelling of them shows."""
    import pikepdf

    if not isinstance(item, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array):
        return
    whole = item.stream_dict if isinstance(item, pikepdf.Stream) else item
    if SUSPECT.search(whole.unparse(resolved=True)) is None:
        return
    waiting: list[Any] = [item]
    while waiting:
        here = waiting.pop()
        if isinstance(here, pikepdf.Dictionary | pikepdf.Stream):
            _clean_dictionary(here, found)
            waiting += [value for _key, value in here.items() if _is_direct_container(value)]
        elif isinstance(here, pikepdf.Array) and len(here) < MAX_NESTED:
            waiting += [value for value in here if _is_direct_container(value)]


def _is_direct_container(value: Any) -> bool:
    import pikepdf

    return isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect


def _clean_dictionary(here: Any, found: set[str]) -> None:
    import pikepdf

    keys = set(here.keys())
    for key in keys & SIMPLE.keys():
        _drop(here, key, SIMPLE[key], found)
    if "/A" in keys:
        _drop_action(here, found)
    if "/S" in keys and (code := _kind(here)):
        found.add(code)
        for key in list(here.keys()):
            del here[key]
        here.S, here.D = pikepdf.Name.GoTo, pikepdf.Array()
    elif "/Next" in keys and "/S" in keys:
        _drop(here, "/Next", "ACTIONS", found)
    if isinstance(here, pikepdf.Stream) and "/F" in keys:
        _drop(here, "/F", "ACTIONS", found)
    if "/Rect" in keys and "/Subtype" in keys:
        _clean_annotation(here, found)


def _clean_annotation(here: Any, found: set[str]) -> None:
    """Media become plain stamps with the picture they have; what only paper would show is hidden there too."""
    import pikepdf

    subtype = str(here.Subtype)
    if subtype in MEDIA or subtype == "/FileAttachment":
        found.add("MEDIA" if subtype in MEDIA else "ATTACHMENTS")
        here.Subtype = pikepdf.Name.Stamp
        for key in (*MEDIA_KEYS, "/FS"):
            if key in here:
                del here[key]
    flags = here.get("/F", 0)
    if isinstance(flags, int) and flags & (NO_VIEW | TOGGLE_NO_VIEW):
        found.add("HIDDEN")
        here.F = (flags & ~(NO_VIEW | TOGGLE_NO_VIEW | PRINT)) | HIDDEN


def _kind(action: Any) -> str:
    """The warning for an action that does more than show a place or a web page, or nothing."""
    import pikepdf

    kind = action.get("/S")
    if not isinstance(kind, pikepdf.Name) or ("/Type" in action and action["/Type"] != pikepdf.Name.Action):
        return ""
    name = str(kind)
    if name in SCRIPTS:
        return "SCRIPTS"
    return "MEDIA" if name in MEDIA_ACTIONS else "ACTIONS" if name in ACTIONS else ""


def _drop_action(here: Any, found: set[str]) -> None:
    """From a link, a field or a bookmark, where it is one that may not stay."""
    import pikepdf

    action = here["/A"]
    if isinstance(action, pikepdf.Dictionary) and (_kind(action) or _is_dead(action)):
        _drop(here, "/A", _kind(action) or CHANGED, found)


def _is_dead(action: Any) -> bool:
    """What is left of an action that was taken out, and told of, before whatever leads to it was looked at."""
    import pikepdf

    place = action.get("/D")
    return action.get("/S") == pikepdf.Name.GoTo and isinstance(place, pikepdf.Array) and len(place) == 0


def _drop(dictionary: Any, key: str, code: str, found: set[str]) -> None:
    if key in dictionary:
        del dictionary[key]
        found.add(code)
