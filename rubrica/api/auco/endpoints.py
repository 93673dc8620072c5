"""The table of contents of the Auco dialect (contract/auco.md §2)."""

from ninja import NinjaAPI

from rubrica.api.auco import (
    attachments,
    company,
    documents,
    drafts,
    errors,
    evidence,
    feeds,
    handling,
    holds,
    ledger,
    packages,
    roadmap,
    templates,
    unlock,
    veriface,
)
from rubrica.api.auco.parsing import Shallow

api = NinjaAPI(
    title="Rubrica, Auco dialect",
    version="1.5",
    urls_namespace="auco",
    docs_url=None,
    openapi_url=None,
    parser=Shallow(),
)
CHAPTERS = (
    attachments,
    documents,
    packages,
    handling,
    unlock,
    roadmap,
    drafts,
    templates,
    company,
    veriface,
    feeds,
    ledger,
    evidence,
    holds,
)
for chapter in CHAPTERS:
    api.add_router("", chapter.router)
errors.register(api)
for exception, handler in templates.HANDLERS.items():
    api.add_exception_handler(exception, handler)
