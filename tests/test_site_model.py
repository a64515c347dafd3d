"""The model in the browser answers as Python does, to the last bit, on many questions."""

import json
import shutil
import subprocess

import pytest
from advice_vectors import OF_THE_PAGE, VECTORS, of_python, vector

from zarr_cryoet.site import advice


@pytest.fixture(scope="module")
def vectors():
    return [vector(number) for number in range(VECTORS)]


@pytest.fixture(scope="module")
def answers(vectors):
    return [of_python(each) for each in vectors]


def test_the_vectors_meet_what_may_happen(vectors, answers):
    assert len(answers) >= 200
    assert sum(bool(each["choices"]) for each in answers) > 100
    assert sum("leaves something" in each["impossible"] for each in answers) > 5
    assert sum(bool(each["changes"]) for each in answers) > 10
    assert {len(each["front"]) > 3 for each in answers} == {True, False}
    assert {each["expected"][0]["dollars"] is None for each in answers} == {True, False}
    assert any(
        row["limit"] == "readers" for each in answers for some in each["broken"] for row in some
    )


def test_javascript_answers_as_python_does(vectors, answers, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: the browser alone compares")
    task = tmp_path / "vectors.json"
    task.write_text(json.dumps(vectors))
    (tmp_path / "run.js").write_text(
        f"{advice.model()}\nconst answer = {OF_THE_PAGE};\n"
        'const vectors = JSON.parse(require("fs").readFileSync(process.argv[2]));\n'
        "console.log(JSON.stringify(vectors.map((each) => answer(each))));\n"
    )
    ran = subprocess.run(
        [node, tmp_path / "run.js", task], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    for number, (theirs, ours) in enumerate(zip(json.loads(ran.stdout), answers, strict=True)):
        assert theirs == json.loads(json.dumps(ours)), number  # to the last bit


def test_the_browser_answers_as_python_does(visit, vectors, answers, tmp_path):
    (tmp_path / "page.html").write_text(
        f"<!doctype html><meta charset=utf-8><script>{advice.model()}</script>", "utf-8"
    )
    page = visit(tmp_path, "page.html")
    for number in range(0, VECTORS, 8):
        theirs = page.evaluate(OF_THE_PAGE, vectors[number])
        assert theirs == json.loads(json.dumps(answers[number])), number
