"""What the edited files look like, to the character."""

from __future__ import annotations

import textwrap

import pytest

from engine.protocol import HoleKind
from guardloop.sketches.style import Style


def expected(text):
    return textwrap.dedent(text).lstrip("\n")


def test_a_run_becomes_a_function_before_its_first_user(ask):
    said = ask(
        """
        import os

        # about load
        def load(path, strict):
            text = open(path).read()  #>
            # lines count
            lines = [line.strip() for line in text.splitlines() if line]
            total = sum(len(line) for line in lines)  #<
            return total, strict


        def check(path):
            text = open(path).read()  #>
            lines = [line.strip() for line in text.splitlines() if line]
            total = sum(len(line) for line in lines)  # here #<
            print(total)
        """
    )
    assert said.after() == expected(
        """
        import os


        def _shared(path):
            text = open(path).read()
            # lines count
            lines = [line.strip() for line in text.splitlines() if line]
            return sum(len(line) for line in lines)


        # about load
        def load(path, strict):
            total = _shared(path)
            return total, strict


        def check(path):
            total = _shared(path)
            print(total)
        """
    )
    assert said.extractions[0].context == ("# here",)
    assert [(hole.name, hole.kind, hole.prefix) for hole in said.extractions[0].holes] == [
        ("name", HoleKind.HELPER_NAME, "_")
    ]


def test_whole_functions_keep_signatures_and_docstrings_and_share_the_body(ask):
    said = ask(
        '''
        def first(size=128, typed=False):  #>
            """Keep the first."""
            if size is None:
                return make({}, None, typed)
            elif callable(size):
                return make(First(128), 128, typed)(size)
            else:
                return make(First(size), size, typed)  #<


        def last(size=64, typed=False):  #>
            """Keep the last."""
            if size is None:
                return make({}, None, typed)
            elif callable(size):
                return make(Last(128), 128, typed)(size)
            else:
                return make(Last(size), size, typed)  #<


        class First: ...
        class Last: ...
        '''
    )
    assert said.after(parameter="factory") == expected(
        '''
        def _shared(size, typed, factory):
            if size is None:
                return make({}, None, typed)
            elif callable(size):
                return make(factory(128), 128, typed)(size)
            else:
                return make(factory(size), size, typed)


        def first(size=128, typed=False):
            """Keep the first."""
            return _shared(size, typed, First)


        def last(size=64, typed=False):
            """Keep the last."""
            return _shared(size, typed, Last)


        class First: ...
        class Last: ...
        '''
    )


def test_copies_in_one_class_become_a_method_before_the_property_that_uses_it(ask):
    said = ask(
        """
        class Table:
            def __init__(self):
                self._low = {}
                self._high = {}
                self._names = []

            @property
            def low(self):
                return self._low

            @low.setter
            def low(self, value):
                if isinstance(value, int):  #>
                    for name in self._names:
                        self._low[name] = value
                else:
                    self._low.clear()
                    self._low.update(value)  #<

            @property
            def high(self):
                return self._high

            @high.setter
            def high(self, value):
                if isinstance(value, int):  #>
                    for name in self._names:
                        self._high[name] = value
                else:
                    self._high.clear()
                    self._high.update(value)  #<
        """
    )
    assert "method" in said.extractions[0].variant
    assert said.after(parameter="bounds") == expected(
        """
        class Table:
            def __init__(self):
                self._low = {}
                self._high = {}
                self._names = []

            def _shared(self, value, bounds):
                if isinstance(value, int):
                    for name in self._names:
                        bounds[name] = value
                else:
                    bounds.clear()
                    bounds.update(value)

            @property
            def low(self):
                return self._low

            @low.setter
            def low(self, value):
                self._shared(value, self._low)

            @property
            def high(self):
                return self._high

            @high.setter
            def high(self, value):
                self._shared(value, self._high)
        """
    )


