"""A repository of the package itself: the one that the configuration names, or your own.

asv's configuration cannot read the environment, so this is a kind of repository beside
asv's own ones, which a configuration asks for with ``"dvcs": "checkout"``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from asv.plugins.git import Git

from ..core.environment import HELD
from ..core.errors import UserError
from ..environments import swap

VARIABLE = "ZARR_CRYOET_CHECKOUT"
ROOT = Path(__file__).resolve().parents[2]


def own() -> Path | None:
    """The checkout that the user names, if any.

    Raises
    ------
    UserError
        There is no git repository.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    path = ROOT / Path(named).expanduser()  # a relative one is seen from the root
    if not Git.is_local_repo(str(path)):
        raise UserError(f"{path}: no git repository; change {VARIABLE}, or unset it")
    return path


def check_pins(pins: Path, environments: Path) -> None:
    """Make sure that what was installed before is what the pins say now.

    asv installs a commit once, and would go on with an earlier set of pins.

    Raises
    ------
    UserError
        They have changed.
    """
    wanted = swap.read(pins)
    for held in environments.glob(f"*/{HELD}"):
        found = json.loads(held.read_text())
        for name in wanted:
            if found.get(name) != wanted[name]:
                folder = environments.resolve().parent
                raise UserError(f"{pins}: {name} has changed; delete {folder}, or undo that")


class Checkout(Git):
    """Your own checkout is measured where it is; another's is copied into ``.history``."""

    dvcs = "checkout"

    def __init__(self, url: str, mirror_path: str):
        copy = ROOT / ".history" / Path(url).name  # in place of a folder named as the project
        super().__init__(str(own() or url), str(copy))
