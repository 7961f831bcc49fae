from __future__ import annotations

from metrics.scorers.nil_pressure import NilPressure
from metrics.scorers.nil_pressure.examples import CHECKED, RETURNED, THREADED
from metrics.scorers.nil_pressure.hidden_examples import LOOKED_UP
from metrics.testing import score


def only(code):
    (finding,) = score(NilPressure(), code).findings
    return finding


def test_a_finding_starts_at_its_source_and_then_names_every_check():
    finding = only(CHECKED)

    assert [(site.role, site.line, site.symbol) for site in finding.sites] == [
        ("source", 3, "example:Desk.__init__"),
        ("check", 6, "example:Desk.open"),
        ("check", 10, "example:Desk.count"),
        ("check", 15, "example:Desk.close"),
        ("check", 19, "example:Desk.lend"),
    ]


def test_a_message_says_which_change_would_remove_the_checks():
    assert only(CHECKED).message == (
        "make `Desk.till` never None: set it when the object is made, or keep what has no value yet in a state of its"
        " own; 4 checks in 4 functions ask for it"
    )
    assert only(THREADED).message.startswith(
        "make `timeout` of `fetch` (handed on under this name through 3 places) never None"
    )
    assert only(LOOKED_UP).message == (
        "make `entry` complete where it enters, a record whose 3 fields always have a value:"
        " 5 lookups in 2 functions allow for a missing value"
    )


def test_evidence_gives_the_family_and_the_position_of_each_check():
    evidence = only(THREADED).evidence

    assert [slot["symbol"] for slot in evidence["slots"]] == [
        "local example:fetch timeout",
        "local example:follow timeout",
        "local example:store timeout",
    ]
    assert [(check["kind"], check["position"]) for check in evidence["checks"]] == [
        ("nil", [2, 7, 2, 26]),
        ("nil", [7, 7, 7, 26]),
        ("nil", [12, 7, 12, 22]),
    ]


def test_lines_above_do_not_change_an_id():
    assert only(CHECKED).id == only("import os\n\n\ndef f():\n    return os.sep\n" + dedented(CHECKED)).id


def test_a_check_with_two_sources_counts_half_for_each():
    code = """
    def first(names):
        if names:
            return names[0]
        return None

    def last(names):
        if names:
            return names[-1]
        return None

    def {0}(names, is_first):
        found = first(names) if is_first else last(names)
        if found is not None:
            found.{0}()
    """
    uses = "".join(code.format(name).partition("    def " + name)[2].join(["    def " + name, "\n"]) for name in NAMES)
    found = score(NilPressure(), code.partition("    def {0}")[0] + uses)

    # Six checks, three for each of the two, four nodes each, less the first of each.
    assert [finding.cost for finding in found.findings] == [8, 8]


def test_calls_of_an_overloaded_function_may_rule_none_out():
    code = """
    from typing import overload

    @overload
    def ask(name: str, default: str) -> str: ...

    @overload
    def ask(name: str) -> str | None: ...

    def ask(name: str, default: str | None = None) -> str | None:
        return name or default

    def one():
        if ask("a") is None:
            return 1

    def two():
        if ask("b") is None:
            return 2

    def three():
        if ask("c") is None:
            return 3
    """
    assert score(NilPressure(), code).findings == ()


def test_a_parameter_is_one_object_within_its_file():
    code = """
    def one(data):
        return data.get("a"), data.get("b")

    def two(data):
        return data.get("c")
    """
    assert only(code).cost == 2


def test_a_variable_set_once_is_what_it_is_set_to():
    code = """
    def one():
        found = read()
        return found.get("a"), found.get("b")

    def two():
        return [entry.get("c") for entry in read()["all"]]

    def three():
        session = Session()
        return session.get("a"), session.get("b")
    """
    assert (only(code).cost, only(code).message.split(" complete")[0]) == (2, "make `read()`")


