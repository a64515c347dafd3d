"""How tasks are spread: one after the other, over threads, or over a cluster by Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from ..core.errors import UserError

SERIAL, THREADS, DASK = "serial", "threads", "dask"
type Mapped[T, R] = Iterator[tuple[T, R]]


def serial[T, R](function: Callable[[T], R], tasks: Sequence[T], workers: int = 1) -> Mapped[T, R]:
    """One after the other, in their order."""
    for task in tasks:
        yield task, function(task)


def threads[T, R](function: Callable[[T], R], tasks: Sequence[T], workers: int = 1) -> Mapped[T, R]:
    """Side by side in threads of this process, which mostly wait for others."""
    with ThreadPoolExecutor(workers) as pool:
        submitted = {pool.submit(function, task): task for task in tasks}
        try:
            yield from _completed(submitted, as_completed(submitted))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def dask[T, R](function: Callable[[T], R], tasks: Sequence[T], workers: int = 1) -> Mapped[T, R]:
    """On the cluster that Dask's configuration names, else in processes of this machine.

    Raises
    ------
    UserError
        Dask is not installed.
    """
    try:
        from dask import config
        from distributed import Client
        from distributed import as_completed as completed
    except ImportError as exc:
        raise UserError(
            f"--map dask: {exc.name} is missing; pip install zarr-cryoet[dask]"
        ) from exc
    address = config.get("scheduler-address", None)
    here = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with Client(**({"address": address} if address else here), set_as_default=False) as client:
        submitted = {client.submit(function, task, pure=False): task for task in tasks}
        yield from _completed(submitted, completed(submitted, loop=client.loop))


def _completed[T, R](submitted: dict[Future[R], T], done: Iterator[Future[R]]) -> Mapped[T, R]:
    for future in done:
        yield submitted[future], future.result()


MAPS = {SERIAL: serial, THREADS: threads, DASK: dask}
