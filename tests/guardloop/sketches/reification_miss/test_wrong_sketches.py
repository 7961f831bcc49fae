"""What would have changed the meaning: each is refused, or done in the way that keeps it."""

from __future__ import annotations

import textwrap

import pytest

from engine.protocol import Sketch
from guardloop.sketches.reification_miss import ReificationSketcher
from guardloop.sketches.style import Style
from guardloop.sketches.testing import answers, filled
from metrics.scorers.reification_miss import ReificationMiss
from metrics.source import SourceTree


def said(code, style=None):
    texts = {"example.py": code} if isinstance(code, str) else code
    tree = SourceTree({path: textwrap.dedent(text).lstrip("\n") for path, text in texts.items()})
    return answers(ReificationSketcher(), ReificationMiss(), tree, style or Style())


def reasons(code):
    found = said(code)
    assert not [answer for answer in found if isinstance(answer, Sketch)]
    return "\n".join(answer.reason for answer in found)


def functions(*conditions, form="if {}:\n        return 1", head="", parameters="a, b, flag"):
    texts = [f"def f{n}({parameters}):\n    {form.format(text)}\n" for n, text in enumerate(conditions)]
    return head + "\n\n".join(texts)


def methods(*conditions, head="class Desk:", before=""):
    texts = [
        f"    def f{n}(self, flag):\n        if {text}:\n            return 1\n" for n, text in enumerate(conditions)
    ]
    return before + head + "\n" + "\n".join(texts)


PAIR = "a.find('y') and not a.is_closed('x')"
OWN = "self.till.ready('a') and not self.door.closed"


def test_operands_that_may_raise_keep_their_order():
    swapped = "not a.is_closed('x') and a.find('y')"
    sketch = next(answer for answer in said(functions(PAIR, swapped, PAIR)) if isinstance(answer, Sketch))
    assert f"if {swapped}:" in filled(sketch, {})["example.py"]


def test_an_operand_between_the_literals_that_may_raise_stays_there():
    between = "a.find('y') and b.pop() and not a.is_closed('x')"
    sketch = next(answer for answer in said(functions(PAIR, between, PAIR)) if isinstance(answer, Sketch))
    assert f"if {between}:" in filled(sketch, {})["example.py"]


def test_operands_that_only_look_at_parameters_may_move():
    calm = "a is not None and not isinstance(a, str) and a.find('y')"
    moved = "not isinstance(a, str) and a is not None and a.find('y')"
    sketch = next(answer for answer in said(functions(calm, moved, calm)) if isinstance(answer, Sketch))
    assert filled(sketch, {})["example.py"].count("_name(a)") == 4


def test_a_local_that_may_be_unbound_does_not_move():
    calm = "flag is None and isinstance(x, int) and a.find('y')"
    moved = "isinstance(x, int) and flag is None and a.find('y')"
    form = "if flag:\n        x = 1\n    if {}:\n        return 1"
    sketch = next(answer for answer in said(functions(*[calm] * 3, moved, form=form)) if isinstance(answer, Sketch))
    assert f"if {moved}:" in filled(sketch, {})["example.py"]


def test_a_value_that_is_used_does_not_become_a_truth_value():
    opposite = functions("not a.find('y') or a.is_closed('x')", form="return {}").replace("f0", "g0")
    sketch = next(answer for answer in said(functions(PAIR, PAIR) + "\n\n" + opposite) if isinstance(answer, Sketch))
    after = filled(sketch, {})["example.py"]
    assert "def _name(a):\n    return not a.find('y') or a.is_closed('x')\n" in after
    assert after.endswith("return _name(a)\n")


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("(n := a.find('y')) and not a.is_closed('x')", "bound to a name"),
        ("a.find(vars()) and not a.is_closed('x')", "`vars`"),
        ("super().find('y') and not a.is_closed('x')", "`super`"),
        ("a.find('y', __class__) and not a.is_closed('x')", "`__class__`"),
    ],
)
def test_what_depends_on_its_function_stays_in_it(condition, reason):
    assert reason in reasons(functions(condition, condition, condition))


def test_what_waits_stays_where_it_is():
    condition = "await a.find('y') and not a.is_closed('x')"
    assert "only works where it stands" in reasons(functions(*[condition] * 3).replace("def", "async def"))


def test_an_import_inside_the_function_is_not_passed_on():
    form = "import os\n    if {}:\n        return 1"
    condition = "os.path.exists(a.name) and not a.is_closed('x')"
    assert "os is imported in the function" in reasons(functions(*[condition] * 4, form=form))


def test_two_sentinels_of_one_name_stay_two():
    text = "_MISSING = object()\n\n\n" + functions(*["a.find('y') is not _MISSING and a.closed('x')"] * 2)
    one = "_MISSING = object()\n\n\n" + functions("a.find('y') is not _MISSING and a.closed('x')")
    assert "_MISSING means something else" in reasons({"one.py": one, "two.py": one, "three.py": one})
    sketch = next(answer for answer in said({"one.py": text, "two.py": one}) if isinstance(answer, Sketch))
    assert list(sketch.sources) == ["one.py"]


def test_a_private_name_only_moves_within_its_class():
    inside = "self.__till.ready('a') and not self.__door.closed"
    sketch = next(answer for answer in said(methods(*[inside] * 3)) if isinstance(answer, Sketch))
    assert sketch.variant == "method"
    mangled = "a.__find('y') and not a.is_closed('x')"
    classes = "".join(methods(mangled, head=f"class C{n}:").replace("flag", "a") + "\n\n" for n in range(3))
    assert not [answer for answer in said(classes) if isinstance(answer, Sketch)]


