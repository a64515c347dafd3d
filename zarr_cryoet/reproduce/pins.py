"""What a script installs: the pins of each release of zarr."""

from __future__ import annotations


def by_release() -> dict[str, dict[str, str]]:
    """Versions by package, by release, oldest first.

    To what the lock says come the packages of backends that no release of zarr needs, as the
    environments that exchange stores have them.
    """
    from ..environments import lock as locks
    from ..environments.rows import ENVIRONMENTS

    alone = ENVIRONMENTS["zarrista"].contents.versions
    lock = locks.read(locks.path_of("zarr"))
    return {release.version: alone | release.pins for release in lock.releases}
