import ast
import gzip
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.training.bodies import fingerprint, of_benchmark
from engine.training.corpus import Recipe, Seen, build, is_usable, read, read_wheel, recipe
from engine.training.cutting import without
from engine.training.exclusion import bodies, functions, is_excluded_path, packages

BODY = "\n\ndef width_of(rows, limit):\n    return max(len(row) for row in rows[:limit])\n" * 8
FILLER = "".join(f"LIMIT_{at} = '{at} things of which a long line has to be made'\n" for at in range(12))
TALLY = (
    "def pick(values, low=0):\n    best = low\n    for value in values:\n"
    "        if value > best and value % 2 == 0:\n            best = value\n    return best\n"
)
NESTED = """
class K:
    @property
    def one(self):
        return 1

    @staticmethod
    def two():
        return 2


def three():
    def inner():
        return 3

    return inner


if K:
    pass
else:
    def four():
        return 4
"""


def wheel(folder, name, files, licence="MIT"):
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nLicense-Expression: {licence}\n\n")
        for member, text in files.items():
            archive.writestr(member, text)
    return path


def test_a_corpus_holds_no_excluded_package_copy_test_or_benchmark_function(tmp_path):
    files = {
        "shop/orders.py": BODY,
        "shop/_vendor/anything.py": "A = 1" + BODY,
        "shop/vendor/deep/anything.py": "B = 1" + BODY,
        "shop/attr/converters.py": "C = 1" + BODY,
        "shop/compat/tabulate.py": "D = 1" + BODY,
        "shop/tests/test_orders.py": "E = 1" + BODY,
        "shop/sorting.py": "\n\ndef quicksort(items):\n    return sorted(items)\n" + FILLER,
        "shop/again.py": FILLER.replace("LIMIT", "BOUND") + BODY.replace("rows", "lines"),
        "shop/copy_of_orders.py": BODY.replace("    ", "  "),
        "shop/broken.py": BODY + "\ndef (",
    }
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "shop", files)
    wheel(wheels, "unnamed", {"unnamed/code.py": "F = 1" + BODY})
    build(Recipe({"shop": "1.0"}, frozenset(), ("MIT",)), wheels, tmp_path / "out")
    found = {source.path: source.text for source in read(tmp_path / "out")}
    # Of the function in three files and 24 places one copy is kept, of the benchmark's nothing.
    assert list(found) == ["shop/again.py", "shop/sorting.py"]
    assert "".join(found.values()).count("def width_of") == 1
    assert "quicksort" not in found["shop/sorting.py"]


def test_a_body_of_a_benchmark_is_found_under_any_name_and_layout():
    tree = ast.parse(TALLY)
    known = fingerprint(tree.body[0])
    renamed = ast.parse(
        "async def best_of(scores: list[int], floor: int = 0) -> int:\n"
        "    'Pick the best.'\n"
        "    found: int = floor  # start low\n"
        "    for score in (\n        scores\n    ):\n"
        "        if score > found and score % 2 == 0:\n            found = score\n"
        "    return found\n"
    )
    assert fingerprint(renamed.body[0]) == known
    assert fingerprint(ast.parse(TALLY.replace("% 2", "% 3")).body[0]) != known
    assert fingerprint(ast.parse("def f(x):\n    return x.y").body[0]) is None


def test_benchmarks_are_read_as_files_and_as_rows(tmp_path):
    (tmp_path / "a.py").write_text(TALLY)
    (tmp_path / "b.jsonl").write_text(json.dumps({"code": TALLY}) + "\n")
    with gzip.open(tmp_path / "c.jsonl.gz", "wt") as stream:
        head, body = TALLY.split("\n", 1)
        stream.write(json.dumps({"prompt": head + "\n", "canonical_solution": body}) + "\n")
    known = {fingerprint(ast.parse(TALLY).body[0])}
    for name in ("a.py", "b.jsonl", "c.jsonl.gz"):
        assert of_benchmark([tmp_path / name]) == known


@given(st.sets(st.sampled_from(["one", "two", "three", "inner", "four"])))
def test_what_is_left_after_cutting_parses_and_has_none_of_the_functions(names):
    before = ast.parse(NESTED)
    left = without(NESTED, before, lambda function: function.name in names)
    kept = [node.name for node in ast.walk(ast.parse(left)) if isinstance(node, ast.FunctionDef)]
    assert not names & set(kept)
    assert {"one", "two", "four"} - names <= set(kept)
    assert names or left == NESTED


def test_the_same_wheels_give_the_same_digest(tmp_path):
    wheel(tmp_path, "shop", {"shop/orders.py": BODY, "shop/other.py": "X = 1" + BODY})
    wanted = Recipe({"shop": "1.0"}, frozenset(), ("MIT",))
    first, second = (build(wanted, tmp_path, tmp_path / name) for name in ("a", "b"))
    assert first == second
    assert json.loads((tmp_path / "a" / "manifest.json").read_text()) == first


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MPL-2.0", "Permitted for study"])
def test_other_licences_are_refused(tmp_path, licence):
    path = wheel(tmp_path, "shop", {"shop/orders.py": BODY}, licence)
    with pytest.raises(ValueError, match="expected a licence"):
        list(read_wheel(path, ("MIT", "BSD")))


def test_an_excluded_package_is_refused_even_when_it_lies_there(tmp_path):
    path = wheel(tmp_path, "tabulate", {"tabulate/code.py": BODY})
    with pytest.raises(ValueError, match="an excluded package"):
        list(read_wheel(path, ("MIT",)))


def test_the_recipe_names_nothing_excluded_and_holds_packages_out():
    wanted = recipe()
    assert not wanted.versions.keys() & packages()
    assert len(wanted.held_out) >= 6
    assert wanted.held_out < wanted.versions.keys()
    assert len(packages()) == 52
    assert {"quicksort", "has_close_elements"} <= functions()
    assert len(bodies()) > 1000
    assert all(len(digest) == 12 and int(digest, 16) >= 0 for digest in bodies())


def test_only_whole_parts_of_a_path_count():
    assert not is_excluded_path("shop/attribute/parser.py")
    assert is_excluded_path("shop/attr/parser.py")
    assert is_excluded_path("six/_vendor/x.py")


def test_generated_and_repeated_files_are_left_out():
    assert not is_usable("# Generated by a tool\n" + BODY)
    seen = Seen()
    assert seen.only_new(BODY)
    assert not seen.only_new(BODY.replace("    ", "        "))
