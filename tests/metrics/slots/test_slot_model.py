from __future__ import annotations

import marshal

from metrics import slots
from metrics.facts import Facts, parse
from metrics.index import Index
from metrics.slots import Slot, SlotModel
from metrics.testing import Code, tree


def model(code: Code) -> SlotModel:
    judged = tree(code)
    files = {path: Facts(0, {slots.READING: slots.read(parse(text))}) for path, text in judged.texts.items()}
    return slots.model(Index(files, judged))


def named(found: SlotModel, words: str) -> Slot:
    places = [*found.nils, *(check.slot for check in found.checks("nil", "truth", "or", "type", "conv", "cmp"))]
    return next(slot for slot in places if found.words(slot) == words)


def test_facts_are_plain_values() -> None:
    facts = slots.read(parse("class A:\n    x: int = None\n\n    def f(self, a=None):\n        return a or self.x\n"))

    assert marshal.loads(marshal.dumps(facts)) == facts


def test_a_model_is_built_once_for_an_index() -> None:
    index = Index({}, tree(""))

    assert slots.model(index) is slots.model(index)


def test_an_attribute_belongs_to_the_topmost_class_that_sets_it() -> None:
    found = model(
        {
            "above.py": "class Above:\n    def __init__(self):\n        self.door = None\n",
            "below.py": """
                from above import Above

                class Below(Above):
                    def enter(self):
                        if self.door is not None:
                            self.door.open()
            """,
        }
    )
    (check,) = found.checks("nil")

    assert check.slot == Slot("attribute", "above:Above", "door")
    assert found.homes(check.slot, nil=True) == [check.slot]


def test_a_value_handed_on_under_its_name_is_one_family() -> None:
    found = model(
        """
        class Client:
            def __init__(self, timeout=None):
                self._timeout = timeout

        def connect(timeout=None):
            return Client(timeout=timeout)

        def call(timeout=None):
            return connect(timeout)
        """
    )
    members = found.families.members(found.families.root(named(found, "`timeout` of `call`")))

    assert sorted(map(found.words, members)) == [
        "`Client._timeout`",
        "`timeout` of `Client.__init__`",
        "`timeout` of `call`",
        "`timeout` of `connect`",
    ]


def test_a_check_finds_its_source_through_assignment_result_and_argument() -> None:
    found = model(
        """
        def find(names):
            if names:
                return names[0]
            return None

        def use(names):
            first = find(names)
            greet(first)

        def greet(guest):
            if guest is not None:
                guest.greet()
        """
    )
    (check,) = found.checks("nil")

    assert [found.words(home) for home in found.homes(check.slot, nil=True)] == ["the result of `find`"]


def test_sources_more_than_three_hops_away_are_not_blamed() -> None:
    chain = "\n".join(f"def f{at}(a{at}):\n    f{at + 1}(a{at})" for at in range(1, 5))
    found = model(f"def f0(a0=None):\n    f1(a0)\n{chain}\ndef f5(a5):\n    return a5 is None\n")
    checked = [check for check in found.checks("nil") if found.words(check.slot) == "`a5` of `f5`"]

    assert not any(found.homes(check.slot, nil=True) for check in checked)


def test_calls_of_a_predicate_are_its_test() -> None:
    found = model(
        """
        def present(it):
            \"\"\"Whether it is there.\"\"\"
            return it is not None

        class Desk:
            def __init__(self):
                self.till = None

            @property
            def is_open(self):
                return self.till is not None

            def count(self):
                return self.till.count() if self.is_open else 0

            def close(self):
                if present(self.till):
                    self.till.close()
        """
    )

    assert [(found.words(check.slot), check.position[0]) for check in found.checks("nil")] == [
        ("`Desk.till`", 14),
        ("`Desk.till`", 17),
    ]


def test_names_that_many_classes_have_reach_nothing() -> None:
    found = model(
        """
        class Store:
            def get(self, name):
                return None if name else self

            def put(self, name):
                pass

        def use(thing):
            found = thing.get(thing)
            return found is None
        """
    )
    (check,) = found.checks("nil")

    assert found.homes(check.slot, nil=True) == []


def test_a_first_default_is_marked() -> None:
    found = model(
        """
        def use(a=None, b=None, c=None, d=None):
            if a is None:
                a = 1
            b = 2 if b is None else b
            if c is None:
                d = 1
            else:
                d = c
            if d is None:
                return a
            return b
        """
    )

    assert [check.detail for check in found.checks("nil")] == ["own", "own", "own", ""]


def test_a_module_own_object_stands_for_none() -> None:
    found = model(
        """
        MISSING = object()

        def use(a=MISSING):
            return 1 if a is MISSING else 2
        """
    )
    (check,) = found.checks("nil")

    assert found.homes(check.slot, nil=True) == [check.slot]


def test_the_kinds_of_checks() -> None:
    found = model(
        """
        def use(a, b, c, d, e, f, g):
            if isinstance(a, (str, bytes)) and b == "fast":
                c = str(c)
            if d in ("left", "right") or hasattr(e, "read") or type(f) is list:
                return f or g.encode()
            match a:
                case "slow" | "fast":
                    return None
        """
    )
    checks = [(check.kind, check.slot.name, check.detail) for check in found.checks("type", "conv", "cmp", "or")]

    assert sorted(checks) == [
        ("cmp", "a", ("'slow'", "'fast'")),
        ("cmp", "b", ("'fast'",)),
        ("cmp", "d", ("'left'", "'right'")),
        ("conv", "c", "str"),
        ("conv", "g", "encode"),
        ("or", "f", ""),
        ("type", "a", ("str", "bytes")),
        ("type", "e", ("hasattr:read",)),
        ("type", "f", ("list",)),
    ]
