"""A name that is written alike in two modules need not mean the same in both."""

from __future__ import annotations

import pytest

from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.program import Program
from metrics.source import SourceTree

BILL = """
def {name}(rows):
    out = []  #>
    for row in rows:
        cost = row * RATE
        if cost > 10:
            out.append(fmt(cost))
        elif row:
            out.insert(0, fmt(row))
    return out  #<
"""
LOAD = """
import logging


def {name}(rows):
    log = logging.getLogger({attribute})  #>
    kept = []
    for row in rows:
        if row is None or row == "":
            log.warning("row %d is empty", len(kept))
            continue
        kept.append(row.strip().lower())
    return kept  #<
"""
TAG = """
def {name}(words):
    from .h import tag{gap}
    found = {{}}
    for word in words:
        if word in found and word.isalpha():
            found[word] += tag()
        else:
            found[word] = tag() + word
    return found  #<
"""


def delegations(said):
    return [sketch for sketch in said.sketches if not sketch.holes]


def bindings(files):
    program = Program(SourceTree(files))
    return Bindings(program), lambda path: program.file(path)


@pytest.mark.parametrize("attribute", ["__name__", "__file__", "__spec__"])
def test_what_every_module_has_of_its_own_is_an_argument(ask, attribute):
    said = ask({f"{name}.py": LOAD.format(name=name, attribute=attribute) for name in ("load", "read")})
    assert not delegations(said)
    assert f"return shared(rows, {attribute})" in said.after()


def test_what_every_module_has_of_its_own_is_one_within_a_module(ask):
    one, other = (LOAD.format(name=name, attribute="__name__") for name in ("load", "read"))
    said = ask(one + other.replace("import logging", ""))
    assert [sketch.instruction for sketch in delegations(said)] == ["Let `read` call `load`."]


def star_files(first, second, **more):
    copies = {"star_a": first + BILL.format(name="bill"), "star_b": second + BILL.format(name="charge")}
    sources = {"cfg_a": "RATE = 3\ndef fmt(x): return x\n", "cfg_b": "RATE = 5\ndef fmt(x): return -x\n", **more}
    return {"pkg/__init__.py": "", **{f"pkg/{name}.py": text for name, text in (copies | sources).items()}}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"cfg_a": "from far_a import *\n", "cfg_b": "from far_b import *\n"},
        {"cfg_a": "from pkg.low import *\n", "low": "RATE = 3\nfmt = str\n"},
    ],
)
def test_names_from_different_star_imports_are_arguments(ask, more):
    said = ask(star_files("from pkg.cfg_a import *\n", "from .cfg_b import *\n", **more))
    assert not delegations(said)
    assert all("(rows, RATE, fmt)" in said.after(sketch) for sketch in said.extractions)


@pytest.mark.parametrize(
    "second", ["from .cfg_a import *\n", "from pkg.cfg_a import RATE, fmt\n", "from pkg.again import *\n"]
)
def test_names_from_the_same_star_import_are_one(ask, second):
    said = ask(star_files("from pkg.cfg_a import *\n", second, again="from .cfg_a import *\n"))
    assert delegations(said)


def test_a_star_import_carries_public_or_listed_names_that_nothing_binds_later():
    known, file = bindings(
        {
            "open.py": "PUBLIC = 1\n_private = 2\n",
            "listed.py": "__all__ = ['_chosen']\n_chosen = 1\nPUBLIC = 3\n",
            "user.py": "from open import *\nfrom listed import *\n",
            "own.py": "from open import *\nPUBLIC = 2\n",
            "over.py": "PUBLIC = 2\nfrom open import *\n",
        }
    )
    user = file("user.py")
    assert known.meaning(user, "PUBLIC") == ("open.py", "PUBLIC")
    assert known.meaning(user, "_chosen") == ("listed.py", "_chosen")
    assert known.meaning(user, "_private") == ("user.py", "_private")
    assert known.meaning(user, "len") == ("", "len")
    assert known.is_settled(user, "PUBLIC")
    assert known.is_settled(user, "len")
    assert known.meaning(file("own.py"), "PUBLIC") == ("own.py", "PUBLIC")
    assert known.is_settled(file("own.py"), "PUBLIC")
    assert not known.is_settled(file("over.py"), "PUBLIC")


def test_a_star_import_from_outside_the_tree_may_hide_a_builtin():
    known, file = bindings({"a.py": "from numpy import *\n", "b.py": "from numpy import *\n", "c.py": ""})
    assert known.meaning(file("a.py"), "sum") == known.meaning(file("b.py"), "sum")
    assert known.meaning(file("a.py"), "sum") != known.meaning(file("c.py"), "sum")


