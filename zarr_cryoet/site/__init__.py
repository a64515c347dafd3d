"""The asv plug-in: makes what a fresh clone lacks, and adds pages to the site.

asv imports it before it opens the repository, with the configuration's folder as
the current one. It runs in every asv command, so it imports little.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from .. import results
from ..core import reasons, selection, volume
from ..core.errors import UserError
from ..core.measure import affinity
from . import reference


def setup() -> None:
    """What asv calls when the plug-in is loaded.

    Raises
    ------
    SystemExit
        Something that is missing cannot be made; with one line, and code 2.
    """
    try:
        affinity.cores()
        _write_whole()
        conf = _configuration()
        _export(conf, _make_machine())
        reference.ensure(Path(conf.results_dir))
        reference.stand_back()
        if "publish" in sys.argv:  # before it deletes the site that is there
            results.check(Path(conf.results_dir))
        _make_history(conf)
        _find_checkout(conf)
    except (UserError, OSError, TypeError) as exc:
        print(f"zarr-cryoet: {exc}", file=sys.stderr)
        sys.exit(2)
    if "publish" in sys.argv:
        from . import grid, publish, selector, vendored  # noqa: F401  they register themselves


def _argument(*flags: str) -> list[str]:
    """Values of an option on asv's own command line, which it does not hand on."""
    found = []
    for place, word in enumerate(sys.argv):
        if word in flags and place + 1 < len(sys.argv):
            found.append(sys.argv[place + 1])
        for flag in flags:
            if flag.startswith("--") and word.startswith(f"{flag}="):
                found.append(word.partition("=")[2])
    return found


def _configuration():
    from asv.config import Config

    named = _argument("--config")
    return Config.load(Path(named[-1]).name if named else None)


def _export(conf, machine: str) -> None:
    """Tell the environments under test where the tool, the cache and the notes are."""
    from ..volumes.cache import use_cache

    use_cache()
    os.environ[volume.TOOL_VARIABLE] = sys.executable
    os.environ[reasons.VARIABLE] = str(Path(conf.results_dir).absolute() / machine)
    if wanted := _argument("--bench", "-b"):
        os.environ[selection.VARIABLE] = json.dumps(wanted)
    # asv looks for `python3.12` on the path before it thinks of its own interpreter
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def _make_history(conf) -> None:
    """Generate the release history that the configuration names, where it is ours.

    Raises
    ------
    UserError
        A release on the command line is not in it; asv would show git's own trace.
    """
    repo = Path(conf.repo)
    if repo.parent.name != ".history":
        return
    from ..environments import repository

    made = repository.ensure(repo.stem, repo.absolute().parents[1])
    for word in re.findall(r"\bv\d+(?:\.\d+)+\b", " ".join(sys.argv[1:])):
        repository.commit_of(made, word)


def _find_checkout(conf) -> None:
    """Have asv know of the kind of repository that a contributor's configuration names.

    Raises
    ------
    UserError
        The user's own checkout is not there, or the pins beside it have changed.
    """
    if conf.dvcs == "checkout":
        from . import checkout

        checkout.own()
        named = Path(_argument("--config")[-1]).with_suffix(".txt")
        checkout.check_pins(Path(named.name), Path(conf.env_dir))


def _make_machine() -> str:
    """Describe this machine to asv, which fails off a terminal, and asks on one.

    Returns
    -------
    str
        The name under which asv keeps this machine's results.
    """
    from asv.machine import Machine, MachineCollection
    from asv.util import UserError as Unknown

    name = (_argument("--machine", "-m") or [Machine.get_unique_machine_name()])[-1]
    try:
        return MachineCollection.load(name)["machine"]
    except Unknown:
        MachineCollection.save(name, {**Machine.get_defaults(), "machine": name})
        return name


def _write_whole() -> None:
    """Have asv write its files under a temporary name first.

    It opens the file itself for writing: a full disk, or a kill, would leave an empty
    one where all results of a release had been.
    """
    from asv import util

    write = util.write_json

    def whole(path, data, *args, **kwargs):
        fresh = Path(f"{path}.{os.getpid()}.new")
        try:
            write(str(fresh), data, *args, **kwargs)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    util.write_json = whole
