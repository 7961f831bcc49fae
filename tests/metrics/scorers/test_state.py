from __future__ import annotations

import textwrap

from metrics.scorers.state import State
from metrics.source import SourceTree
from metrics.testing import score

RULE = State()


def findings(code, **others):
    files = {"m.py": textwrap.dedent(code), **{f"{name}.py": textwrap.dedent(text) for name, text in others.items()}}
    return score(RULE, SourceTree(files)).findings


def test_a_derived_class_adds_to_the_state_of_the_class_that_defines_an_attribute():
    found = findings(
        """
        class Base:
            def __init__(self):
                self.a = 1
        """,
        other="""
        from m import Base

        class Late(Base):
            def f(self):
                self.a = 2
                self.b = 3
        """,
    )
    assert {(f.evidence["class"], f.cost) for f in found} == {("m:Base", 1), ("other:Late", 1)}


def test_an_attribute_costs_its_writers_times_the_tests_that_read_it():
    found = findings(
        """
        class Valve:
            def __init__(self):
                self.mode = 0

            def turn(self, mode):
                self.mode = mode
                assert self.mode in (1, 2) and self.mode

            def flow(self):
                while self.mode == 1:
                    step()
                return [x for x in self.parts if self.mode < x] or (1 if self.mode else 2)

            def kind(self):
                match self.mode:
                    case 1:
                        return "open"
        """
    )
    (slot,) = [f for f in found if "attribute" in f.evidence]
    assert slot.evidence["writers"] == 2
    assert slot.evidence["decisions"] == 5
    assert slot.cost == 10
    assert slot.message == "`Valve.mode` is written by 2 functions and decides 5 tests"
    assert [site.role for site in slot.sites] == ["write"] * 2 + ["decision"] * 5


def test_a_value_that_is_only_used_is_no_decision():
    found = findings(
        """
        class Valve:
            def __init__(self):
                self.mode = 0

            def turn(self, mode):
                self.mode = mode
                return self.mode + 1, f(self.mode)
        """
    )
    assert [f.cost for f in found] == [1]


def test_classes_without_state_say_nothing():
    assert not findings("class A:\n    x = 1\n\n    def f(self):\n        return self.x\n")
