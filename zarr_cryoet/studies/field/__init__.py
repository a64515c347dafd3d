"""What the field says of codecs, chunks and libraries, beside what is measured here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ... import console
from ...core.registry import Registry
from ...core.volume import Volume
from ..study import Context, Options, Query, Study
from ..verdict import UNMEASURED
from .records import FORMAT, Measured, Record

_PACKAGES = ("zarr", "numcodecs", "tensorstore", "zarrs")
_KEPT = ("id", "shape", "dtype", "provenance", "sha256")
#: Rough, for the word beforehand: seconds of a timed pair, and for each MiB of its volume.
_PAIR, _MIB = 0.3, 0.14


@dataclass(frozen=True)
class Minutes(Options):
    """How long undecided pairs are measured again."""

    minutes: Annotated[
        float, typer.Option(min=0, help="After which nothing is measured again.")
    ] = 7.0


class Field(Study[Volume, Measured, Record]):
    """Which of the field's published claims hold here."""

    name = "field"
    format = FORMAT
    row = Measured
    options = Minutes
    volumes = "phantom-128,phantom-128-u8,labels-128"
    several = True
    merges = False  # all cells of a volume are sampled side by side
    title = "Claims"
    summary = (
        "What others have published about codecs, chunks and libraries for tomograms, each "
        "measured here on several volumes, before and after side by side in one run."
    )
    order = 65

    def rows(self) -> Registry:
        """The claims."""
        from .rows import CLAIMS

        return CLAIMS

    def tasks(self, query: Query) -> list[Volume]:
        """All claims on one volume are one task."""
        return list(query.volumes)

    def seconds(self, tasks: Sequence[Volume], query: Query) -> float:
        """By the pairs of each volume, and its size."""
        return sum(self._seconds(volume, query) for volume in tasks)

    def _seconds(self, volume: Volume, query: Query) -> float:
        pairs = sum(len(claim.pairs(volume)) for claim in self.select(query.only))
        return max(1.0, pairs * (_PAIR + _MIB * volume.nbytes / 2**20))

    def announce(self, tasks: Sequence[Volume], query: Query) -> str:
        """How many claims, on what."""
        volumes = ", ".join(volume.id for volume in tasks)
        return f"{len(self.select(query.only))}, on {volumes}"

    def about(self, query: Query) -> dict:
        """With the numbers of samples."""
        from .measure import AGAIN, SAMPLES

        return super().about(query) | {"clock": "cpu", "samples": SAMPLES, "again": AGAIN}

    def measure(
        self, tasks: Sequence[Volume], context: Context
    ) -> Iterator[tuple[Volume, Measured]]:
        """One volume after the other, each for its share of the minutes."""
        query, done = context.query, 0.0
        whole = self.seconds(query.volumes, query)
        for volume in tasks:
            share = self._seconds(volume, query) / whole

            def tick(part: float, text: str, done: float = done, share: float = share) -> None:
                context.tick(done + share * part, text)

            yield volume, self._measured(volume, context, share, tick)
            done += share

    def _measured(self, volume: Volume, context: Context, share: float, tick) -> Measured:
        from ...core.measure import quiet
        from .measure import Measuring

        claims = self.select(context.query.only)
        pairs = [pair for claim in claims for pair in claim.pairs(volume)]
        cases = {cell.case for pair in pairs for cell in pair.cells}
        with quiet.folder(context.place, volume.nbytes * len(cases)) as place:
            measuring = Measuring(volume, place, 60 * context.options.minutes * share, tick)
            found = measuring.all(claims)
        kept = {key: getattr(volume, key) for key in _KEPT}
        shape = {"shape": list(volume.shape), "floor": measuring.floor}
        return Measured({**kept, **shape}, found)

    def assemble(self, about: dict, rows: Sequence[Measured], context: Context) -> Record:
        """With the releases of the libraries."""
        import numpy as np

        from ...core import backends

        here = backends.installed()
        versions = {name: here[name] for name in _PACKAGES if name in here}
        found = [each for row in rows for each in row.found]
        versions["numpy"] = np.__version__
        return Record(about, versions, [row.volume for row in rows], found)

    def failed(self, row: Measured) -> bool:
        """Whether a pair could not be measured."""
        return any(each.verdict == UNMEASURED for each in row.found)

    def line(self, row: Measured) -> str:
        """How many pairs."""
        return f"{len(row.found)} pairs"

    def words(self, record: Record) -> dict[str, Any]:
        """See `page`."""
        from . import page

        return page.words(record)

    def site_words(self, record: Record) -> dict[str, Any]:
        """The claims beside our figures."""
        from .answers import answers
        from .page import plainly

        return {"answers": answers(record), "plainly": plainly}

    def table(self, record: Record) -> None:
        """A row for each claim, and the noise."""
        from .answers import answers
        from .page import figure

        found = answers(record)
        lines = (
            (row["id"], row["published"], figure(row["ours"]), row["verdict"]) for row in found
        )
        console.table(["claim", "published", "here", "verdict"], lines)
        floors = [v["floor"] for v in record.volumes if v["floor"] is not None]
        if floors:
            console.say(
                f"noise floor: {min(floors):.1%} to {max(floors):.1%}, by volume (CPU time)"
            )
        for note in dict.fromkeys(each.note for each in record.found if each.note):
            console.say(note)

    def json(self, record: Record) -> dict:
        """With the claims beside our figures."""
        from .answers import answers

        return super().json(record) | {"claims": answers(record)}