def test_sibling_classes_share_a_method_of_their_base(ask):
    said = ask(
        """
        class Cache(dict):
            def clear(self):
                pass


        class Fifo(Cache):
            def __init__(self):
                self.__order = {}

            def popitem(self):
                try:  #>
                    key = next(iter(self.__order))
                except StopIteration:
                    raise KeyError("%s is empty" % type(self).__name__) from None
                else:
                    return (key, self.pop(key))  #<


        class Lru(Cache):
            def __init__(self):
                self.__links = {}

            def popitem(self):
                try:  #>
                    key = next(iter(self.__links))
                except StopIteration:
                    raise KeyError("%s is empty" % type(self).__name__) from None
                else:
                    return (key, self.pop(key))  #<
        """
    )
    assert said.extractions[0].variant == "method of Cache"
    after = said.after(parameter="keys")
    assert "    def clear(self):\n        pass\n\n    def _shared(self, keys):\n        try:\n" in after
    assert "        return self._shared(self.__order)\n" in after
    assert "        return self._shared(self.__links)\n" in after


def test_several_outputs_are_returned_and_bound_under_each_copys_own_names(ask):
    said = ask(
        """
        def one(rows):
            low = min(row[0] for row in rows if row)  #>
            high = max(row[0] for row in rows if row)
            count = len(rows)  #<
            return low, high


        def two(items):
            small = min(row[0] for row in items if row)  #>
            big = max(row[0] for row in items if row)
            n = len(items)  #<
            return small / n, big
        """
    )
    after = said.after(parameter="rows_")
    assert "    return low, high, count\n" in after
    assert "    low, high, _ = _shared(rows)\n" in after
    assert "    small, big, n = _shared(items)\n" in after


def test_long_calls_and_signatures_are_wrapped_as_a_formatter_would(ask):
    said = ask(
        """
        def one(first_argument, second_argument, third_argument):
            print(first_argument.alpha, second_argument.beta)  #>
            print(third_argument.gamma, first_argument.delta)
            print(third_argument.gamma + first_argument.delta)  #<

        def two(first_argument, second_argument, third_argument):
            print(first_argument.alpha, second_argument.beta)  #>
            print(third_argument.gamma, first_argument.delta)
            print(third_argument.gamma + first_argument.delta)  #<
        """,
        Style(line_length=60),
    )
    assert "def _shared(\n    first_argument, second_argument, third_argument\n):\n" in said.after()


def test_an_import_inside_the_functions_moves_with_the_run(ask):
    said = ask(
        """
        def one(value):
            import datetime as dt

            if isinstance(value, dt.datetime) and value.tzinfo is not None:  #>
                today = dt.datetime.now(value.tzinfo).date()
            else:
                today = dt.date.today()  #<
            return today


        def two(value):
            import datetime as dt

            start = dt.date(value, 1, 1)
            if isinstance(value, dt.datetime) and value.tzinfo is not None:  #>
                today = dt.datetime.now(value.tzinfo).date()
            else:
                today = dt.date.today()  #<
            return today - start
        """
    )
    after = said.after()
    assert after.startswith("def _shared(value):\n    import datetime as dt\n\n    if isinstance(")
    assert "def one(value):\n    today = _shared(value)\n" in after
    assert "def two(value):\n    import datetime as dt\n\n    start" in after


@pytest.mark.parametrize(("habit", "name"), [("", "shared"), ("from pkg.beta import _stop\n", "_shared")])
def test_copies_in_two_modules_meet_in_one_of_them(ask, habit, name):
    # A name that another module imports is private only where the project writes such imports.
    said = ask(
        {
            "pkg/__init__.py": "",
            "pkg/cli.py": habit,
            "pkg/alpha.py": """
                import json


                def load(path):
                    with open(path) as stream:  #>
                        found = json.load(stream)
                    if not isinstance(found, dict):
                        raise ValueError(f"{path}: expected an object, got {found!r}")
                    return found  #<
                """,
            "pkg/beta.py": """
                import json
                from pkg.alpha import load


                def read(path):
                    with open(path) as stream:  #>
                        found = json.load(stream)
                    if not isinstance(found, dict):
                        raise ValueError(f"{path}: expected an object, got {found!r}")
                    return found  #<
                """,
        }
    )
    sketch = said.extractions[0]
    assert f"def {name}(path):" in said.after(sketch)
    assert f"from pkg.alpha import {', '.join(sorted([name, 'load']))}" in said.after(sketch)
    assert list(sketch.sources) == ["pkg/alpha.py", "pkg/beta.py"]


