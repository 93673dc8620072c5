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
    ledger,
    packages,
    roadmap,
    templates,
    unlock,
    veriface,
)

api = NinjaAPI(title="Rubrica, Auco dialect", version="1.5", urls_namespace="auco", docs_url=None, openapi_url=None)
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
)
for chapter in CHAPTERS:
    api.add_router("", chapter.router)
errors.register(api)
for exception, handler in templates.HANDLERS.items():
    api.add_exception_handler(exception, handler)
