"""Why a case cannot be: the only rule for skipping one."""

from __future__ import annotations

from collections.abc import Mapping

from . import backends, volume
from .backends.base import Backend
from .case import Case
from .operations import OPERATIONS, Operation


def unsupported(
    case: Case, versions: Mapping[str, str] | None = None, operation: str | None = None
) -> str | None:
    """Why a case cannot be, in words that can be published; None when it can.

    Parameters
    ----------
    case
        What is stored, how, by which library, and where.
    versions
        Releases by package, for example of an environment that is yet to be
        made; default: those installed here.
    operation
        Id of what is to be done with it, beside writing it whole and reading it.

    Raises
    ------
    UserError
        One of its ids is in no registry.
    """
    codec = case.codec_row
    if case.zarr_format and case.zarr_format not in codec.formats:
        return f"format {case.zarr_format} cannot hold {case.codec}"
    if case.zarr_format == 2 and case.layout_row.shards:
        return "format 2 has no shards"
    if versions is None:
        versions = backends.installed()
    backend = backends.find(case.backend, versions)
    if isinstance(backend, str):
        return backend
    if codec.package and codec.package not in versions:
        return f"{codec.package} is not installed"
    dtype = volume.dtype_of(case.volume) if codec.refuses else None
    if dtype is not None and dtype.name in codec.refuses:
        return f"{codec.family} takes no {dtype.name}"
    reason = backend.supports(case, versions)
    if reason or not operation:
        return reason
    what = OPERATIONS[operation]
    return backend.cannot(what) or _impossible(backend, case, what)


def _impossible(backend: Backend, case: Case, what: Operation) -> str | None:
    """Why an operation cannot be done in a case's store; None when it can."""
    kind = case.store_row.kind
    if (
        kind == "latency"
        and what.id not in ("open", "list")
        and (what.writes or what.needs == "groups")
    ):
        return "the store with a latency only reads"
    if kind == "zip":
        if what.id in ("write", "create-data"):
            return backend.lacks.get("write a ZIP")
        if what.writes or what.needs == "groups":
            return "what is in a ZIP stays as it is"
    return None
