"""The page Advice: its copy of the model answers as Python does, and it says what it is asked."""

import json
import random
import shutil
import subprocess

import pytest

from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.recommend import candidates, change, choose, geometry, model
from zarr_cryoet.recommend.readers import READERS
from zarr_cryoet.recommend.uses import PLACES, USES
from zarr_cryoet.site import advice
from zarr_cryoet.site.frame import ASSETS

VECTORS = 240
THRESHOLDS = 5  # of so many vectors, one is asked what would change it: that is most of the work
SHAPES = ((1, 1, 1), (1, 64, 64), (5, 300, 7), (63, 65, 129), (128, 128, 128), (184, 630, 630))


def _terms(rnd: random.Random) -> dict:
    """Terms with figures of no machine, but of the right size and in the right places."""

    def figure(chunk, most):
        speed = rnd.choice((0.0, 10 ** rnd.uniform(-10, -7)))
        ratio = rnd.choice((1.0, rnd.uniform(0.9, most)))
        return {"chunk": chunk, "ratio": ratio, "encode": 5 * speed, "decode": speed}

    codecs = {}
    for name in candidates.codecs():
        if rnd.random() < 0.7 or name == candidates.PORTAL[0]:
            chunks = rnd.sample(([16] * 3, [64] * 3, [128] * 3, [256] * 3, [16, 128, 128]), 3)
            padding = [figure([64] * 3, 900), figure([256] * 3, 900)][: rnd.randint(1, 2)]
            blocks = [figure(chunk, 5) for chunk in chunks]
            codecs[name] = {"blocks": blocks, "padding": padding}
    weights = {
        side: {each: 10 ** rnd.uniform(-11, -3) for each in names if rnd.random() < 0.8}
        for side, names in (("read", model.READ_FEATURES), ("write", model.WRITE_FEATURES))
    }
    return {"cores": rnd.choice((1, 2, 8)), "codecs": codecs, "backends": {"zarr-python": weights}}


def _question(rnd: random.Random) -> dict:
    """What somebody may ask, odd wishes included."""
    use, place = rnd.choice(list(USES.values())), rnd.choice(list(PLACES.values()))
    weights = dict(use.weights)
    if rnd.random() < 0.5:
        named = rnd.sample([*ACCESS, geometry.WRITE], rnd.randint(1, 5))
        weights = {name: rnd.choice((0.0, 1.0, rnd.uniform(0, 9))) for name in named}
        weights[named[0]] = 1.0
    store = {"id": place.id, "latency": place.latency, "bandwidth": place.bandwidth}
    if rnd.random() < 0.4:
        store |= {"latency": 10 ** rnd.uniform(-4, 0), "bandwidth": 10 ** rnd.uniform(6, 10)}
    shape = rnd.choice(SHAPES)
    if rnd.random() < 0.4:
        shape = [rnd.randint(1, 300) for _ in range(3)]
    prices = {"storage": 2.3e-11, "reads": 4e-7, "writes": 5e-6, "egress": rnd.choice((0.0, 9e-11))}
    asked_for = rnd.sample(list(READERS.values()), rnd.choice((0, 0, 1, 3)))
    return {
        "use": use.id,
        "shape": list(shape),
        "itemsize": rnd.choice((1, 2, 4)),
        "weights": weights,
        "store": {**store, "in_flight": rnd.choice((1, 10, 64))},
        "prices": prices if place.prices else None,
        "tomograms": rnd.choice((1, 1000)),
        "reads": rnd.choice((0.0, 0.1, 1000.0)),
        "readers": [reader.plain() for reader in asked_for],
        "max_objects": rnd.choice((None, None, 1, 100, 10**6)),
        "max_memory": rnd.choice((None, None, 2**20, 2**28)),
        "preferences": use.preferences,
        "tie": 0.02,
        "backend": "zarr-python",
    }


def _vector(number: int) -> dict:
    rnd = random.Random(number)
    terms, asked = _terms(rnd), _question(rnd)
    formats = rnd.choice(([3], [3], [2, 3], [2]))
    accesses = list(dict.fromkeys([*asked["weights"], rnd.choice(list(ACCESS))]))
    few = rnd.choice((8, 16)) if number % THRESHOLDS == 0 else None
    kept = [rnd.random() for _ in range(1000)]
    return {
        "terms": terms, "asked": asked, "formats": formats, "spread": [0.8, 1.3],
        "accesses": [each for each in accesses if each != geometry.WRITE],
        "measured": [k for k, each in enumerate(kept) if each < 0.1] if kept[0] < 0.2 else [],
        "few": few, "thresholds": rnd.choice(choose.CHOICES) if few else None,
    }  # fmt: skip