def test_annotations_that_all_copies_share_are_copied(ask):
    said = ask(
        """
        from pathlib import Path


        def one(path: Path, deep: bool) -> list[str]:
            found = [line.strip() for line in path.read_text().splitlines() if line]  #>
            found.extend(str(deep) for _ in range(3))
            return sorted(found)  #<


        def two(path: Path, deep: int) -> list[str]:
            found = [line.strip() for line in path.read_text().splitlines() if line]  #>
            found.extend(str(deep) for _ in range(4))
            return sorted(found)  #<
        """
    )
    assert "def _shared(path: Path, deep, count: int) -> list[str]:" in said.after(parameter="count")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_indentation_and_strings_of_several_lines_survive(ask, newline):
    body = [
        "    text = '''first  #>",
        "  second",
        "'''",
        "    size = len(text) + len(name) + len(text.splitlines())",
        "    print(text, size, name, sep='é', file=None)  #<",
    ]
    code = newline.join(["def one(name):", *body, "", "class A:", "\tdef two(self, name):", *_tabbed(body), ""])
    said = ask(code)
    after = said.after()
    assert after.count("\n") == after.count(newline)
    assert newline.join(["    text = '''first", "  second", "'''", "    size ="]) in after
    assert f"\t\t_shared(name){newline}" in after


def _tabbed(lines):
    return ["\t\t" + line[4:] if line.startswith("    ") else line for line in lines]


def test_text_before_a_hole_may_be_wider_in_bytes_than_in_characters(ask):
    said = ask(
        """
        def one(a):
            print("ééé", a.x(1) + 1, [v for v in a if v > 2], "x")  #>
            print("ééé", a.y(1), [v for v in a if v > 2], "x")  #<

        def two(a):
            print("ééé", a.x(1) + 2, [v for v in a if v > 2], "x")  #>
            print("ééé", a.y(1), [v for v in a if v > 2], "x")  #<
        """
    )
    assert '    print("ééé", a.x(1) + parameter, [v for v in a if v > 2], "x")\n' in said.after()


def test_a_copy_that_does_not_fit_is_left_out(ask):
    said = ask(
        """
        def one(a):
            print(a.first(1), [v for v in a if v > 2], "x")  #>
            print(a.second(1), [v for v in a if v > 2], "x")  #<

        def two(a):
            print(a.first(1), [v for v in a if v > 2], "x")  #>
            print(a.second(1), [v for v in a if v > 2], "x")  #<

        def three(a):
            print(a.first(1), [v for v in a if v > 2], "x")  #>
            del a  #<
        """
    )
    assert "def three(a):\n    print(a.first(1)" in said.after()
    assert said.after().count("    _shared(a)\n") == 2


def test_a_text_that_differs_by_another_argument_is_made_from_it(ask, run):
    said = ask(
        """
        def first(job):
            if job.interval != 1:  #>
                raise ValueError(
                    "first() is only allowed once; "
                    'use "first" with care'
                )
            job.day = "first"
            return [job.day, job.interval]  #<

        def second(job):
            if job.interval != 1:  #>
                raise ValueError("second() is only allowed once; use \\"second\\" with care")
            job.day = "second"
            return [job.day, job.interval]  #<
        """
    )
    after = said.after(parameter="day")
    assert '            f"{day}() is only allowed once; "\n            f\'use "{day}" with care\'\n' in after
    assert 'return _shared(job, "second")' in after
    before, now = run(said.texts["example.py"]), run(after)
    for name in ("first", "second"):
        for interval in (1, 2):
            thing = type("Thing", (), {"interval": interval})
            assert _outcome(before[name], thing()) == _outcome(now[name], thing())


