"""A bucket on loopback that fails as it is told, in a process of its own.

It speaks as much of Amazon's S3 as clients need for opening, reading and overwriting: GET
with ranges and conditions, HEAD, ListObjectsV2, PUT, and errors in XML; anonymous, with the
bucket's name in the path. The same URLs serve those who read plain HTTP.

    rules = [Rule("slowdown", "*/0/0/0", first=2), Rule("stall", "*/0/0/1", first=1)]
    with Faulty(folder, rules) as server:
        read(server.endpoint, server.bucket)     # or below server.url
        server.log()                             # each request, its attempt, and its fault

The process ends when whoever started it closes its end of the pipe, or dies. Run with
``python -m`` it is that process, with the standard library alone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import UserError
from .s3rules import FAULTS, Rule

__all__ = ["FAULTS", "Entry", "Faulty", "Rule"]
_ROOT = Path(__file__).resolve().parents[2]  # where the package is, installed or not
_START = "import sys; sys.path.insert(0, sys.argv[1]); from zarr_cryoet.emulators import faulty; "


@dataclass(frozen=True)
class Entry:
    """A request that came.

    Attributes
    ----------
    seconds : float
        When, since the log was begun.
    kind, key : str
        ``GET``, ``HEAD``, ``LIST`` or ``PUT``; of a listing, the key is its prefix.
    part : str or None
        The header ``Range``.
    attempt : int
        The how manieth of the same question, from 1 on.
    fault : str or None
        What was done to it.
    status : int or None
        Of the answer; None where there was none.
    sent : int
        Bytes of the body that were handed to the connection.
    """

    seconds: float
    kind: str
    key: str
    part: str | None
    attempt: int
    fault: str | None
    status: int | None
    sent: int


class Faulty:
    """Serves a folder as a bucket for as long as a ``with`` block lasts.

    The folder is never written to: what is PUT stays in the server's memory.

    Parameters
    ----------
    root
        The folder; the path of a file below it is its key.
    rules
        What fails; the first that fits a request counts.
    bucket
        The name of the bucket.

    Attributes
    ----------
    endpoint : str
        Where the service is, for ``endpoint_url`` and ``AWS_ENDPOINT_URL_S3``.
    url : str
        Where the bucket is: its objects are below, over plain HTTP too.

    Raises
    ------
    UserError
        The process does not start.
    """

    def __init__(self, root: Path, rules: Iterable[Rule] = (), bucket: str = "bucket"):
        self.root, self.bucket, self._rules = Path(root), bucket, tuple(rules)
        self.endpoint = self.url = ""
        self._lock = threading.Lock()

    def __enter__(self) -> Faulty:
        import subprocess

        command = [sys.executable, "-I", "-c", f"{_START}faulty.main()"]
        self._process = subprocess.Popen(
            [*command, str(_ROOT), str(self.root), self.bucket],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,  # an interrupt is for its owner, who ends it
        )  # fmt: skip
        port = self._process.stdout.readline().strip()
        if not port.isdigit():
            self.__exit__()
            raise UserError("the faulty bucket did not start; what it said is above")
        self.endpoint = f"http://127.0.0.1:{port}"
        self.url = f"{self.endpoint}/{self.bucket}"
        self.rules(self._rules)
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def rules(self, rules: Iterable[Rule]) -> None:
        """Other rules from now on; attempts and the log begin at nought."""
        self._ask({"do": "rules", "rules": [rule.to_json() for rule in rules]})

    def log(self) -> list[Entry]:
        """Each request since the rules were given."""
        return [Entry(**each) for each in self._ask({"do": "log"})]

    def put(self, folder: Path) -> int:
        """Put each file of a folder as a new version of the object of the same key.

        Returns
        -------
        int
            How many. None of it is in the log, and no rule strikes it.
        """
        return self._ask({"do": "put", "folder": str(folder)})

    def _ask(self, question: dict):
        with self._lock:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


def main() -> None:
    """Be the process: answer questions on the standard input, until that is closed."""
    from .s3handler import Bucket

    server = Bucket(Path(sys.argv[2]), sys.argv[3])
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(server.answer(**question)), flush=True)
    os._exit(0)  # whoever still waits on a stalled connection, waits no longer
