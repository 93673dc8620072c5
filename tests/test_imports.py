"""Arrows point one way (design.md §3). What a package may import of ours is in the table below and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The shared floor: it stands on nothing of ours, and everybody may stand on it.
LEAVES = {
    "rubrica.clock",
    "rubrica.disk",
    "rubrica.connecting",
    "rubrica.context",
    "rubrica.database",
    "rubrica.environment",
    "rubrica.figures",
    "rubrica.telemetry",
    "rubrica.tenancy",
    "rubrica.web",
}
# What puts the product together: it may name everything, and nothing below imports it back. In ``rubrica.web`` these
# are the doors of the server; ``hot`` answers the reads that clients poll before Django is asked (design.md §4).
TOP = {
    "rubrica.__main__",
    "rubrica.cli",
    "rubrica.commands",
    "rubrica.doctor",
    "rubrica.keeping",
    "rubrica.postgres",
    "rubrica.settings",
    "rubrica.supervisor",
    "rubrica.urls",
    "rubrica.verifying",
    "rubrica.versions",
    "rubrica.worker",
    "rubrica.web.counting",
    "rubrica.web.front",
    "rubrica.web.health",
    "rubrica.web.hot",
    "rubrica.web.rsgi",
    "rubrica.web.server",
    "rubrica.web.wsgi",
}

ALLOWED: dict[str, set[str]] = {
    "rubrica.accounts": set(),
    "rubrica.sealing": {"rubrica.accounts", "rubrica.webhooks"},
    "rubrica.notify": {"rubrica.accounts"},
    "rubrica.files": {"rubrica.accounts"},
    "rubrica.faces": {"rubrica.sealing"},
    "rubrica.webhooks": {"rubrica.accounts"},
    "rubrica.company": {"rubrica.accounts", "rubrica.files", "rubrica.sealing", "rubrica.notify", "rubrica.webhooks"},
    "rubrica.team": {"rubrica.accounts", "rubrica.limits", "rubrica.notify", "rubrica.webhooks"},
    "rubrica.idempotency": {"rubrica.accounts"},
    "rubrica.limits": {"rubrica.accounts", "rubrica.files"},
    "rubrica.templating": {"rubrica.accounts", "rubrica.files", "rubrica.sealing"},
    "rubrica.completing": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.sealing",
        "rubrica.notify",
        "rubrica.webhooks",
        "rubrica.templating",
        "rubrica.processes",
    },
    "rubrica.processes": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.faces",
        "rubrica.sealing",
        "rubrica.webhooks",
        "rubrica.notify",
        "rubrica.limits",
    },
    "rubrica.drafting": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.sealing",
        "rubrica.templating",
        "rubrica.processes",
    },
    "rubrica.bulk": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.sealing",
        "rubrica.templating",
        "rubrica.processes",
        "rubrica.drafting",
    },
    "rubrica.records": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.sealing",
        "rubrica.webhooks",
        "rubrica.processes",
        "rubrica.limits",
    },
    "rubrica.api": {
        "rubrica.accounts",
        "rubrica.idempotency",
        "rubrica.team",
        "rubrica.records",
        "rubrica.files",
        "rubrica.faces",
        "rubrica.webhooks",
        "rubrica.company",
        "rubrica.sealing",
        "rubrica.processes",
        "rubrica.templating",
        "rubrica.completing",
        "rubrica.retention",
    },
    "rubrica.retention": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.sealing",
        "rubrica.webhooks",
        "rubrica.notify",
        "rubrica.processes",
        "rubrica.completing",
        "rubrica.drafting",
        "rubrica.bulk",
        "rubrica.records",
    },
    "rubrica.signer": {"rubrica.accounts", "rubrica.limits", "rubrica.files", "rubrica.sealing", "rubrica.processes"},
    "rubrica.console": {
        "rubrica.accounts",
        "rubrica.files",
        "rubrica.webhooks",
        "rubrica.company",
        "rubrica.sealing",
        "rubrica.notify",
        "rubrica.team",
        "rubrica.templating",
        "rubrica.processes",
        "rubrica.drafting",
        "rubrica.bulk",
        "rubrica.records",
        "rubrica.retention",
        "rubrica.limits",
    },
    "rubrica.clock": set(),
    "rubrica.disk": set(),
    "rubrica.connecting": set(),
    "rubrica.context": set(),
    "rubrica.database": set(),
    "rubrica.figures": set(),
    "rubrica.telemetry": set(),
    "rubrica.environment": set(),
    "rubrica.tenancy": set(),
    "rubrica.web": set(),
}
ENGINES = {"pikepdf", "pyhanko", "pypdfium2", "typst"}

# The same within sealing, which is a house of its own. Its modules without a package are the ground of these rooms:
# values, rows and the sandbox stand on none of them; the command and the jobs stand on all.
SEALING: dict[str, set[str]] = {
    "pdf": set(),
    "typeset": set(),
    "keyring": set(),
    "intake": {"pdf", "typeset"},
    "writing": {"pdf", "typeset", "intake"},
    "levels": {"pdf", "writing", "keyring"},
    "signers": {"pdf", "typeset", "writing", "keyring"},
    "verification": {"pdf", "writing", "levels"},
}


def package_of(module: str) -> str:
    """``rubrica.files`` of ``rubrica.files.models``; what puts the product together is each on its own."""
    return next((top for top in TOP if f"{module}.".startswith(f"{top}.")), ".".join(module.split(".")[:2]))


def sources() -> Iterator[tuple[str, Path]]:
    """The dotted name and path of every module of the product, tests left out."""
    for path in sorted((ROOT / "rubrica").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not {"tests", "migrations"} & set(parts) and parts != ("rubrica", "__init__"):
            yield ".".join(parts), path


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, inside functions as well."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            base = node.module or ""
            yield base
            # ``from rubrica.processes import jobs`` names a module as well.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def arrows() -> Iterator[tuple[str, str]]:
    """From module to module, within the product and over the borders of its packages."""
    for module, path in sources():
        for imported in imports(path):
            if imported.startswith("rubrica.") and package_of(imported) != package_of(module):
                yield module, imported


def is_allowed(module: str, imported: str) -> bool:
    package, target = package_of(module), package_of(imported)
    return package in TOP or target in LEAVES or target in ALLOWED[package]


def test_arrows_point_one_way() -> None:
    wrong = sorted(
        {f"{module} imports {imported}" for module, imported in arrows() if not is_allowed(module, imported)}
    )
    assert wrong == []


def test_every_package_is_in_the_table() -> None:
    packages = {package_of(module) for module, _ in sources()}
    assert packages <= ALLOWED.keys() | TOP


@pytest.mark.parametrize("table", [ALLOWED, SEALING], ids=["rubrica", "sealing"])
def test_the_table_has_no_circle(table: dict[str, set[str]]) -> None:
    """Sorting by levels succeeds, so nothing is above and below another thing."""
    left = dict(table)
    while left:
        free = {name for name, below in left.items() if not below & left.keys()}
        assert free, f"a circle among {sorted(left)}"
        left = {name: below for name, below in left.items() if name not in free}


def test_only_sealing_knows_the_pdf_engines() -> None:
    found = {
        module
        for module, path in sources()
        if not module.startswith("rubrica.sealing.") and any(name.split(".")[0] in ENGINES for name in imports(path))
    }
    assert found == set()


def test_arrows_within_sealing_point_one_way() -> None:
    wrong = {
        f"{module} imports {imported}"
        for module, path in sources()
        for imported in imports(path)
        if (here := room(module)) and (there := room(imported)) and here != there and there not in SEALING[here]
    }
    assert sorted(wrong) == []


def room(module: str) -> str:
    """``pdf`` of ``rubrica.sealing.pdf.syntax``; nothing of what is elsewhere or on the ground."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["rubrica", "sealing"] and len(parts) > 2 and parts[2] in SEALING else ""


@pytest.mark.parametrize("word", ["signProfile", "packageName", "package_name", "userId", "otpCode", "expiredDate"])
def test_no_word_of_a_dialect_below_the_translators(word: str) -> None:
    # Migrations name what an earlier version stored, whatever it was called then.
    rooms = ("accounts", "files", "processes", "sealing", "notify", "webhooks", "templating", "completing")
    found = [str(path) for room in rooms for path in (ROOT / "rubrica" / room).rglob("*.py")
             if not {"tests", "migrations"} & set(path.parts) and word in path.read_text()]  # fmt: skip
    assert found == []
