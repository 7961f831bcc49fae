"""What the rule costs, what it rewards, and which rewrites it sees through."""

from __future__ import annotations

from metrics.testing import Costs, Example, Refuses, Rewards

ASKED = """
    class Job:
        def __init__(self, target):
            self.target = target

        def start(self):
            if isinstance(self.target, str):
                self.open(self.target)

        def stop(self):
            if isinstance(self.target, str):
                self.close(self.target)

        def report(self):
            return self.target if isinstance(self.target, str) else self.target.name
"""
TYPED = """
    class Job:
        def __init__(self, target):
            self.target = target if isinstance(target, Target) else Target(target)

        def start(self):
            self.target.open()

        def stop(self):
            self.target.close()

        def report(self):
            return self.target.name
"""
HELPER = """
    def is_text(value):
        return isinstance(value, str)

    class Job:
        def __init__(self, target):
            self.target = target

        def start(self):
            if is_text(self.target):
                self.open(self.target)

        def stop(self):
            if is_text(self.target):
                self.close(self.target)

        def report(self):
            return self.target if is_text(self.target) else self.target.name
"""
SPELT = """
    class Job:
        def __init__(self, target):
            self.target = target

        def start(self):
            match self.target:
                case str():
                    self.open(self.target)

        def stop(self):
            target = self.target
            if type(target) is str:
                self.close(target)

        def report(self):
            return self.target if hasattr(self.target, "upper") else self.target.name
"""
SPLIT = ASKED.replace(
    "                self.close(self.target)",
    """                self.close(self.target)
            self.rest()

        def rest(self):
            if isinstance(self.target, str):
                self.pause()""",
)
THREADED = """
    def read(path):
        if isinstance(path, bytes):
            return first(path)
        return parse(path)

    def parse(path):
        if isinstance(path, bytes):
            return first(path)
        return scan(path)

    def scan(path):
        if isinstance(path, bytes):
            return first(path)
        return [path]
"""
BOUNDARY = """
    def read(path):
        if isinstance(path, (str, bytes)):
            path = Path(path)
        return parse(path)

    def parse(path):
        return path.parts

    def load(source):
        source = str(source)
        return source if isinstance(source, str) else source.text
"""
CONVERTED = """
    class Row:
        def __init__(self, amount):
            self.amount = amount

        def total(self):
            return int(self.amount) + 1

        def text(self):
            return str(self.amount)

        def double(self):
            return int(self.amount) * 2

        def wide(self):
            return str(self.amount).rjust(9)
"""
COPIED = CONVERTED.replace("int(", "list(").replace("str(", "tuple(")
COERCED = """
    def to_text(value):
        if isinstance(value, bytes):
            return value.decode()
        return value

    class Row:
        def __init__(self, name):
            self.name = name

        def head(self):
            return to_text(self.name)[0]

        def text(self):
            return to_text(self.name)

        def wide(self):
            return to_text(self.name).rjust(9)

        def narrow(self):
            return to_text(self.name).strip()
"""
OWN_CLASS = ASKED.replace("str)", "Sequence)") + "\n    class Sequence:\n        pass\n"
PROTOCOL = """
    class Money:
        def __eq__(self, other):
            return isinstance(other, int) and self.same(other)

        def __lt__(self, other):
            return isinstance(other, int) and self.less(other)

        def same(self, other):
            return self.amount == other

        def less(self, other):
            return self.amount < other
"""
POOLED = """
    class One:
        value = 1

    class Two:
        value = "two"

    def first(item):
        return item.name if isinstance(item.value, str) else None

    def second(item):
        if isinstance(item.value, str):
            return item
        return item.value.name if isinstance(item.value, float) else None

    def third(item):
        if not isinstance(item.value, str):
            item.close()
"""

EXAMPLES: tuple[Example, ...] = (
    Costs(ASKED, {2: 11}),
    Costs(TYPED, {}),
    Costs(HELPER, {5: 11}),
    Costs(THREADED, {6: 11}),
    Costs(BOUNDARY, {}),
    Costs(CONVERTED, {2: 4}),
    Costs(COPIED, {}),
    Costs(COERCED, {7: 4}),
    Costs(OWN_CLASS, {}),
    Costs(PROTOCOL, {}),
    Costs(POOLED, {8: 5}),
    Rewards(ASKED, TYPED),
    Rewards(ASKED, ASKED.partition("        def report")[0]),
    Refuses(ASKED, HELPER),
    Refuses(ASKED, SPELT),
    Refuses(ASKED, SPLIT),
)
