"""Drafts that begin with a template."""

from collections.abc import Mapping
from typing import Any

from rubrica.accounts.models import Member
from rubrica.drafting import from_template
from rubrica.drafting.from_template import Beginning
from rubrica.drafting.models import Draft
from rubrica.templating.models import Template


def placed(member: Member, template: Template) -> Draft:
    return _begun(member, from_template.placed(template))


def written(member: Member, template: Template, typed: Mapping[str, Any]) -> Draft:
    """``typed`` as the page of questions names them. Raises TemplateRefused."""
    names = [question.name for question in template.definition.config]
    given = {name: str(typed.get(f"q-{name}", "")).replace("\0", "") for name in names}
    return _begun(member, from_template.written(member.organization, template, given))


def _begun(member: Member, beginning: Beginning) -> Draft:
    draft = Draft.begin(member, beginning.content)
    paper = draft.add(beginning.name, beginning.pages, beginning.pdf, f"{beginning.name}.pdf")
    with draft.changing() as content:
        content.places = beginning.places(paper.pk)
    return draft
