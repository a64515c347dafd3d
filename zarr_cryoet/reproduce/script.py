"""A standalone script for one cell: what a maintainer can run, with nothing of this package.

`render` is held equal, character by character, to ``site/assets/reproduce.js``: keep both to
filling in text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core import volume as volumes
from ..core.case import Case
from ..core.measure.cell import Cell
from ..core.support import unsupported
from ..core.volume import Volume
from .parts import parts as all_parts

_PLACE = re.compile(r"@([a-z0-9_]+)@")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Refusal:
    """Why there is no script for a cell.

    Attributes
    ----------
    reason : str
        In words that can be published.
    """

    reason: str


def script(
    case: Case,
    operation: str,
    metric: str,
    pins: Mapping[str, str],
    *,
    volume: Volume | None = None,
    name: str | None = None,
    cold: bool = False,
    file: str | None = None,
) -> str | Refusal:
    """The script that measures one figure by itself.

    Parameters
    ----------
    case, operation
        What is measured.
    metric
        ``seconds``, ``bits_per_voxel``, ``objects``, ``requests``, ``bytes_read`` or
        ``bytes_written``.
    pins
        Versions by package, of a release's lock or of the environment that was measured.
    volume
        The record of the case's volume; default: of what is prepared under its id.
    name
        What people call the cell; default: its id.
    cold
        Whether pages are to be put out of memory first.
    file
        What the script reads where it is given nothing; default: what it generates.

    Raises
    ------
    FileNotFoundError, UserError
        No record of the volume was given, and it is not prepared.
    """
    volume = volume or volumes.open_volume(case.volume)[0]
    cell = described(Cell(case, operation, cold), metric, volume)
    skip = unsupported(case, pins, operation)
    if np.dtype(volume.dtype).name in case.codec_row.refuses:  # of a volume that is not prepared
        skip = skip or f"{case.codec_row.family} takes no {volume.dtype}"
    cell |= {"pins": dict(pins), "file": file, "skip": skip}
    if name:
        cell["name"] = name
    found = render(all_parts({}), cell)
    return Refusal(found["refused"]) if found["refused"] else found["text"]


def described(cell: Cell, metric: str, volume: Volume) -> dict:
    """A cell as `render` takes it: plain values, but for ``release`` or ``pins``.

    To them come ``skip`` (the reason why it is unsupported, or None), and ``file``.
    """
    product = {"uint8": "levels", "labels": "labels"}.get(volume.source.get("product", ""))
    kind = product or ("float" if np.dtype(volume.dtype).kind == "f" else "integer")
    return {
        **cell.to_json(),
        "name": cell.id,
        "metric": metric,
        "volume": {
            "id": volume.id,
            "shape": list(volume.shape),
            "dtype": volume.dtype,
            "sha256": volume.sha256 or "",
            "kind": kind,
        },
        "skip": None,
        "file": None,
    }


def render(parts: dict, cell: dict) -> dict:
    """Put a script together.

    Parameters
    ----------
    parts
        Of `parts.parts`.
    cell
        Of `described`, with ``release`` (whose pins stand in `parts`) or ``pins``.

    Returns
    -------
    dict
        ``text``, or ``refused`` with the reason; the other is None.
    """
    pins = cell.get("pins") or parts["pins"].get(cell.get("release"))
    reason, client = _refused(parts, cell, pins)
    if reason:
        return {"text": None, "refused": reason}
    chosen = _chosen(parts, cell, client)
    text = "\n\n\n".join(piece for piece in _pieces(parts, cell, chosen) if piece)
    values = _values(parts, cell, chosen, pins)
    used = [name for name in parts["standard"] if f"{name}." in text]
    values["standard"] = "".join(f"import {name}\n" for name in used)
    return {"text": _PLACE.sub(lambda place: values[place[1]], text) + "\n", "refused": None}


def _chosen(parts: dict, cell: dict, client: dict) -> dict:
    """The parts that a cell's values point to."""
    access = parts["reads"].get(cell["operation"], "")
    reading = bool(access)
    kind, value, unit = parts["metrics"][cell["metric"]]
    main = parts["main"]["stored"]
    if kind != "stored":
        main = parts["main"]["read" if reading else cell["operation"]][kind]
    return {
        "reading": reading,
        "access": access,
        "kind": kind,
        "value": value,
        "unit": unit,
        "main": main,
        "layout": parts["layouts"][cell["layout"]],
        "codec": parts["codecs"][cell["codec"]],
        "indexing": parts["indexing"].get(access, "box"),
        "client": client,
    }


def _pieces(parts: dict, cell: dict, chosen: dict) -> list[str]:
    """The program, piece by piece; some are empty."""
    client, layout, kind = chosen["client"], chosen["layout"], chosen["kind"]
    two, stored = cell["zarr_format"] == 2, kind == "stored"
    create = "2" if two else "3" if layout["kind"] == "plain" else f"3-{layout['kind']}"
    said = parts["said"][kind].replace("@value@", chosen["value"])
    return [
        parts["head"],
        parts["words"],
        parts["load"],
        parts["made"][cell["volume"]["kind"]],
        parts["input"],
        chosen["codec"]["2" if two else client["spelled"]] + "\n" + layout["constants"],
        client["setup"],
        client["counting"] if kind == "count" else "",
        client["create"][create],
        client["open"],
        client["write"],
        client["read"]["box" if stored else chosen["indexing"]],
        parts["boxes"][chosen["access"]] if chosen["reading"] and not stored else "",
        parts["same"],
        chosen["main"] + said + "\n" + parts["facts"],
    ]


