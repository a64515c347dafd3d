"""Functions of `counted`, called in the interpreter of an environment under test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ..core.measure.worker import Died

_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from zarr_cryoet.check import counted; getattr(counted, sys.argv[2])(*sys.argv[3:])"
)
_ROOT = Path(__file__).resolve().parents[2]


def call(python: str | Path, function: str, *words: str, seconds: float) -> dict:
    """What the function prints.

    Raises
    ------
    Died
        It did not come to its end; the text says why.
    """
    command = [str(python), "-W", "ignore", "-c", _CODE, str(_ROOT), function, *words]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # an interrupt is ours to hand on
    ) as child:
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Died(f"took longer than {seconds:.0f} s") from None
        finally:
            child.kill()
    if child.returncode:
        said = (err.strip().splitlines() or ["no message"])[-1]
        raise Died(f"ended with {child.returncode}: {said}"[:300])
    return json.loads(out.splitlines()[-1])
