"""Advise: what to store a tomogram with."""

from __future__ import annotations

import datetime
import platform
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import console, project, units
from ..core import backends
from ..core.errors import UserError
from ..core.measure import affinity
from ..model.types import Calibration, Question
from ..volumes import cache
from ..volumes.resolve import resolve
from . import answer, calibrate, page, records, report, sample
from . import question as questions
from .asking import Measurer
from .clock import Clock, default
from .race import Race
from .uses import KINDS

_SAMPLING, _CALIBRATING = 0.3, 0.35  # of what is left of the budget, one after the other
KEPT = ("zarr-python", "zarr-fused", "zarrs", "tensorstore")  # in terms that are kept


@dataclass(frozen=True)
class Options:
    """What the command line says beside the question itself."""

    name: str | None = None
    like: str | None = None
    budget: str | None = None
    keep: bool = False
    page: Path | None = None
    json: bool = False


def recommend(words: questions.Words, options: Options) -> None:
    """Print what to store a tomogram with.

    Raises
    ------
    UserError
        Names or limits are wrong, the volume cannot be read, or nothing is left.
    """
    if bool(options.name) == bool(options.like):
        raise UserError("name a FILE or an id, or say --like SHAPE,DTYPE,KIND: one of the two")
    if options.like and (options.keep or options.budget is not None):
        raise UserError("--like measures nothing; leave --keep and --budget out")
    budget = None
    if options.budget is not None:
        budget = units.of_option("--budget", units.parse_budget, options.budget)
    question = questions.parse(words, (1, 1, 1), "u1")  # what is wrong is said before all work
    _backend(words.backend)
    if options.page is not None:
        project.check_place(options.page)
    if options.like:
        told, question, terms, spent = _foretold(words, options)
    else:
        told, question, terms, spent = _measured(words, options, question, budget)
    whole = {"advice": 1, "asked": _plain(question), **told, "seconds": spent}
    name = f"like {terms['volume']['id']}" if options.like else terms["volume"]["id"]
    whole["volume"] = {**terms["volume"], "id": name}
    if options.page is not None:
        project.write_whole(options.page, page.render(whole))
    if options.json:
        return console.as_json(whole)
    return report.say(whole)


def _foretold(words: questions.Words, options: Options):
    """Answer from what was measured on another volume of the same kind."""
    like = questions.like(options.like)
    terms = records.of_kind(project.find(), machine(), KINDS[like.kind])
    questions.backend_of(words.backend, terms["backends"], like.kind)
    question = questions.parse(words, like.shape, like.dtype)
    measured = terms["volume"]
    described = {"shape": list(like.shape), "dtype": like.dtype, "voxel_spacing": None}
    terms = {**terms, "volume": {**measured, **described}}
    with console.bar("foretelling") as bar:
        entries = answer.entries(terms, question, lambda done: bar(done / 2))
        told = answer.answer(entries, question, terms)
    if np.dtype(measured["dtype"]) != np.dtype(like.dtype):
        told["assumptions"].append(f"{like.dtype} taken to do as {measured['dtype']} did")
    return told, question, terms, {}


def _measured(words, options: Options, question: Question, budget: float | None):
    """Measure, and answer."""
    begun = time.monotonic()
    affinity.cores()  # what is wrong with it is said here, and not by the process that measures
    kept_in = project.find() if options.keep else None
    source = resolve(options.name)
    with console.bar(f"preparing {options.name}") as progress:
        prepared, path = cache.prepare(source, progress)
    question = questions.parse(words, prepared.shape, prepared.dtype)
    spent = time.monotonic() - begun
    clock = Clock(budget or default(prepared.nbytes), spent)
    clock.parts["preparing"] = spent
    names = [words.backend, *(KEPT if options.keep else ())]
    with console.bar("reading samples") as bar:
        terms, entries = advise(prepared, path, question, clock, names, bar)
    parts = {**clock.parts, "total": clock.spent()}
    if kept_in:
        kept = records.save(kept_in, machine(), terms)
        console.tell(f"terms     {kept}")
    told = answer.answer(entries, question, terms)
    return told, question, terms, {name: round(taken, 2) for name, taken in parts.items()}