def _of_python(vector: dict) -> dict:
    """All that Python answers, as plain values."""
    terms, asked = vector["terms"], vector["asked"]
    selections = {name: geometry.plain(name, asked["shape"]) for name in vector["accesses"]}
    found = candidates.candidates(list(terms["codecs"]), tuple(vector["formats"]))
    step = max(1, len(found) // vector["few"]) if vector["few"] else 1
    entries = [
        {"candidate": each, "part": model.parts(each, terms, asked, selections),
         "spread": vector["spread"], "measured": k in vector["measured"]}
        for k, each in enumerate(found[::step])
    ]  # fmt: skip
    rows = choose.judged(entries, asked)
    chosen = choose.choices(rows, asked)
    some = [vector["thresholds"]] if vector["thresholds"] else []
    changes = change.changes(entries, asked, vector["accesses"], some)
    return {
        "expected": [row["expected"] for row in rows],
        "broken": [row["broken"] for row in rows],
        "front": [row["candidate"]["id"] for row in choose.front(rows)],
        "choices": {name: [row["candidate"]["id"] if row else None for row in pair]
                    for name, pair in chosen.items()},
        "relax": choose.to_relax(rows),
        "excluded": choose.excluded(rows, chosen),
        "changes": changes,
        "sentences": [change.sentence(each) for each in changes if each["then"]],
        "baseline": entries[-1]["candidate"],
    }  # fmt: skip


OF_THE_PAGE = """(vector, registry) => {
  const { terms, asked } = vector;
  const selections = {};
  for (const name of vector.accesses) selections[name] = advice.plain(name, asked.shape);
  const found = advice.candidates(registry, Object.keys(terms.codecs), vector.formats);
  const step = vector.few ? Math.max(1, Math.floor(found.length / vector.few)) : 1;
  const entries = found.filter((_, k) => k % step === 0).map((candidate, k) => ({
    candidate, part: advice.parts(candidate, terms, asked, selections),
    spread: vector.spread, measured: vector.measured.includes(k),
  }));
  const rows = advice.judged(entries, asked);
  const chosen = advice.choices(rows, asked);
  const some = vector.thresholds ? [vector.thresholds] : [];
  const changes = advice.changes(entries, asked, vector.accesses, some);
  return {
    expected: rows.map((row) => row.expected),
    broken: rows.map((row) => row.broken),
    front: advice.front(rows).map((row) => row.candidate.id),
    choices: Object.fromEntries(Object.entries(chosen).map(([name, pair]) =>
      [name, pair.map((row) => row && row.candidate.id)])),
    relax: advice.to_relax(rows),
    excluded: advice.excluded(rows, chosen),
    changes,
    sentences: changes.filter((each) => each.then).map(advice.sentence),
    baseline: entries.at(-1).candidate,
  };
}"""


@pytest.fixture(scope="module")
def vectors():
    return [_vector(number) for number in range(VECTORS)]


@pytest.fixture(scope="module")
def answers(vectors):
    return [_of_python(vector) for vector in vectors]


def test_the_vectors_meet_what_may_happen(vectors, answers):
    assert len(answers) >= 200
    assert sum(bool(each["choices"]) for each in answers) > 100
    assert sum(each["relax"] is not None for each in answers) > 5
    assert sum(bool(each["changes"]) for each in answers) > 10
    assert {len(each["front"]) > 3 for each in answers} == {True, False}
    assert {each["expected"][0]["dollars"] is None for each in answers} == {True, False}
    assert any(row["limit"] == "readers" for each in answers for row in sum(each["broken"], []))


def test_javascript_answers_as_python_does(vectors, answers, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: the browser alone compares")
    task = tmp_path / "vectors.json"
    task.write_text(json.dumps([vectors, advice.registry()]))
    scripts = "\n".join((ASSETS / name).read_text("utf-8") for name in advice.SCRIPTS)
    (tmp_path / "run.js").write_text(
        f"{scripts}\nconst answer = {OF_THE_PAGE};\n"
        'const [vectors, registry] = JSON.parse(require("fs").readFileSync(process.argv[2]));\n'
        "console.log(JSON.stringify(vectors.map((each) => answer(each, registry))));\n"
    )
    ran = subprocess.run(
        [node, tmp_path / "run.js", task], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    for number, (theirs, ours) in enumerate(zip(json.loads(ran.stdout), answers, strict=True)):
        assert theirs == json.loads(json.dumps(ours)), number  # to the last bit


def test_every_codec_and_access_of_python_is_known_to_the_page():
    rows = advice.registry()
    assert {row["id"] for row in rows["codecs"] if row["judged"]} == set(candidates.codecs())
    assert {row["kind"] for row in rows["codecs"]} <= {row.family for row in CODECS.values()}
    script = (ASSETS / "access.js").read_text("utf-8")
    assert all(f'"{name}": ' in script for name in ACCESS)