def test_a_class_that_answers_unknown_names_gets_no_property():
    open_class = methods(OWN, OWN, OWN) + "\n    @property\n    def x(self):\n        return 1\n"
    assert [a.variant for a in said(open_class)] == ["property", "method"]
    dynamic = open_class + "\n    def __getattr__(self, name):\n        return None\n"
    assert [a.variant for a in said(dynamic)] == ["method"]
    foreign = open_class.replace("Desk:", "Desk(foreign.Base):")
    assert [a.variant for a in said(foreign)] == ["method"]


def test_a_class_that_intercepts_every_name_gets_no_member():
    proxy = methods(OWN, OWN, OWN) + "\n    def __getattribute__(self, name):\n        return None\n"
    assert not [answer for answer in said(proxy) if isinstance(answer, Sketch)]


@pytest.mark.parametrize("base", ["Protocol", "typing.TypedDict", "enum.Enum"])
def test_a_class_whose_members_mean_something_gets_none(base):
    assert not [a for a in said(methods(OWN, OWN, OWN, head=f"class Desk({base}):")) if isinstance(a, Sketch)]


def test_names_of_subclasses_bases_and_of_what_is_tested_are_taken():
    code = (
        "class Base:\n    def below(self):\n        return self.shown\n\n\n"
        + methods(OWN, OWN, OWN, head="class Desk(Base):")
        + "\n\nclass Special(Desk):\n    def above(self):\n        self.kept = 1\n"
    )
    hole = next(a for a in said(code) if isinstance(a, Sketch)).holes[0]
    assert {"below", "shown", "above", "kept", "till", "ready", "f0", "closed", "len"} <= hole.taken


def test_names_of_every_module_and_function_that_calls_are_taken():
    one = "import os\n\n\n" + functions(PAIR, PAIR)
    two = "import sys\n\n\n" + functions(PAIR).replace("return 1", "mine = 1")
    hole = next(a for a in said({"one.py": one, "two.py": two}) if isinstance(a, Sketch)).holes[0]
    assert {"os", "sys", "mine", "f1", "a", "flag", "print"} <= hole.taken
    assert hole.prefix == ""


def test_no_circle_of_imports_is_closed():
    texts = {
        "pack/__init__.py": "",
        "pack/one.py": "from pack import two\n\n\n" + functions(PAIR, PAIR),
        "pack/two.py": functions(PAIR, PAIR).replace("def f", "def g"),
    }
    sketches = [answer for answer in said(texts) if isinstance(answer, Sketch)]
    assert {edit.path for edit in sketches[0].edits} == {"pack/one.py", "pack/two.py"}
    predicted = sketches[0].predicted
    assert "from pack.two import name" in filled(sketches[0], {})["pack/one.py"]
    texts["pack/two.py"] = "from pack import one\n\n\n" + texts["pack/two.py"]
    sketches = [answer for answer in said(texts) if isinstance(answer, Sketch)]
    assert [list(sketch.sources) for sketch in sketches] == [["pack/one.py"]]
    assert sketches[0].predicted < predicted


def test_an_overridden_predicate_is_not_asked_in_place_of_the_literals():
    code = methods(OWN, OWN, OWN) + f"\n    def is_open(self):\n        return {OWN}\n"
    assert "call is_open" in [answer.variant for answer in said(code)]
    overridden = code + "\n\nclass Other(Desk):\n    def is_open(self):\n        return True\n"
    assert "call is_open" not in [answer.variant for answer in said(overridden)]


def test_a_comment_that_tells_a_tool_something_is_not_lost():
    noted = "(\n            self.till.ready('a')  # type: ignore\n            and not self.door.closed\n        )"
    assert "tells a tool" in "\n".join(
        a.reason for a in said(methods(noted, noted, noted)) if not isinstance(a, Sketch)
    )


def test_names_inside_a_comprehension_are_no_parameters():
    condition = "any(x.ok for x in a.parts) and not a.is_closed('x')"
    sketch = next(a for a in said(functions(condition, condition, condition)) if isinstance(a, Sketch))
    assert "def _name(a):" in filled(sketch, {})["example.py"]


def test_line_ends_and_tabs_stay_those_of_the_file():
    code = functions(PAIR, PAIR, PAIR).replace("    ", "\t").replace("\n", "\r\n")
    sketch = next(answer for answer in said(code) if isinstance(answer, Sketch))
    after = filled(sketch, {})["example.py"]
    assert after.startswith("def _name(a):\r\n\treturn a.find('y') and not a.is_closed('x')\r\n\r\n\r\ndef f0(")
    assert after.count("\n") == after.count("\r\n")


def test_text_inside_a_string_keeps_its_place_when_ifs_become_one():
    nested = "if a.find('y'):\n        if not a.is_closed('x'):\n            return '''\n            text'''"
    code = "\n\n".join(f"def f{n}(a):\n    {nested}\n" for n in range(3))
    sketch = next(answer for answer in said(code) if isinstance(answer, Sketch))
    assert "    if _name(a):\n        return '''\n            text'''\n" in filled(sketch, {})["example.py"]


def test_ifs_with_a_comment_between_them_stay_two():
    nested = "if a.find('y'):\n        # why\n        if not a.is_closed('x'):\n            return 1"
    code = "\n\n".join(f"def f{n}(a):\n    {nested}\n" for n in range(3))
    assert "can't be written as one" in reasons(code)


def test_a_finding_that_is_measured_only_gives_a_refusal():
    tree = SourceTree({"example.py": functions(PAIR, PAIR)})
    finding = ReificationMiss()
    from metrics.testing import score

    found = score(finding, tree).findings
    assert [type(answer).__name__ for answer in ReificationSketcher().sketches(found[0], tree, Style())] == ["Refusal"]
