"""A verb for each study: the options that all have, and its own."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any, get_type_hints

import typer

from ..studies import studies
from ..studies.study import Study
from .options import RESUMABLE, STARTS_OTHERS, Json, Markdown, RecordFile, VolumeOption, app

Only = Annotated[str | None, typer.Option(metavar="ID,...", help="Some rows, or groups of them.")]
Volumes = Annotated[str, typer.Option(metavar="ID|FILE,...", help="On what.")]
Map = Annotated[str, typer.Option("--map", help="serial, threads, or dask (an extra).")]
Workers = Annotated[int, typer.Option(min=1, help="Tasks at once, with --map.")]
Restart = Annotated[bool, typer.Option("--restart", help="Do not go on from an interrupted run.")]


def add(study: Study, groups: dict[str, typer.Typer]) -> None:
    """Give a study its verb; one of two words stands below the group of the first."""
    group, _, word = study.name.rpartition(" ")
    where = groups[group] if group else app
    where.command(word, help=study.help())(_verb(study))
    RESUMABLE.add(study.name)
    STARTS_OTHERS.add(study.name)


def add_all(groups: dict[str, typer.Typer]) -> None:
    """Every study that is there."""
    for study in studies().values():
        add(study, groups)


def _verb(study: Study) -> Callable[..., None]:
    own = {each.name for each in dataclasses.fields(study.options)}

    def verb(**given: Any) -> None:
        from ..studies import run

        if given.pop("markdown"):
            return run.markdown(study)
        options = study.options(**{name: given.pop(name) for name in own})
        volume = given.pop("volume", "")
        command = run.Command(**{"volumes": volume, **given, "options": options})
        raise typer.Exit(run.run(study, command))

    parameters = list(_parameters(study))
    verb.__signature__ = inspect.Signature(parameters)
    verb.__annotations__ = {each.name: each.annotation for each in parameters}
    return verb


def _parameters(study: Study) -> Iterator[inspect.Parameter]:
    """The study's own first, then what all have."""

    def parameter(name: str, hint: object, default: object) -> inspect.Parameter:
        return inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint
        )

    hints = get_type_hints(study.options, include_extras=True)
    for each in dataclasses.fields(study.options):
        yield parameter(each.name, hints[each.name], each.default)
    if study.has_rows:
        yield parameter("only", Only, None)
    if study.volumes:
        name, hint = ("volumes", Volumes) if study.several else ("volume", VolumeOption)
        yield parameter(name, hint, study.volumes)
    if not study.timed:
        yield parameter("map", Map, "serial")
        yield parameter("workers", Workers, 1)
    yield parameter("output", RecordFile, None)
    yield parameter("restart", Restart, False)
    yield parameter("markdown", Markdown, False)
    yield parameter("json", Json, False)