def _outcome(function, argument):
    try:
        return function(argument)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    "texts",
    [
        ('"one {} of it"', '"two {} of it"'),
        (r'"\\one of it"', r'"\\two of it"'),
        ('"""one of it"""', '"""two of it"""'),
        ('"one of it, one"', '"two of it, one"'),
        ('"o" "ne of it"', '"t" "wo of it"'),
    ],
)
def test_a_text_that_no_plain_f_string_can_make_stays_an_argument(ask, texts):
    said = ask(
        f"""
        def first(log, values):
            log.write({texts[0]}, sum(values), max(values))  #>
            log.close("one", len(values) + 1, min(values))  #<

        def second(log, values):
            log.write({texts[1]}, sum(values), max(values))  #>
            log.close("two", len(values) + 1, min(values))  #<
        """
    )
    assert {hole.name for hole in said.extractions[0].holes} == {"name", "parameter1", "parameter2"}


def test_an_argument_of_several_lines_keeps_them(ask):
    said = ask(
        """
        def first(log, values):
            log.write(  #>
                "not all of the values "
                "can be read",
                sum(values), max(values) - min(values), len(values))
            log.close()  #<

        def second(log, values):
            log.write("another text", sum(values), max(values) - min(values), len(values))  #>
            log.close()  #<
        """
    )
    assert (
        '    _shared(\n        log,\n        values,\n        "not all of the values "\n        "can be read"\n    )\n'
    ) in said.after()


def test_a_parameter_takes_the_name_that_the_first_copy_gives_it_at_once(ask):
    said = ask(
        """
        class Cache:
            def first(self, key):
                links = self.links  #>
                link = links[key]
                links.move_to_end(key, last=len(links) > 2)
                return self.get(key, link, link is None)  #<

            def second(self, key):
                items = self.items  #>
                item = items[key]
                items.move_to_end(key, last=len(items) > 2)
                return self.get(key, item, item is None)  #<
        """
    )
    after = said.after()
    assert "    def _shared(self, key, links):\n        link = links[key]\n" in after
    assert "        return self._shared(key, self.links)\n" in after
    assert "        return self._shared(key, self.items)\n" in after


def test_untyped_functions_get_an_untyped_helper(ask):
    copies = """
        def one(a):
            print("left", a.x(1), [v for v in a if v > 2], "x")  #>
            print(a.y(1), [v for v in a if v > 2], "x")  #<

        def two(a):
            print("right", a.x(1), [v for v in a if v > 2], "x")  #>
            print(a.y(1), [v for v in a if v > 2], "x")  #<
        """
    assert "def _shared(a, side):" in ask(copies).after(parameter="side")
    assert "def _shared(a: list, side: str)" in ask(copies.replace("(a):", "(a: list):")).after(parameter="side")


OWNED = """
import threading
from framework import Model
from typing import Generic, TypeVar

T = TypeVar("T")


class Base(Model):
    pass


class A{bases}:
    def one(self, rows):
        lines = [str(row) for row in rows if row.name]  #>
        self.show(lines, len(lines), sorted(lines))
        return lines  #<

    def two(self, rows):
        lines = [str(row) for row in rows if row.name]  #>
        self.show(lines, len(lines), sorted(lines))
        return lines  #<
"""


@pytest.mark.parametrize("bases", ["(threading.Thread)", "(Generic[T], threading.Thread)"])
def test_names_that_a_class_of_the_standard_library_hands_down_are_taken(ask, bases):
    said = ask(OWNED.format(bases=bases))
    (hole,) = said.extractions[0].holes
    assert {"_bootstrap", "_target", "start"} <= hole.taken
    assert hole.words == 1


@pytest.mark.parametrize(("bases", "words"), [("", 1), ("(Exception)", 1), ("(Model)", 2), ("(Base)", 2), ("(f())", 2)])
def test_a_name_of_two_words_is_asked_for_where_a_base_cannot_be_seen(ask, bases, words):
    said = ask(OWNED.format(bases=bases))
    assert [hole.words for hole in said.extractions[0].holes] == [words]
