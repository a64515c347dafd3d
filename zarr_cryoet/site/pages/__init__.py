"""One page, one file: a subclass of `zarr_cryoet.site.frame.Page`, found because it is there."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from .. import study
from ..frame import Page


def all_pages() -> list[Page]:
    """One of each, those of studies too, in their order."""
    found = {page.id: page for page in study.pages()}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for each in vars(loaded).values():
            if inspect.isclass(each) and issubclass(each, Page) and not inspect.isabstract(each):
                found.setdefault(each.id, each())
    return sorted(found.values(), key=lambda page: (page.order, page.id))
