"""The table of contents of the Auco dialect (contract/auco.md §2)."""

from ninja import NinjaAPI

from rubrica.api.auco import attachments, documents, errors

api = NinjaAPI(title="Rubrica, Auco dialect", version="1.5", urls_namespace="auco", docs_url=None, openapi_url=None)
for chapter in (attachments, documents):
    api.add_router("", chapter.router)
errors.register(api)
