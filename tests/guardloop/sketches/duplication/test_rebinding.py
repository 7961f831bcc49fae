"""A global that something rebinds through its module is read where it stands."""

from __future__ import annotations

import pytest

CONF = """
SRC = [1]
ALT = [2]


def reset():
    import setter
    setter.put()


def one(n):
    {first}  #>
    out = {{}}
    for item in SRC:
        if item % n:
            out[item] = n // item
        else:
            out[-item] = n
    return out  #<


def two(n):
    {first}  #>
    out = {{}}
    for item in ALT:
        if item % n:
            out[item] = n // item
        else:
            out[-item] = n
    return out  #<
"""
WRITES = [
    "conf.SRC = [3]",
    "conf.ALT += [3]",
    "del conf.SRC",
    "setattr(conf, 'SRC', [3])",
    "vars(conf)['SRC'] = [3]",
    "conf.__dict__['ALT'] = [3]",
    "conf.__dict__.setdefault('ALT', [3])",
]


def reset_apart(ask, code, **files):
    """For each extraction, whether `one` itself still calls `reset` before it reads the global."""
    said = ask({"conf.py": code, **files})
    bodies = [said.after(sketch).partition("def one(n):")[2].partition("def two")[0] for sketch in said.extractions]
    assert all("SRC)" in body for body in bodies)
    return ["reset()" in body for body in bodies]


def setter(write):
    return {"setter.py": f"import conf\n\n\ndef put():\n    {write}\n"}


@pytest.mark.parametrize("write", WRITES)
def test_a_global_that_the_run_rebinds_through_its_module_is_not_read_before_it(ask, write):
    assert all(found := reset_apart(ask, CONF.format(first="reset()"), **setter(write)))
    assert found


@pytest.mark.parametrize("write", ["print(conf.SRC)", "conf.OTHER = 1", "conf.__dict__['OTHER'] = 1", "SRC = 1"])
def test_a_global_that_nothing_rebinds_is_passed(ask, write):
    assert not all(reset_apart(ask, CONF.format(first="reset()"), **setter(write)))


@pytest.mark.parametrize(("write", "may_move"), [("conf.shop = None", False), ("conf.other = None", True)])
def test_an_attribute_of_a_global_that_the_run_rebinds_is_not_read_before_it(ask, write, may_move):
    code = (
        CONF.replace("SRC = [1]\nALT = [2]", "import shop")
        .replace("in SRC", "in shop.SRC")
        .replace("in ALT", "in shop.ALT")
    )
    found = reset_apart(ask, code.format(first="reset()"), **setter(write), **{"shop.py": "SRC = [1]\nALT = [2]\n"})
    assert found
    assert all(found) != may_move


def test_a_global_that_only_code_out_of_reach_rebinds_is_passed(ask):
    assert not any(reset_apart(ask, CONF.format(first="print(n)"), **setter("conf.SRC = [3]")))


def test_a_global_of_the_own_module_may_be_rebound_by_its_name_in_a_dictionary(ask):
    code = CONF.format(first="reset()").replace("    import setter\n    setter.put()", "    globals()['SRC'] = [3]")
    assert all(found := reset_apart(ask, code))
    assert found


OWN = """
def __getattr__(name):
    {write}


class A:
    def __init__(self):
        self.left, self.right = {{}}, {{}}
        self.size = 1

    def one(self, rows, mark):
        check(mark, self.size)  #>
        for row in rows:
            if row % 2:
                self.left[row] = mark
            else:
                self.left[-row] = mark * self.size  #<

    def two(self, rows, mark):
        check(mark, self.size)  #>
        for row in rows:
            if row % 2:
                self.right[row] = mark
            else:
                self.right[-row] = mark * self.size  #<
"""


@pytest.mark.parametrize(
    ("write", "may_move"),
    [
        ("globals()[name] = 1", True),
        ("vars(find())[name] = 1", False),
        ("setattr(find(), name, 1)", False),
    ],
)
def test_a_computed_name_among_the_globals_is_no_attribute_of_an_object(ask, write, may_move):
    code = OWN.format(write=write).replace("self.left, self.right = {}, {}", "self.left = {}\n        self.right = {}")
    calls = [ask(code).after(sketch) for sketch in ask(code).extractions]
    assert any("check(mark, self.size)" not in text.partition("def one")[2] for text in calls) is may_move
