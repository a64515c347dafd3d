"""One direction of imports: no cycle anywhere, and the wall round what runs under every release."""

from __future__ import annotations

import grimp
import pytest

CORE = "zarr_cryoet.core"


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """By module, those that it imports: in functions and for types alone, too."""
    graph = grimp.build_graph("zarr_cryoet", exclude_type_checking_imports=False, cache_dir=None)
    return {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}


def cyclic(imports: dict[str, set[str]]) -> set[str]:
    """Modules that are in a cycle, or between two: those left when all others are taken off."""
    left = {name: set(targets) for name, targets in imports.items()}
    while True:
        wanted = set().union(*left.values())
        ends = {name for name, targets in left.items() if not targets or name not in wanted}
        if not ends:
            return set(left)
        left = {name: targets - ends for name, targets in left.items() if name not in ends}


@pytest.mark.parametrize(
    ("imports_of", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, set()),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}, {"b", "c"}),
        ({"a": {"a"}}, {"a"}),
    ],
)
def test_cycles_are_found(imports_of, found):
    assert cyclic(imports_of) == found


def test_no_module_imports_itself_by_way_of_others(imports):
    assert len(imports) > 300
    found = cyclic(imports)
    assert not found, {name: sorted(imports[name] & found) for name in sorted(found)}


def test_imports_in_functions_and_for_types_alone_are_seen(imports):
    assert f"{CORE}.stores.latency" in imports[f"{CORE}.backends.zarr2"]
    assert f"{CORE}.case" in imports[f"{CORE}.metadata"]


def test_core_imports_nothing_else_of_the_project(imports):
    inside = {name for name in imports if name == CORE or name.startswith(f"{CORE}.")}
    beyond = {name: sorted(imports[name] - inside) for name in sorted(inside)}
    assert not {name: targets for name, targets in beyond.items() if targets}
