"""Records of ``docs/records`` as pages take them: one that is damaged is a sentence, no fault."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

from ..core.errors import UserError
from ..costs import records as latencies
from ..studies.faults import records as faulty
from ..studies.interop import records as exchanged

#: The project's own folder: the clone that this package stands in.
ROOT = Path(__file__).resolve().parents[2]
_RECORDS = Path("docs") / "records"
_INTEROP = "interop.jsonl.gz"


def said[R](make: Callable[[], R]) -> tuple[R | None, str]:
    """What was made, or the sentence that tells why not; without folders of this machine."""
    try:
        return make(), ""
    except UserError as exc:
        return None, str(exc).replace(f"{ROOT}/", "")


def latency() -> tuple[latencies.Record | None, str]:
    """The check of the seconds, and why there is none."""
    return said(lambda: latencies.load(ROOT / latencies.PATH))


def faults() -> tuple[faulty.Record | None, str]:
    """Who survives what buckets do, and why there is no record of it."""
    return said(lambda: faulty.FORMAT.load(ROOT / _RECORDS / "faults.json"))


def interop() -> tuple[list[exchanged.Record] | None, str]:
    """Who reads what whom wrote, of the volume that was asked last; and why there is none."""
    path = ROOT / _RECORDS / _INTEROP
    return said(lambda: _exchanged(path, path.stat().st_mtime_ns if path.is_file() else 0))


@functools.lru_cache(maxsize=1)
def _exchanged(path: Path, changed: int) -> list[exchanged.Record]:
    if not changed:
        raise UserError(f"{path}: no record; `zarr-cryoet interop` makes it")
    found = exchanged.FORMAT.load(path).records
    volume = max(found, key=lambda r: r.measured).volume if found else None
    return [record for record in found if record.volume == volume]


def plain(name: str) -> tuple[dict | None, str]:
    """Another record, ``selfcheck`` or ``claims``, and why there is none."""
    return said(lambda: _read(ROOT / _RECORDS / f"{name}.json", name))


def _read(path: Path, name: str) -> dict:
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no record; `zarr-cryoet {name}` makes it") from None
    except (OSError, ValueError) as exc:
        raise UserError(f"{path}: damaged ({' '.join(str(exc).split())})") from exc
    if not isinstance(found, dict):
        raise UserError(f"{path}: damaged (no object)")
    return found


def parts(prefix: str) -> list[dict]:
    """Figures of the self-check's parts whose names begin so; none where it has none."""
    record, _ = plain("selfcheck")
    try:
        return [p["figures"] for p in record["parts"] if p["part"].startswith(prefix)]
    except (KeyError, TypeError, AttributeError):
        return []


def docs(name: str) -> dict[str, bytes]:
    """A page of the docs, as a text beside the site's pages; nothing where it is not there."""
    path = ROOT / "docs" / f"{name}.md"
    return {f"{name}.txt": path.read_bytes()} if path.is_file() else {}


def link(name: str) -> str:
    """HTML of a link to it, or its name alone."""
    shown = f"docs/{name}.md"
    return f'<a href="{name}.txt">{shown}</a>' if docs(name) else f"<code>{shown}</code>"
