"""What zarr's release notes claim for dense 3-D arrays, and whether it can be measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ... import console, project
from ...core.errors import UserError
from ...core.registry import Registry
from ..study import Context, Query, Study
from ..verdict import UNMEASURED, counted
from . import records
from .records import Found, Record

_NOISE = 0.5  # of the whole, where there is one: as many cells once more


class Claims(Study["Claim", Found, Record]):
    """Which claims of zarr's release notes hold here."""

    name = "claims"
    format = records.FORMAT
    row = Found
    volumes = "phantom-128"

    def rows(self) -> Registry[Claim]:
        """All claims; some of them no operation can show."""
        from .rows import CLAIMS

        return CLAIMS

    def select(self, only: str | None) -> list[Claim]:
        """Those that can be measured, of the ones that are named.

        Raises
        ------
        UserError
            One is unknown, or none of them has an operation that shows it.
        """
        named = super().select(only)
        chosen = [claim for claim in named if claim.measured]
        if not chosen:
            whys = " ".join(dict.fromkeys(claim.why for claim in named))
            raise UserError(f"--only {only}: nothing can show it: {whys}")
        return chosen

    def seconds(self, tasks: Sequence[Claim], query: Query) -> float:
        """With the noise floor, where all are asked for."""
        from .measure import seconds

        return seconds(tasks) * (1 + _NOISE if query.whole else 1)

    def announce(self, tasks: Sequence[Claim], query: Query) -> str:
        """How many."""
        return f"{len(tasks)} that an operation can show"

    def about(self, query: Query) -> dict:
        """With the numbers of repeats."""
        from .measure import PAIRS, PROCESSES, RESTARTS

        repeats = {"restarts": RESTARTS, "pairs": PAIRS, "processes": PROCESSES}
        return super().about(query) | repeats

    def measure(self, tasks: Sequence[Claim], context: Context) -> Iterator[tuple[Claim, Found]]:
        """By duels, and in processes that do nothing but one operation."""
        share = _share(context)
        measuring = _measuring(context, lambda done, text: context.tick(share * done, text))
        known = {claim.id: claim for claim in tasks}
        return ((known[found.id], found) for found in measuring.all(tasks))

    def assemble(self, about: dict, rows: Sequence[Found], context: Context) -> Record:
        """With the versions of all releases, and the noise floor of the newest."""
        from .page import order
        from .rows import TIME

        claims = [self.rows()[found.id] for found in rows]
        releases = sorted({r for claim in claims for r in claim.releases}, key=order)
        measuring, newest = _measuring(context), releases[-1]
        versions = {
            release: context.once(f"versions {release}", partial(measuring.versions, release))
            for release in releases
        }
        noise = None
        if context.query.whole:
            some = [c for c in claims if c.kind == TIME and order(c.release) >= (3, 3)]
            share, text = _share(context), f"{newest} with itself"
            tick = lambda done: context.tick(share + (1 - share) * done, text)  # noqa: E731
            noise = context.once("noise", lambda: measuring.noise(newest, some, tick))
        return Record(about, versions, noise, list(rows))

    def merged(self, old: Record, new: Record) -> Record:
        """One of each claim, the last."""
        kept = {each.id: each for each in (*old.found, *new.found)}
        found = [kept[name] for name in self.rows() if name in kept]
        releases = {**old.releases, **new.releases}
        return Record(new.about, releases, new.noise or old.noise, found)

    def failed(self, row: Found) -> bool:
        """Whether it could not be measured."""
        return row.verdict == UNMEASURED

    def words(self, record: Record) -> dict[str, Any]:
        """With the benchmarks that the suite has now."""
        from . import page, timeline

        suite = timeline.cells(project.find().root, record.about["volume"])
        return page.words(record, self.rows(), lambda claim: timeline.nearest(claim, suite))

    def line(self, row: Found) -> str:
        """The verdict and the ratio."""
        from .page import ratio

        return f"{row.verdict} {ratio(row)}"

    def table(self, record: Record) -> None:
        """A row for each claim, and what is to be known of it."""
        from .page import figures, ratio

        rows = [
            (each.id, figures(self.rows()[each.id], each), ratio(each), each.verdict)
            for each in record.found
        ]
        console.table(["claim", "before → after", "ratio", "verdict"], rows)
        console.say()
        for each in record.found:
            if each.note:
                console.say(f"{each.id}: {each.note}")
        verdicts = (each.verdict for each in record.found)
        console.say(counted(verdicts, records.VERDICTS, "{count} {verdict}"))


def _measuring(context: Context, tick=lambda done, text: None) -> Measuring:
    from .measure import Measuring

    return Measuring(context.volume.id, context.place, tick)


def _share(context: Context) -> float:
    """Of the work, what is not the noise floor."""
    return 1 / (1 + _NOISE) if context.query.whole else 1.0


if TYPE_CHECKING:
    from .measure import Measuring
    from .rows import Claim