def test_star_imports_in_a_circle_are_followed_to_their_end():
    known, file = bindings({"a.py": "from b import *\n", "b.py": "from a import *\nX = 1\n"})
    assert known.meaning(file("a.py"), "X") == ("b.py", "X")
    assert known.meaning(file("a.py"), "Y") == ("a.py", "Y")


def test_a_name_that_only_running_binds_is_each_modules_own():
    known, file = bindings({"a.py": "globals()['x'] = 1\n", "b.py": "globals()['x'] = 2\n"})
    assert known.meaning(file("a.py"), "x") != known.meaning(file("b.py"), "x")


@pytest.mark.parametrize("gap", ["  #>", "\n    print(words)  #>"])
@pytest.mark.parametrize(("second", "is_one"), [("p/b.py", True), ("p/s/b.py", False)])
def test_a_relative_import_inside_a_function_depends_on_the_package(ask, gap, second, is_one):
    heads = {"p/__init__.py": "", "p/s/__init__.py": "", "p/h.py": "def tag(): return 1\n", "p/s/h.py": "tag = str\n"}
    one, other = (TAG.format(name=name, gap=gap) for name in ("describe", "explain"))
    said = ask({**heads, "p/a.py": one, second: other})
    moved = [sketch for sketch in said.sketches if said.after(sketch).count("from .h import tag") < 2]
    assert bool(moved) == is_one


METHOD = """

class {name}(A):
    def tags(self, words):
        from {source} import tag  #>
        found = {{self: words}}
        for word in words:
            found[word] = tag() + word
            self.show(found, word, len(words))
        return found  #<
"""


@pytest.mark.parametrize(("source", "moves"), [("p.s.h", True), (".h", False)])
def test_a_relative_import_does_not_move_into_a_base_class_of_another_package(ask, source, moves):
    packages = {"p/__init__.py": "", "p/s/__init__.py": "", "p/a.py": "class A:\n    x = 1\n"}
    users = {f"p/s/{name}.py": "from p.a import A\n" + METHOD.format(name=name, source=source) for name in ("B", "C")}
    assert any(sketch.variant == "method of A" for sketch in ask(packages | users).sketches) == moves


TOTAL = """
def {name}(prices, rebate):
    total = 0  #>
    for price in prices:
        if price > 50:
            total += price - rebate
        elif price % 5 == 0:
            total += price // 5
        else:
            total ^= price
    return total + {number}  #<
"""


def taken_beside(ask, **files):
    copies = {"one": TOTAL.format(name="one_total", number=1), "two": TOTAL.format(name="two_total", number=2)}
    files = {"util": "def compute_total(n): return n\n_hidden = 1\n", **copies, **files}
    said = ask({f"{name}.py": text for name, text in files.items()})
    return frozenset.intersection(*(h.taken for s in said.extractions for h in s.holes if h.name == "name"))


@pytest.mark.parametrize(
    "files",
    [
        {"k": "from one import *\nfrom util import *\n"},
        {"k": "from util import *\nfrom two import *\n"},
        {"k": "from one import *\ncompute_total = 1\n"},
        {"k": "from util import *\nfrom mid import *\n", "mid": "from one import *\n"},
    ],
)
def test_a_new_public_name_hides_nothing_where_stars_carry_it(ask, files):
    taken = taken_beside(ask, **files)
    assert "compute_total" in taken
    assert "_hidden" not in taken


@pytest.mark.parametrize(
    "files",
    [
        {"k": "from util import *\n"},
        {"k": "from one import one_total\nfrom util import *\n"},
        {
            "k": "from mid import *\nfrom util import *\n",
            "mid": "__all__ = ['one_total']\nfrom one import *\n",
        },
    ],
)
def test_names_that_no_star_brings_together_stay_free(ask, files):
    assert "compute_total" not in taken_beside(ask, **files)


@pytest.mark.parametrize(
    ("more", "is_imported"),
    [
        ({}, True),
        ({"k": "from two import *\n"}, True),
        ({"k": "from one import *\nfrom two import *\n"}, True),
        ({"k": "from two import *\nfrom util import *\n", "util": "def one_total(): return 1\n"}, False),
    ],
)
def test_a_function_is_imported_only_where_stars_carry_it_over_no_other(ask, more, is_imported):
    copies = {"one": TOTAL.format(name="one_total", number=1), "two": TOTAL.format(name="_two_total", number=1)}
    said = ask({f"{name}.py": text for name, text in (copies | more).items()})
    assert any(s.instruction == "Let `_two_total` call `one_total`." for s in delegations(said)) == is_imported


def test_a_function_that_is_called_like_a_builtin_is_not_imported_over_it(ask):
    said = ask({"one.py": TOTAL.format(name="sum", number=1), "two.py": TOTAL.format(name="whole", number=1)})
    assert [sketch.instruction for sketch in delegations(said)] == ["Let `sum` call `whole`."]
