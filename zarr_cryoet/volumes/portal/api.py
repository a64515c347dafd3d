"""What the portal has, by its own client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...core.errors import UserError, unknown
from .asked import Asked
from .client import asking, needed


@dataclass(frozen=True)
class Tomogram:
    """What the portal says of a tomogram.

    Attributes
    ----------
    id : int
        The portal's number; it may change.
    dataset, run, voxel_spacing : int, str, float
        Where it belongs; ångström.
    processing, reconstruction, software : str or None
        How it was made.
    shape : tuple of int
        Voxels along z, y, x.
    nbytes : int or None
        Of its OME-Zarr, all levels.
    s3, https : str or None
        Where its OME-Zarr is.
    default : bool
        Whether the portal shows it first.
    deposition : int or None
        The deposition that it came with.
    doi : str or None
        Of its publications, as the portal has them.
    date : str or None
        When it was released.
    """

    id: int
    dataset: int
    run: str
    voxel_spacing: float
    processing: str | None
    reconstruction: str | None
    software: str | None
    shape: tuple[int, int, int]
    nbytes: int | None
    s3: str | None
    https: str | None
    default: bool
    deposition: int | None
    doi: str | None
    date: str | None


def datasets() -> list[dict]:
    """Number, title, organism and release date of each dataset, in order."""
    with asking() as (portal, client):
        found = portal.Dataset.find(client)
        return [
            {"id": needed(d, "id"), "title": d.title, "organism": d.organism_name,
             "date": _day(d.release_date)}
            for d in sorted(found, key=lambda d: needed(d, "id"))
        ]  # fmt: skip


def runs(dataset: int) -> list[dict]:
    """Name, voxel spacings (Å) and number of tomograms of each run."""
    found: dict[str, dict] = {
        name: {"dataset": dataset, "run": name, "voxel_spacings": [], "tomograms": 0}
        for name in _run_names(dataset)
    }
    for each in tomograms(dataset):
        row = found[each.run]
        row["tomograms"] += 1
        row["voxel_spacings"] = sorted({*row["voxel_spacings"], each.voxel_spacing})
    return list(found.values())


def tomograms(dataset: int, run: str | None = None) -> list[Tomogram]:
    """All of a dataset, or of one of its runs.

    Raises
    ------
    UserError
        There is no such dataset or run; the message has what there is.
    """
    with asking() as (portal, client):
        wanted = [portal.Run.dataset_id == dataset]
        found = portal.Run.find(
            client, wanted if run is None else [*wanted, portal.Run.name == run]
        )
        names = {needed(each, "id"): needed(each, "name") for each in found}
        if not names:
            known = _run_names(dataset)
            raise unknown(f"run in dataset {dataset}", run or "", known)
        of = portal.Tomogram
        by = of.run.dataset_id == dataset if run is None else of.run_id._in(list(names))
        rows = [_row(each, dataset, names) for each in of.find(client, [by])]
    return sorted(rows, key=lambda t: (t.run, t.voxel_spacing, t.id))


def _run_names(dataset: int) -> list[str]:
    with asking() as (portal, client):
        found = portal.Run.find(client, [portal.Run.dataset_id == dataset])
        names = sorted(needed(each, "name") for each in found)
        if names:
            return names
        known = [str(n) for n in sorted(needed(d, "id") for d in portal.Dataset.find(client))]
        if str(dataset) in known:
            raise UserError(f"{dataset}: this dataset has no runs")
        raise unknown("dataset in the portal", str(dataset), known)


def _row(each, dataset: int, runs: dict[int, str]) -> Tomogram:
    shape = tuple(int(needed(each, f"size_{axis}")) for axis in "zyx")
    return Tomogram(
        needed(each, "id"), dataset, runs[needed(each, "run_id")],
        float(needed(each, "voxel_spacing")), each.processing, each.reconstruction_method,
        each.processing_software or each.reconstruction_software, shape,
        each.file_size_omezarr and int(each.file_size_omezarr), each.s3_omezarr_dir or None,
        each.https_omezarr_dir or None, bool(each.is_visualization_default), each.deposition_id,
        each.publications or None, _day(each.release_date),
    )  # fmt: skip


def _day(date) -> str | None:
    return date.date().isoformat() if date else None


def find(asked: Asked) -> Tomogram:
    """The one tomogram that is meant.

    Where a run has several at a voxel spacing and nothing tells which, it is the one that
    the portal shows first.

    Raises
    ------
    UserError
        There is none, or more than one; the message has what there is.
    """
    place = f"{asked.dataset}/{asked.run}"
    found = tomograms(asked.dataset, asked.run)
    if not found:
        raise UserError(f"{place}: this run has no tomograms")
    left = _at_spacing(place, found, asked.voxel_spacing)
    if asked.tomogram is not None:
        left = _only(place, left, "tomogram", asked.tomogram, lambda t: t.id)
    if asked.processing is not None:
        left = _only(place, left, "processing", asked.processing, lambda t: t.processing)
    if len(left) > 1:
        shown = [each for each in left if each.default]
        left = shown if len(shown) == 1 else left
    if len(left) > 1:
        listed = ", ".join(f"{t.id} ({t.processing}, {t.reconstruction})" for t in left)
        raise UserError(
            f"{place}@{left[0].voxel_spacing:g}: several tomograms: {listed}; name one by "
            "--tomogram or --processing (in a volume's name: ?tomogram= or ?processing=)"
        )
    return left[0]


def _at_spacing(place: str, found: list[Tomogram], spacing: float | None) -> list[Tomogram]:
    there = sorted({t.voxel_spacing for t in found})
    if spacing is None and len(there) > 1:
        raise UserError(f"{place}: has voxel spacings of {_listed(there)} Å; name one")
    if spacing is None:
        return found
    # people type what the portal shows, three places
    left = [t for t in found if abs(t.voxel_spacing - spacing) < 6e-4]
    if not left:
        raise UserError(f"{place}: no tomogram at {spacing:g} Å; there is {_listed(there)} Å")
    return left


def _only(place: str, found: list[Tomogram], what: str, wanted, of) -> list[Tomogram]:
    left = [t for t in found if of(t) == wanted]
    if not left:
        there = _listed(sorted({of(t) for t in found}, key=str))
        raise UserError(f"{place}: no {what} {wanted} there; there is {there}")
    return left


def _listed(values: Iterable) -> str:
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def cited(found: Tomogram) -> dict:
    """Authors, title and publications, for citation.

    Returns
    -------
    dict
        ``title`` and ``authors``, and ``doi`` of the dataset where the tomogram has none.
    """
    with asking() as (portal, client):
        of = portal.TomogramAuthor
        people = of.find(client, [of.tomogram_id == found.id])
        if not people:
            of = portal.DatasetAuthor
            people = of.find(client, [of.dataset_id == found.dataset])
        sets = portal.Dataset.find(client, [portal.Dataset.id == found.dataset])
        people.sort(key=lambda each: each.author_list_order or 0)
        dataset = sets[0] if sets else None
        return {
            "title": dataset and dataset.title,
            "authors": [each.name for each in people if each.name],
            "doi": found.doi or (dataset and dataset.dataset_publications) or None,
        }
