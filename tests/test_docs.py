"""What the docs show is what stands in the tree."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def block(language):
    return re.search(rf"```{language}\n(.*?)```", CONTRIBUTING, re.S)[1]


def test_the_diff_of_one_more_codec_is_one_row_in_one_file():
    diff = block("diff")
    (name,) = re.findall(r"^\+\+\+ b/(.*)$", diff, re.M)
    (added,) = re.findall(r"^\+(?!\+\+)(.*)$", diff, re.M)
    assert added in (ROOT / name).read_text().splitlines()
    assert not re.findall(r"^-(?!--)", diff, re.M)


def test_the_example_of_a_benchmark_is_a_real_one():
    assert block("python").strip() in (ROOT / "benchmarks" / "shards.py").read_text()


def test_the_readme_names_every_file_of_benchmarks():
    readme = (ROOT / "README.md").read_text()
    for path in (ROOT / "benchmarks").glob("[a-z]*.py"):
        assert (
            path.stem in ("base", "common", "counted", "operations")
            or f"| `{path.stem}` |" in readme
        )
