"""A sweep's results: one file of JSON lines, each written as soon as it is known.

The first line says where and with what; then come lines for cells (``prepared``,
``skipped``, ``failed``) and samples (``sample``); the last, ``closed``, sums up. What is
cut off by a full disk or a kill is at most the line that was being written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import UserError
from ..core.measure.cell import Cell
from ..core.measure.sampler import Series
from ..core.metrics import METRICS, STORED, Metric, chosen
from ..core.prepare import READY
from .record import FAILED, OK, SKIPPED, SWEEP, About, Record

VERSION = 1
SUFFIX = ".sweep.jsonl"


class Writer:
    """Appends to a new file of results.

    Parameters
    ----------
    path
        Where; the folder is made.
    head
        What the first line says beside its version.

    Raises
    ------
    UserError
        It cannot be written.
    """

    def __init__(self, path: Path, head: dict):
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("x", encoding="utf-8")
        except OSError as exc:
            raise UserError(f"{path}: cannot be written ({exc.strerror})") from exc
        self._names: dict[str, int] = {}
        self.line({"sweep": VERSION, **head})

    def line(self, value: dict) -> None:
        """One line, handed to the system at once.

        Raises
        ------
        UserError
            The disk is full, for example; what was written before stays.
        """
        try:
            self._file.write(json.dumps(value, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as exc:
            raise UserError(
                f"{self.path}: cannot be written further ({exc.strerror}); what it holds is kept"
            ) from exc

    def keep(self, event: str, series: Series, values: dict) -> None:
        """What the sampler tells; a cell is spelled out once, and then has a number."""
        if series.name not in self._names:
            self._names[series.name] = len(self._names)
            spelled = {"side": series.side, "cell": series.cell.to_json(), "twin": series.twin}
            self.line({"event": "series", "n": self._names[series.name], **spelled})
        self.line({"event": event, "n": self._names[series.name], **values})

    def close(self, summary: dict | None = None) -> None:
        """End the file; with a summary where the sweep came to its end."""
        if summary is not None:
            self.line({"event": "closed", **summary})
        self._file.close()


def read(path: Path) -> tuple[dict, list[Series], dict]:
    """The first line, all series, and the summary (empty where the sweep was cut off).

    Raises
    ------
    UserError
        The file is damaged; it is named, and left alone.
    """
    head: dict = {}
    closed: dict = {}
    series: dict[int, Series] = {}
    try:
        for line in _lines(path):
            if not head:
                if line["sweep"] != VERSION:
                    raise ValueError(f"version {line['sweep']}, where {VERSION} is known")
                head = line
                continue
            event, number = line.pop("event"), line.pop("n", None)
            if event == "series":
                series[number] = Series(line["side"], Cell.from_json(line["cell"]), line["twin"])
            elif event == "closed":
                closed = line
            else:
                _take(series[number], event, line)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as exc:
        why = " ".join(str(exc).split()) or type(exc).__name__
        raise UserError(f"{path}: damaged ({why}); move it away to go on without it") from exc
    if not head:
        raise UserError(f"{path}: damaged (it is empty); move it away to go on without it")
    return head, list(series.values()), closed


def _lines(path: Path) -> Iterator[dict]:
    """Each line; the last may be cut off."""
    text = path.read_text("utf-8")
    for line in text[: text.rfind("\n") + 1].splitlines():
        yield json.loads(line)


def _take(series: Series, event: str, values: dict) -> None:
    if event == "sample":
        series.seconds.append(float(values["seconds"]))
        series.cpu.append(float(values["cpu"]))
        series.control.append(float(values["control"]))
    elif event == "prepared":
        series.status, series.reason, series.facts = READY, None, values
    else:
        series.status, series.reason = event, values["reason"]


def load(folder: Path) -> Iterator[Record]:
    """Every cell of every sweep in a folder of results.

    Raises
    ------
    UserError
        A file is damaged; it is named, and left alone.
    """
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        yield from of_file(path)


def of_file(path: Path) -> Iterator[Record]:
    """Every cell of one sweep, and what its cases take when stored; twins are noise, left out."""
    head, series, _ = read(path)
    kept = [each for each in series if not each.twin]
    for each in kept:
        status = OK if each.seconds else SKIPPED if each.status == SKIPPED else FAILED
        found = each.estimate
        yield _record(
            head,
            each,
            METRICS["seconds"],
            each.cell.operation,
            status=status,
            value=found.value if found else None,
            interval=(found.low, found.high) if found else None,
            reason=None if found else each.reason or "not sampled before the sweep ended",
            samples=len(each.seconds),
            operation=each.cell.operation,
            cold=each.cell.cold,
        )
    yield from _stored(head, kept)


def _stored(head: dict, series: list[Series]) -> Iterator[Record]:
    """Exact figures of each case, once for all that was done with it."""
    told = {(each.side, each.cell.case): each for each in series if each.facts}
    for each in told.values():
        for metric in chosen(STORED):
            value = each.facts.get(metric.id)
            if each.cell.case.zarr_format and value is not None:  # limits store none
                yield _record(
                    head, each, metric, f"track_{metric.id}", status=OK, value=value,
                    interval=None, reason=None,
                )  # fmt: skip


def _record(head: dict, series: Series, metric: Metric, name: str, **outcome) -> Record:
    case, exact = series.cell.case, metric.kind == STORED
    params = {k: v for k, v in case.to_json().items() if k != "volume"}
    if not exact:
        params["cold"] = series.cell.cold
    return Record(
        head["machine"],
        head["python"],
        head["volume"]["id"],
        series.side.partition(":")[0],
        f"sweep.{name}",
        params,
        unit=metric.unit,
        measured=head["started"],
        about=About(metric.id, exact, SWEEP, f"sweep.{name}"),
        case=case,
        **outcome,
    )
