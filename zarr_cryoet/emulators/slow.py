"""A slow network before a server: each connection has its own bandwidth, each request a wait.

Run as a script it is a process of its own, with the standard library alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from pathlib import Path

_PIECE = 64 << 10


def child(url: str, bandwidth: float, latency: float):
    """The process that stands before `url`.

    Parameters
    ----------
    url
        ``http://127.0.0.1:`` and a port.
    bandwidth
        Bytes a second that come back on each connection.
    latency
        Seconds that each request waits before it goes on.

    Returns
    -------
    Child
        To be entered; what `url` serves is at its own `url` too.
    """
    from .process import Child

    return Child(Path(__file__), url.rpartition(":")[2], bandwidth, latency)


async def _requests(reader, writer, latency: float) -> None:
    """What a client sends in one go, some time later; one request without a body is one go."""
    while piece := await reader.read(_PIECE):
        await asyncio.sleep(latency)
        writer.write(piece)
        await writer.drain()


async def _answers(reader, writer, bandwidth: float) -> None:
    """What comes back, no faster than it may."""
    due = 0.0
    while piece := await reader.read(_PIECE):
        due = max(due, time.monotonic()) + len(piece) / bandwidth
        await asyncio.sleep(due - time.monotonic())
        writer.write(piece)
        await writer.drain()


def _connected(port: int, bandwidth: float, latency: float):
    async def serve(reader, writer) -> None:
        beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", port, limit=2 * _PIECE)
        ways = [
            asyncio.ensure_future(_requests(reader, beyond, latency)),
            asyncio.ensure_future(_answers(beyond_reader, writer, bandwidth)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await way
        for end in (writer, beyond):
            end.close()

    return serve


async def _main(port: int, bandwidth: float, latency: float) -> None:
    serve = _connected(port, bandwidth, latency)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2 * _PIECE, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _leave() -> None:
    sys.stdin.read()  # until the other end is closed
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_leave, daemon=True).start()
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
