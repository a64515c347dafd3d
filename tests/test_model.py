"""The performance model: what libraries ask for, and what that takes."""

from __future__ import annotations

import random
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core import backends
from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.requests.objects import Objects, index_size
from zarr_cryoet.costs import requests as rq
from zarr_cryoet.costs import stored
from zarr_cryoet.model import network, predict
from zarr_cryoet.model.libraries import library
from zarr_cryoet.model.requests import bytes_of, requests_of
from zarr_cryoet.model.types import UNLIMITED
from zarr_cryoet.recommend import candidates

HERE = [n for n in rq.BACKENDS if not isinstance(backends.find(n, backends.installed()), str)]


def laid_out(case, shape, itemsize):
    """What a raw volume is stored as, without metadata: no library is asked."""
    layout = case.layout_row.of(shape)
    found, whole = Objects({}, "c/", {}, {}, {}), tuple(slice(0, n) for n in shape)
    size = prod(layout.chunks) * itemsize
    if not layout.shards:
        cells = stored.cells(whole, layout.chunks).tolist()
        found.sizes.update({stored._key("c/", cell): size for cell in cells})
        return found
    for shard, inside in stored.by_cell(whole, layout.chunks, layout.shards).items():
        stored._shard(found, layout, shard, inside, {}, size)
    assert index_size(layout.shards, layout.chunks)
    return found


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(rq.BACKENDS),
    shape=st.tuples(*[st.integers(1, 200)] * 3),
    layout=st.sampled_from(
        ["c16", "c64", "c16x128x128", "c128x128x16", "whole", "c16-s32", "c16-s64", "c32-s64",
         "c16-swhole", "c32-s128", "c32-s128-start"]
    ),
    access=st.sampled_from(list(ACCESS)),
    itemsize=st.sampled_from([1, 2, 4]),
)  # fmt: skip
def test_the_model_asks_for_what_each_librarys_account_says(name, shape, layout, access, itemsize):
    case = Case.of("raw", "none", layout, 3, name)
    if isinstance(backends.find(name, backends.installed()), str) or rq.unforetold(case, access):
        return
    found = rq.foretell(case, shape, access, laid_out(case, shape, itemsize))
    chains = [chain for read in found.reads for chain in read]
    assert requests_of(chains) == found.tally.requests
    assert bytes_of(chains) == pytest.approx(found.tally.bytes_read, rel=1e-12)


# Seconds ------------------------------------------------------------------------------------------


def net(latency=0.0, bandwidth=None, link=None):
    return {"latency": latency, "bandwidth": bandwidth, "link": link}


def flight(objects=UNLIMITED, inside=UNLIMITED, tasks=UNLIMITED):
    return {"objects": objects, "inside": inside, "tasks": tasks}


def chain(count, first=(0.0,), tasks=0, each=()):
    moved = sum(first) + tasks * sum(each)
    return {"count": count, "first": list(first), "tasks": tasks, "each": list(each),
            "bytes": moved}  # fmt: skip


