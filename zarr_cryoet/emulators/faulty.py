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

from ..core.stores.loopback import Loopback, module
from .s3rules import FAULTS, Rule

__all__ = ["FAULTS", "Entry", "Faulty", "Rule"]


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


class Faulty(Loopback):
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
        super().__init__("the faulty bucket", module(__name__, root, bucket))
        self.bucket, self._rules = bucket, tuple(rules)

    @property
    def url(self) -> str:
        """Of the bucket."""
        return f"{self.endpoint}/{self.bucket}"

    def prepare(self) -> None:
        """Give it the rules that it begins with."""
        self.rules(self._rules)

    def rules(self, rules: Iterable[Rule]) -> None:
        """Other rules from now on; attempts and the log begin at nought."""
        self.tell({"do": "rules", "rules": [rule.to_json() for rule in rules]})

    def log(self) -> list[Entry]:
        """Each request since the rules were given."""
        return [Entry(**each) for each in self.tell({"do": "log"})]

    def put(self, folder: Path) -> int:
        """Put each file of a folder as a new version of the object of the same key.

        Returns
        -------
        int
            How many. None of it is in the log, and no rule strikes it.
        """
        return self.tell({"do": "put", "folder": str(folder)})


def main(root: str, bucket: str) -> None:
    """Be the process: answer questions on the standard input, until that is closed."""
    from .s3handler import Bucket

    server = Bucket(Path(root), bucket)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(server.answer(**question)), flush=True)
    os._exit(0)  # whoever still waits on a stalled connection, waits no longer
