"""``asv continuous`` between two environments, with settings that hold, in results of its own."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import results
from ..bench.run import CONFIGURATION, Asv
from ..core.errors import UserError
from ..core.volume import VOLUME_VARIABLE
from ..environments import repository
from ..environments.compared import Compared
from ..environments.lock import Lock, Release
from ..environments.swap import WHEEL
from ..project import Project

ROUNDS, REPEAT = 6, 2  # more processes beat more samples: those of one are no independent ones
_DATES = "2000-01-01T00:00:00Z", "2000-01-02T00:00:00Z"
_INSTALL = (
    "in-dir={env_dir} python {conf_dir}/zarr_cryoet/environments/swap.py "
    "{build_dir}/requirements.txt"
)


@dataclass(frozen=True)
class Outcome:
    """A cell on both sides, as asv has it.

    Attributes
    ----------
    before, after : results.Record or None
        None where asv was not asked, or says nothing.
    different : bool
        Whether asv's test tells their samples apart.
    """

    before: results.Record | None
    after: results.Record | None
    different: bool


def history(a: Compared, b: Compared, folder: Path) -> tuple[Path, str, str]:
    """A repository of two commits, which may be of the same content.

    Returns
    -------
    pathlib.Path, str, str
        Where it is, and the commits.
    """
    rows = []
    for number, (each, date) in enumerate(zip((a, b), _DATES, strict=True), 1):
        pins, wheel = each.contents.pins, each.contents.wheel
        lines = (*pins, f"{WHEEL}{wheel}") if wheel else pins
        rows.append(Release(str(number), date, "", lines))
    lock = Lock("check", tuple(rows))
    made = repository.build(lock, folder / "check.git")
    return made, *repository.expected(lock).values()


class Continuous(Asv):
    """asv, for two commits, and with results in a folder of their own.

    Parameters
    ----------
    project, volume, scratch, held
        See `bench.run.Asv`.
    a, b
        Who is compared.
    benchmarks
        The suite, where it is not the project's.
    """

    def __init__(
        self,
        project: Project,
        volume: str,
        scratch: Path,
        held: tuple[int, ...],
        a: Compared,
        b: Compared,
        benchmarks: Path | None = None,
    ):
        repo, self.before, self.after = history(a, b, scratch)
        self.changes = {
            "repo": str(repo),
            "install_command": [_INSTALL],
        }
        if benchmarks:
            self.changes["benchmark_dir"] = str(benchmarks)
        super().__init__(project, volume, ROUNDS, scratch, held)

    def _configure(self) -> None:
        self.log = self.folder / "check.log"
        self.log.write_text("")

    def _results_into(self, folder: Path) -> None:
        changed = {**self.project.configuration, **self.changes, "results_dir": str(folder)}
        changed["matrix"] = {"env_nobuild": {VOLUME_VARIABLE: [self.volume]}}
        (self.project.root / CONFIGURATION).write_text(json.dumps(changed, indent=1))

    def compare(
        self,
        patterns: Iterable[str],
        name: str,
        tick: Callable[[float], None],
        *,
        timed: bool = True,
    ) -> dict[str, Outcome]:
        """Measure both, and say what asv makes of each cell.

        Parameters
        ----------
        patterns
            For ``--bench``.
        name
            Of the results' folder, which is emptied.
        tick
            Told the seconds since the start.
        timed
            Whether more than one process a cell makes sense.

        Raises
        ------
        UserError
            asv itself failed.
        """
        folder = self.folder / "check" / name
        shutil.rmtree(folder, ignore_errors=True)
        self._results_into(folder)
        words = [word for pattern in patterns for word in ("--bench", pattern)]
        rounds = ROUNDS if timed else 1
        settings = ["-a", f"rounds={rounds}", "-a", f"repeat={REPEAT}", "--record-samples"]
        # what only looks a figure up starts no threads, so forking is safe there, and quicker
        settings += ["--launch-method", "spawn" if timed else "forkserver"]
        settings += ["--interleave-rounds"] if timed else []
        code = self._asv(["continuous", self.before, self.after, *settings, *words], tick)
        found = read(folder, self.before, self.after)
        if code not in (0, 1, 2) or not found:
            raise UserError(f"asv continuous failed with {code}: {self._last_words()}")
        return found


def read(folder: Path, before: str, after: str) -> dict[str, Outcome]:
    """Both results of a folder, by cell."""
    records: dict[str, dict] = {}
    for record in results.load(folder):
        records.setdefault(record.name, {})[record.commit] = record
    samples = dict(_samples(folder))
    return {
        name: Outcome(
            found.get(before),
            found.get(after),
            _different(samples.get((before, name)), samples.get((after, name))),
        )
        for name, found in records.items()
    }


def _samples(folder: Path) -> Iterator[tuple[tuple[str, str], tuple]]:
    """What asv has of statistics and samples, by commit and cell."""
    from asv.results import Results, iter_results_paths

    for root, filename, machine in iter_results_paths(str(folder)):
        found = Results.load(str(Path(root) / filename), machine_name=machine)
        for key in found.get_all_result_keys():
            params = found.get_result_params(key)
            each = found.get_result_stats(key, params), found.get_result_samples(key, params)
            for cell, *taken in zip(itertools.product(*params), *each, strict=True):
                name = f"{key}({', '.join(cell)})" if cell else key
                yield (found.commit_hash, name), tuple(taken)


def _different(a: tuple | None, b: tuple | None) -> bool:
    """The test of asv, as `asv compare` has it."""
    from asv._stats import is_different

    if not (a and b and a[0] and b[0]):
        return True  # an exact figure has no statistics
    return is_different(a[1], b[1], a[0], b[0])
