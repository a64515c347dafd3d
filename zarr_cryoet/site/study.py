"""A page for each study that has a template for one."""

from __future__ import annotations

from pathlib import Path

from ..studies import studies
from ..studies.study import SITE, Study
from . import kept
from .data import Data
from .frame import Page, script_of, text


class StudyPage(Page):
    """What a study found, from the record of the docs; or why there is none."""

    def __init__(self, study: Study):
        self.study, self.id = study, study.format.key
        self.title, self.summary, self.order = study.title, study.summary, study.order

    def body(self, data: Data) -> str:
        """The study's own template, or one sentence."""
        path = self.study.path(kept.ROOT)
        found, why = kept.said(lambda: self.study.load(path))
        if found is None:
            return f"<p class=word>{text(why)}</p>"
        return self.study.site(found, kept.link(self.id))

    def files(self, data: Data, results: Path) -> dict[str, bytes]:
        """The page of the docs, as a text."""
        return kept.docs(self.id)

    def script(self) -> str:
        """Beside the template, as ``site.js`` after ``site.*.js``."""
        return script_of(self.study.folder / SITE)


def pages() -> list[Page]:
    """One for each."""
    return [StudyPage(each) for each in studies().values() if (each.folder / SITE).is_file()]
