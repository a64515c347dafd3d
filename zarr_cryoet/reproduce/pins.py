"""What a script installs: the pins of each release of zarr."""

from __future__ import annotations


def by_release() -> dict[str, dict[str, str]]:
    """Versions by package, by release, oldest first.

    To what the lock says come the packages of backends that no release of zarr needs, as the
    parties that exchange stores have them.
    """
    from ..environments import lock as locks
    from ..environments.rows import PARTIES

    alone = dict(pin.split("==") for pin in PARTIES["zarrista"].pins)
    lock = locks.read(locks.path_of("zarr"))
    return {release.version: alone | release.pins for release in lock.releases}