CHAINS = st.lists(
    st.builds(
        chain,
        st.integers(1, 6),
        st.sampled_from([(1e5,), (0.0, 1e5), (100.0,)]),
        st.integers(1, 12),
        st.sampled_from([(1e5,), (0.0, 3e4)]),
    ),
    min_size=1,
    max_size=4,
)
FLIGHTS = st.one_of(
    st.builds(flight, objects=st.integers(1, 12), inside=st.sampled_from([3, 10, UNLIMITED])),
    st.builds(flight, tasks=st.integers(1, 40)),
)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 20), st.floats(0.001, 1), st.floats(0, 30),
    st.sampled_from(["objects", "tasks"]),
)  # fmt: skip
def test_requests_of_one_kind_take_what_the_formula_says(count, in_flight, latency, work, limit):
    limits = flight(**{limit: in_flight})
    found = network.seconds([[chain(count)]], work, net(latency), limits)
    assert found == pytest.approx(-(-count // in_flight) * latency + work, rel=1e-9)
    assert found >= max(work, latency * count / in_flight) * (1 - 1e-9)
    singles = [chain(1) for _ in range(count)]
    assert network.seconds([singles], work, net(latency), limits) == pytest.approx(found, rel=1e-9)


@settings(max_examples=200, deadline=None)
@given(CHAINS, FLIGHTS, st.sampled_from([None, 1e6, 3e7]))
def test_what_is_alike_may_be_told_apart(chains, limits, bandwidth):
    """One chain of several objects, and as many chains of one, are one question."""
    apart = [{**each, "count": 1} for each in chains for _ in range(each["count"])]
    there = net(0.02, bandwidth)
    one = network.waiting(chains, there, limits)
    assert network.waiting(apart, there, limits) == pytest.approx(one, rel=1e-9)
    assert network.waiting(chains, net(0.0, bandwidth), limits) <= one


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 7)), min_size=1), st.integers(1, 6))
def test_places_are_taken_in_turn(jobs, count):
    """As a heap of single places has it."""
    import heapq

    places = [0] * count
    for many, length in jobs:
        for _ in range(many):
            heapq.heappush(places, heapq.heappop(places) + length)
    rows = [{"count": many, "seconds": length, "earliest": 0} for many, length in jobs]
    assert network.makespan(rows, count) == max(places)


@settings(max_examples=100, deadline=None)
@given(CHAINS, FLIGHTS, st.floats(0.01, 10))
def test_without_a_network_nothing_but_work_is_left(chains, limits, work):
    assert network.seconds([chains], work, net(), limits) == work


@pytest.mark.parametrize(
    ("name", "threads", "layout", "access", "trips"),
    [
        ("zarrs", 4, "c32-s128", "plane-yz", 102), ("zarrs", 16, "c32-s128", "plane-yz", 30),
        ("zarrs", 10, "c32-s128", "parts-shards", 40), ("zarrs", 10, "c64-s256", "plane-xy", 36),
        ("zarrista", 10, "c32-s128", "parts-shards", 12),
        ("zarrista", 16, "c64-s256", "plane-xy", 12), ("zarrista", 4, "c32-s256", "plane-yz", 4),
    ],
)  # fmt: skip
def test_of_shards_zarrs_takes_blocks(name, threads, layout, access, trips):
    """Round trips as they were measured on 184 x 630 x 630, within a tenth."""
    if name not in HERE:
        pytest.skip(f"{name} is not installed")
    case, shape = Case.of("raw", "none", layout, 3, name), (184, 630, 630)
    found = rq.foretell(case, shape, access, laid_out(case, shape, 4))
    assert found.seconds(net(1.0), threads, 1) == trips


@pytest.mark.parametrize(
    ("there", "seconds"),
    [
        (net(0.02), 0.06),
        (net(0.02, 1e6), 3 * (0.02 + 0.1)),
        (net(0.02, None, 1e6), 3 * 0.02 + 12 * 0.1),
        (net(0.0, 1e6), 0.3),
    ],
)
def test_bandwidth_is_of_each_connection_and_the_link_of_all(there, seconds):
    """12 requests of 100 kB, 4 in flight."""
    found = network.waiting([chain(12, [1e5])], there, flight(objects=4))
    assert found == pytest.approx(seconds)


def of(name, count, sharded=True):
    return network.flight_of(library(name), count, sharded)


def test_stages_wait_for_each_other():
    """An index, then 20 ranges of which 10 are asked for at once; two shards beside each other."""
    shard = chain(2, [8.0], 20, [0.0])
    for limits, seconds in ((of("zarr-python", 10), 0.3), (of("zarr-python", 1), 0.6)):
        assert network.waiting([shard], net(0.1), limits) == pytest.approx(seconds)