def advise(prepared, path: Path, question: Question, clock: Clock, names, bar, only=None):
    """Measure a volume, and race what is best for a question.

    Parameters
    ----------
    prepared, path
        The volume, and its file.
    question
        See `question.Question`.
    clock, names, bar
        See `measure`.
    only : collection of str, optional
        Ids of the candidates that are judged, beside the baseline; default: all.

    Returns
    -------
    terms, entries
        See `sample`, and `answer.entries`; the baseline is last.

    Raises
    ------
    UserError
        As `measure`; or nothing is within the limits.
    """
    with (
        tempfile.TemporaryDirectory(prefix="zarr-cryoet-recommend-") as place,
        Measurer(path, Path(place)) as measurer,
    ):
        terms = measure(measurer, prepared, question, clock, bar, names)
        entries = answer.entries(terms, question)
        if only is not None:
            some = [each for each in entries[:-1] if each["candidate"]["id"] in only]
            entries = [*some, entries[-1]]
        answer.check(entries, question)
        with clock.part("racing") as racing:
            race = Race(measurer, prepared, terms, question, entries)
            race.run(racing, lambda done: bar(0.5 + done / 2, "storing the best"))
    return terms, entries


def terms_of(prepared, path: Path, question: Question, clock: Clock, names, bar) -> Calibration:
    """The terms alone, of several backends: see `measure`."""
    with (
        tempfile.TemporaryDirectory(prefix="zarr-cryoet-recommend-") as place,
        Measurer(path, Path(place)) as measurer,
    ):
        return measure(measurer, prepared, question, clock, bar, names)


def measure(
    measurer: Measurer, prepared, question: Question, clock: Clock, bar, names
) -> Calibration:
    """The terms of a volume: see `sample`.

    Parameters
    ----------
    measurer, prepared
        Who measures, and the volume.
    question
        Of which the accesses are read, and the backend, which has to be measured.
    clock, bar
        How long it may take, and who is told how far it is.
    names
        Backends; those that are not installed are left out.

    Raises
    ------
    UserError
        All voxels have one value, no codec takes them, or the backend cannot be used.
    """
    with clock.part("sampling", _SAMPLING) as sampling:
        sample.not_constant(measurer, prepared)
        codecs = sample.codecs(measurer, prepared, sampling, lambda done: bar(done / 4))
    terms = {
        "terms": records.VERSION,
        "volume": {
            "id": prepared.id,
            "shape": list(prepared.shape),
            "dtype": prepared.dtype,
            "voxel_spacing": list(prepared.voxel_spacing) if prepared.voxel_spacing else None,
            "provenance": prepared.provenance,
        },
        "machine": machine(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": measurer.hello["cores"] or affinity.cores(),
        "clock": "processor" if affinity.cores() == 1 else "wall",
        "versions": measurer.hello["versions"],
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "codecs": codecs,
        "backends": {},
    }
    accesses = list(question["weights"])
    for name in dict.fromkeys(names):
        with clock.part("calibrating", _CALIBRATING) as calibrating:
            if name == question["backend"]:
                same = calibrating.left()
            else:  # kept for others, beside the budget, and in as much time
                calibrating = Clock(same)
            told = calibrate.backend(
                measurer, prepared, terms, name, accesses, calibrating,
                lambda done: bar(0.25 + done / 4, "storing samples"),
            )  # fmt: skip
        if "reason" not in told:
            terms["backends"][name] = told
        elif name == question["backend"]:
            raise UserError(f"--backend {name}: {told['reason']}")
    terms["seconds"] = round(clock.spent(), 2)
    return terms


def _backend(name: str) -> None:
    found = backends.find(name, backends.installed())
    if isinstance(found, str):
        raise UserError(f"--backend {name}: {found}")
    if "zarr" not in found.groups:
        raise UserError(f"--backend {name}: stores no Zarr; known are {', '.join(KEPT)}")


def machine() -> str:
    """As asv calls it, where that is installed."""
    try:
        from ..results import machine_name

        return machine_name()
    except ImportError:
        return platform.node() or "here"


def _plain(question: Question) -> dict[str, Any]:
    """The question, as it goes into the answer."""
    return {**question, "readers": [reader["id"] for reader in question["readers"]]}
