"""The portal's API over tables in memory, in a process of its own.

The schema is the one that the portal's client ships, so what is asked and answered is
checked as the portal itself would.

Run as a script it is that process, and imports nothing of this project.
"""

from __future__ import annotations

import fnmatch
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path

_DEFAULTS = {
    "Int": 0, "Float": 0.0, "String": "", "Boolean": False, "DateTime": "2024-01-01T00:00:00+00:00",
}  # fmt: skip
_COMPARE = {
    "_eq": lambda have, want: have == want,
    "_neq": lambda have, want: have != want,
    "_in": lambda have, want: have in want,
    "_nin": lambda have, want: have not in want,
    "_gt": lambda have, want: have is not None and have > want,
    "_gte": lambda have, want: have is not None and have >= want,
    "_lt": lambda have, want: have is not None and have < want,
    "_lte": lambda have, want: have is not None and have <= want,
    "_is_null": lambda have, want: (have is None) == want,
    "_like": lambda have, want: fnmatch.fnmatchcase(have or "", want.replace("%", "*")),
    "_ilike": lambda have, want: fnmatch.fnmatchcase(
        (have or "").lower(), want.lower().replace("%", "*")
    ),
}


def child(tables: Path):
    """The process that serves `tables`, a JSON file: rows by the schema's name of their type.

    Returns
    -------
    Child
        To be entered; the API is at ``{url}/graphql``.
    """
    from .process import Child

    return Child(Path(__file__), tables, needs=("graphql", "cryoet_data_portal"))


class _Api:
    """Answers queries from tables."""

    def __init__(self, tables: dict[str, list[dict]]):
        from graphql import build_schema, get_named_type

        shipped = resources.files("cryoet_data_portal") / "data" / "schema.graphql"
        self.schema = build_schema(shipped.read_text(), assume_valid=True)
        self.tables = {kind: [self._whole(kind, row) for row in tables[kind]] for kind in tables}
        for field in self.schema.query_type.fields.values():
            kind = get_named_type(field.type).name
            field.resolve = self._resolver(kind)

    def _whole(self, kind: str, row: dict) -> dict:
        """A row with something in each field that may not be null."""
        from graphql import is_enum_type, is_non_null_type, is_scalar_type

        made = {}
        for name, field in self.schema.type_map[kind].fields.items():
            if name in row or not is_non_null_type(field.type):
                made[name] = row.get(name)
                continue
            inner = field.type.of_type
            if is_enum_type(inner):
                made[name] = next(iter(inner.values))
            elif is_scalar_type(inner):
                made[name] = _DEFAULTS.get(inner.name, str(row["id"]))
        return made

    def _resolver(self, kind: str):
        def resolve(_, __, where=None, **___):
            rows = self.tables.get(kind, [])
            return [row for row in rows if self._fits(kind, row, where or {})]

        return resolve

    def _fits(self, kind: str, row: dict, where: dict) -> bool:
        for name, wanted in where.items():
            if all(word in _COMPARE for word in wanted):
                if not all(_COMPARE[word](row.get(name), value) for word, value in wanted.items()):
                    return False
            elif not any(
                self._fits(other, each, wanted) for other, each in self._of(kind, row, name)
            ):
                return False
        return True

    def _of(self, kind: str, row: dict, name: str):
        """Rows that a row is related to by one of its fields: its own one, or its many."""
        from graphql import get_named_type

        other = get_named_type(self.schema.type_map[kind].fields[name].type).name
        if not other.endswith("Connection"):
            own = row.get(f"{name}Id")
            return [(other, each) for each in self.tables.get(other, []) if each["id"] == own]
        other, key = other.removesuffix("Connection"), f"{kind[0].lower()}{kind[1:]}Id"
        return [(other, each) for each in self.tables.get(other, []) if each[key] == row["id"]]

    def answer(self, question: dict) -> dict:
        from graphql import graphql_sync

        variables = question.get("variables")
        return graphql_sync(self.schema, question["query"], variable_values=variables).formatted


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Nothing on the terminal."""

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.dumps(self.server.api.answer(json.loads(self.rfile.read(length)))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.api = _Api(json.loads(Path(sys.argv[1]).read_text()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()  # until the other end is closed
    os._exit(0)


if __name__ == "__main__":
    _main()