@pytest.mark.parametrize("name", rq.BACKENDS)
def test_what_a_library_has_in_flight_is_its_row(name):
    if isinstance(backends.find(name, backends.installed()), str):
        pytest.skip(f"{name} is not installed")
    row = library(name)
    assert network.in_flight(row["flight"], 7, 3) == 7
    assert network.in_flight(row["flight"], None, 3) in (10, 32, 3)
    chunks = [chain(40)]
    slow = network.waiting(chunks, net(0.1), of(name, 4, sharded=False))
    assert slow > network.waiting(chunks, net(0.1), of(name, 64, sharded=False))


def test_a_thread_of_zarrs_waits_for_both_of_its_requests():
    for threads, rounds in ((1, 16), (4, 4), (8, 2), (100, 2)):
        limits = flight(tasks=threads)
        found = network.waiting([chain(8, (0.0, 9.0))], net(0.1), limits)
        assert found == pytest.approx(0.1 * rounds)


def test_of_many_shards_the_plane_is_quicker_than_of_bare_chunks():
    """128 x 640 x 640, one XY plane, 400 ms: as it was read for real, and not turned round."""
    found = {}
    for layout in ("c32-s128", "c64"):
        case = Case.of("raw", "none", layout, 3, "zarr-python")
        shape = (128, 640, 640)
        each = rq.foretell(case, shape, "plane-xy", laid_out(case, shape, 4))
        found[layout] = each.seconds(net(0.4), 10, 1)
    assert found == pytest.approx({"c32-s128": 2.4, "c64": 4.0})


# One model ----------------------------------------------------------------------------------------

_ACCESSES = ("full", "plane-xy", "plane-xz", "plane-yz", "boxes-64", "part-shard", "parts-shards")


def asked_both(number):
    """Seconds of one seeded question, by `costs` and by the advice."""
    rnd = random.Random(number)
    name = rnd.choice(HERE)
    layout, access = rnd.choice(candidates.layouts()), rnd.choice(_ACCESSES)
    shape = rnd.choice([(184, 630, 630), (128, 256, 384), tuple(rnd.choices(range(1, 300), k=3))])
    itemsize, byte = rnd.choice([1, 2, 4]), rnd.choice([0.0, 1e-9, 3e-8])
    there = {"latency": rnd.choice([0.0, 0.001, 0.02, 0.4]),
             "bandwidth": rnd.choice([None, 5e7])}  # fmt: skip
    count = rnd.choice([1, 4, 10, 32])
    case = Case.of("raw", "none", layout, 3, name)
    found = rq.foretell(case, shape, access, laid_out(case, shape, itemsize), byte)
    costs = found.seconds({**there, "link": None}, count, 1)
    figures = {"chunk": [64] * 3, "ratio": 1.0, "encode": 0.0, "decode": 0.0, "count": 1}
    calibration = {
        "cores": 2,
        "codecs": {"none": {"blocks": [figures], "padding": [figures]}},
        "backends": {name: {"library": library(name), "read": {"stored_byte": byte}, "write": {}}},
    }
    question = {
        "shape": list(shape), "itemsize": itemsize, "backend": name,
        "weights": {access: 1.0}, "store": {"id": "s3", **there, "in_flight": count},
        "prices": None, "tomograms": 1,
    }  # fmt: skip
    selections = {access: rq.plain(access, list(shape))}
    part = predict.parts(candidates.candidate("none", layout, 3), calibration, question, selections)
    told = predict.expected(part, question, [1.0, 1.0])
    assert told["weighted"] == told["seconds"][access]
    return costs, told["seconds"][access], found.tally.requests, told["requests"][access]


@pytest.mark.parametrize("tenth", range(10))
def test_costs_and_the_advice_give_the_same_seconds_to_the_last_digit(tenth):
    for number in range(20):
        costs, advice, counted, asked = asked_both(20 * tenth + number)
        assert costs == advice, number
        assert counted == asked, number
