"""What the ``portal`` commands say."""

from __future__ import annotations

from dataclasses import asdict

from ... import console, units
from ...core.errors import UserError
from . import api, check
from .asked import parse


def datasets(json: bool) -> None:
    """All datasets."""
    found = api.datasets()
    if json:
        return console.as_json(found)
    rows = [(d["id"], d["title"], d["organism"], d["date"]) for d in found]
    return console.table(["dataset", "title", "organism", "released"], rows)


def runs(dataset: str, json: bool) -> None:
    """The runs of a dataset."""
    found = api.runs(_number(dataset))
    if json:
        return console.as_json(found)
    rows = [
        (r["run"], r["tomograms"], ", ".join(f"{s:g}" for s in r["voxel_spacings"])) for r in found
    ]
    return console.table(["run", ">tomograms", ">Å/voxel"], rows)


def tomograms(place: str, json: bool) -> None:
    """The tomograms of a dataset, or of one of its runs."""
    dataset, _, run = place.partition("/")
    found = api.tomograms(_number(dataset), run or None)
    if json:
        return console.as_json([{**asdict(t), "shape": list(t.shape)} for t in found])
    rows = [
        (
            f"{t.run}@{t.voxel_spacing:g}",
            t.id,
            " x ".join(map(str, t.shape)),
            t.processing,
            t.reconstruction,
            _size(t) if t.s3 else "MRC only",
            "yes" if t.default else "",
        )
        for t in found
    ]
    columns = ["run@Å", ">id", "z, y, x", "processing", "method", ">level 0", "first"]
    return console.table(columns, rows)


def _size(found: api.Tomogram) -> str:
    """Of its voxels as the portal stores them, float32, uncompressed."""
    z, y, x = found.shape
    return units.format_size(4 * z * y * x)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UserError(f"{text[:60]}: a dataset of the portal is a number, as 10445")
    return int(text)


def checked(place: str, json: bool) -> int:
    """Whether the API, and the bucket both ways, answer.

    Returns
    -------
    int
        Exit code: 1 if any does not.
    """
    answers = check.check(parse(place))
    if json:
        console.as_json([a.to_json() for a in answers])
    else:
        for answer in answers:
            console.say(f"{answer.what:<14} {_told(answer)}")
    return 1 if any(a.fault for a in answers) else 0


def _told(answer: check.Answer) -> str:
    if answer.fault:
        return f"failed    {' '.join(answer.fault.split())}"
    said = f"answers   {answer.where} in {units.format_seconds(answer.first_ms / 1e3)}"
    if answer.nbytes:
        speed = answer.nbytes / answer.seconds / 1e6
        said += f"; {units.format_size(answer.nbytes)} of voxels at {speed:.3g} MB/s"
    return said
