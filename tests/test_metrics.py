"""What is said of metrics, once; and that stored results are still found by what the suite is."""

import json
from pathlib import Path

import pytest

from zarr_cryoet.core import selection
from zarr_cryoet.core.metrics import DERIVED, GEOMETRY, METRICS, chosen, of_method
from zarr_cryoet.core.operations import OPERATIONS, READS, shown, unshown
from zarr_cryoet.core.volume import DEFAULT_VOLUME
from zarr_cryoet.results.benchmarks import classes

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def suite():
    """Class and method by the name that asv has."""
    found = classes(ROOT, DEFAULT_VOLUME)
    return {selection.name(cls, m): (cls, m) for cls in found for m in selection.methods(cls)}


def test_every_benchmark_has_unit_and_title_of_its_metric(suite):
    for cls, method in suite.values():
        metric = METRICS[of_method(method)]
        assert getattr(cls, method).unit == metric.unit
        assert getattr(cls, method).pretty_name.startswith(f"{cls.__name__}: {metric.title}")
    assert len({getattr(*each).pretty_name for each in suite.values()}) == len(suite)


def test_stored_results_are_those_of_the_suite(suite):
    stored = json.loads((ROOT / "results/reference/benchmarks.json").read_text("utf-8"))
    stored.pop("version")
    assert stored.keys() == suite.keys()
    for name, about in stored.items():
        cls, method = suite[name]
        found = [list(map(repr, values)) for values in cls.params]
        assert (about["param_names"], about["params"]) == (cls.param_names, found)
        assert (about["version"], about["unit"]) == (cls.version, getattr(cls, method).unit)


def test_an_axis_of_reads_is_shown_by_access_patterns_and_others_as_they_are():
    assert shown("operation", ("read-full", "read-points")) == ("access", ["full", "points"])
    assert shown("operation", ("write", "read-full")) == ("operation", ["write", "read-full"])
    for operation in OPERATIONS:
        name, (value,) = shown("operation", (operation,))
        assert (name == "access") is (operation in READS)
        assert unshown({name: value, "layout": "c64"}) == {"operation": operation, "layout": "c64"}


def test_what_is_derived_is_worked_out_from_its_row():
    found = {metric.id: metric.derived(8.0, 32, 1000) for metric in chosen(DERIVED)}
    assert found == {"ratio": 4.0, "size": 1000.0}
    assert all(metric.function and not metric.measured for metric in chosen(DERIVED, GEOMETRY))
