"""Pages from templates: Markdown for the docs, HTML for the site.

In a template that ends in ``.html`` what is put in is escaped; in one that ends in ``.md`` it is
put in as it stands, but for the cells of tables: see ``tables.md``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

HERE = Path(__file__).resolve().parent


def render(folder: Path, name: str, **values: object) -> str:
    """A page.

    Parameters
    ----------
    folder
        Where its template is; ``{% from %}`` finds those of this package as well.
    name
        The template's file.
    values
        What it shows; one that it asks for and that is not among them is an error.
    """
    return _environment(folder).get_template(name).render(**values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, HERE]),
        autoescape=lambda name: bool(name) and name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cell"] = lambda value: str(value).replace("|", "/")  # which would end a cell
    made.filters["fmt"] = format  # as Python: ``{{ share | fmt(".1%") }}``
    return made