def test_a_variable_set_twice_is_a_matter_of_its_function():
    code = """
    def {}(is_new):
        found = read()
        if is_new:
            found = made()
        return found.get("a"), found.get("b")
    """
    found = score(NilPressure(), code.format("one") + code.format("two"))

    assert [finding.cost for finding in found.findings] == [1, 1]


def test_two_functions_of_one_name_have_two_ids():
    calls = "".join(f"        {name}(limit)\n" for name in NAMES)
    twice = f"if CONDITION:\n    def use(limit=None):\n{calls}else:\n    def use(limit=None):\n{calls}"
    checks = "".join(f"def {name}(value):\n    return 1 if value is None else value + 1\n" for name in NAMES)
    found = score(NilPressure(), twice + checks).findings

    assert [finding.cost for finding in found] == [8, 8]
    assert found[1].id == f"{found[0].id}-2"


NAMES = ("greet", "call", "visit", "meet", "see", "hear")


def dedented(code):
    return "\n".join(line.removeprefix("    ") for line in code.split("\n"))


def test_none_that_each_caller_takes_for_an_answer_is_measured_only():
    assert not only(RETURNED).gated
    asserted = RETURNED.replace("        if found is None:\n            return", "        assert found is not None")
    assert only(asserted).gated
    assert only(asserted).cost == only(RETURNED).cost


def test_none_that_callers_answer_by_raising_is_gated():
    assert only(RETURNED.replace("            return\n", '            raise KeyError("b")\n')).gated


def test_a_result_that_is_stored_and_asked_for_later_is_gated():
    stored = """
    def find(names, name):
        if name in names:
            return names[name]
        return None

    class Guest:
        def __init__(self, names):
            self.found = find(names, "a")

        def greet(self):
            if self.found is not None:
                self.found.greet()

        def call(self):
            if self.found is not None:
                self.found.call()

        def visit(self):
            if self.found is not None:
                self.found.visit()
    """
    assert only(stored).gated


def test_a_result_of_three_values_is_measured_only():
    asked = RETURNED.replace(
        "        return None\n", "        if not names:\n            return False\n        return None\n"
    )
    asked = asked.replace("if found:", "if found is not None:")
    raising = asked.replace(
        "            return\n        found.call()", '            raise KeyError("b")\n        found.call()'
    )
    assert not only(raising).gated


def test_an_attribute_that_only_other_classes_ask_for_is_measured_only():
    asked_by_others = """
    class Kind:
        def __init__(self, alias=None):
            self.alias = alias

    class Visitor:
        def visit(self, kind):
            if kind.alias is not None:
                kind.alias.visit()

        def leave(self, kind):
            if kind.alias is not None:
                kind.alias.leave()

        def show(self, kind):
            if kind.alias is not None:
                kind.alias.show()
    """
    assert (only(asked_by_others).gated, only(asked_by_others).cost) == (False, 8)
    assert only(
        asked_by_others.replace("if kind.alias is not None:", "assert kind.alias is not None", 1).replace(
            "                kind.alias.visit()", "            kind.alias.visit()"
        )
    ).gated
    assert only(CHECKED).gated


def test_what_a_library_gives_is_measured_only_where_it_is_read():
    read = """
    import json

    def size(text):
        data = json.loads(text)
        return data.get("width", 0) * data.get("height", 0)
    """
    assert not only(read).gated
    assert only(read.replace("import json", "def parse(text): ...").replace("json.loads", "parse")).gated


def test_nested_functions_ask_with_the_one_around_them():
    nested = """
    def walk(graph, limit=None):
        if limit is not None:
            graph.limit(limit)

        def step(node):
            if limit is not None:
                node.limit(limit)
            return limit is None
        return step
    """
    assert not score(NilPressure(), nested).findings


def test_none_on_which_half_of_the_callers_end_is_gated():
    guarded = RETURNED.replace(
        "        if found:\n            found.visit()",
        "        if not found:\n            return []\n        found.visit()",
    )
    assert only(guarded).gated
    assert not only(guarded.replace("return []", "return [names]")).gated