def _values(parts: dict, cell: dict, chosen: dict, pins: Mapping[str, str]) -> dict[str, str]:
    """What stands in the places of the pieces."""
    client, layout, volume = chosen["client"], chosen["layout"], cell["volume"]
    installed = _installed(client, chosen["codec"], pins)
    meaning = parts["meanings"][chosen["access"] or cell["operation"]]
    shards = chosen["reading"] and layout["kind"] != "plain"
    return {
        "dependencies": "\n".join(f'#     "{name}=={pins[name]}",' for name in installed),
        "name": _line(cell["name"]),
        "meaning": _line(f"{cell['operation']}: {meaning}"),
        "volume": _line(f"{volume['id']}, stored as {cell['codec']} in {cell['layout']}"),
        "versions": f"zarr format {cell['zarr_format']}, by {cell['backend']}",
        "imports": client["imports"],
        "file": _quoted(cell["file"]) if cell["file"] else "None",
        "id": _quoted(volume["id"]),
        "sha256": _quoted(volume["sha256"]),
        "kind": "balls" if volume["kind"] == "labels" else "noise",
        "shape": f"({', '.join(str(n) for n in volume['shape'])})",
        "dtype": _quoted(volume["dtype"]),
        "store": client["store"]["counted" if chosen["kind"] == "count" else "plain"],
        "zarr_format": str(cell["zarr_format"]),
        "stored": layout["stored"],
        "chain": layout["chain"],
        "reads": "batch_read" if shards else "open_read",  # tensorstore's names
        "taken": parts["taken"][chosen["indexing"]],
        "operation": cell["operation"],
        "proof": _proof(cell["operation"], chosen["kind"]),
        "metric": cell["metric"],
        "unit": chosen["unit"],
        "packages": _named(client, chosen["codec"], installed),
    }


def _refused(parts: dict, cell: dict, pins: Mapping[str, str] | None) -> tuple[str | None, dict]:
    """Why there is no script; and the client, where there is one."""
    known = [each for each in parts["clients"] if each["id"] == cell["backend"]]
    access = parts["reads"].get(cell["operation"])
    main = "read" if access else cell["operation"]
    if cell["store"] != "local":  # before what its client lacks, which would not help
        return _because(parts, "store", cell["store"]), {}
    if cell["skip"]:
        return cell["skip"], {}
    if cell["cold"]:
        return _because(parts, "cold", ""), {}
    if cell["metric"] not in parts["metrics"]:
        return _because(parts, "metric", cell["metric"]), {}
    if not known:
        return _because(parts, "backend", cell["backend"]), {}
    if main not in parts["main"] or (access and access not in parts["boxes"]):
        return _because(parts, "operation", cell["operation"]), {}
    if not pins:
        return _because(parts, "release", cell.get("release") or "?"), {}
    package = parts["codecs"][cell["codec"]]["package"]
    for name in [known[0]["package"], *known[0]["more"], *([package] if package else [])]:
        if name not in pins:
            return _because(parts, "package", name), {}
    release = pins[known[0]["package"]]
    serving = [each for each in known if any(map(release.startswith, each["releases"]))]
    if not serving:
        return _because(parts, "backend", f"{cell['backend']} {release}"), {}
    if parts["metrics"][cell["metric"]][0] == "count" and not serving[0]["counting"]:
        return _because(parts, "uncounted", serving[0]["uncounted"]), {}
    return None, serving[0]


def _because(parts: dict, why: str, what: str) -> str:
    return parts["refusals"][why].replace("@what@", what)


def _installed(client: dict, codec: dict, pins: Mapping[str, str]) -> list[str]:
    """The packages that the script installs."""
    if client["takes"]:
        chosen = [name for name in client["takes"] if name in pins]
    else:
        chosen = [name for name in pins if name not in client["drops"]]
    if codec["package"] and codec["package"] not in chosen:
        chosen.append(codec["package"])
    return sorted(chosen)


def _named(client: dict, codec: dict, installed: list[str]) -> str:
    """Those of the packages that a figure is read with, as a list in the script."""
    chosen = [client["package"], *client["more"], "numcodecs", "numpy", codec["package"]]
    return "[" + ", ".join(f'"{name}"' for name in installed if name in chosen) + "]"


def _proof(operation: str, kind: str) -> str:
    """What was held against what was asked for."""
    bare = kind != "stored" and operation == "create"
    return "opened with its shape" if bare else "read back equal"


def _line(text: str) -> str:
    """What stays on the line of a comment."""
    return _CONTROL.sub(" ", text)


def _quoted(text: str) -> str:
    return json.dumps(_line(text), ensure_ascii=False)
