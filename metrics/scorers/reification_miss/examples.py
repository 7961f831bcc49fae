"""What the rule costs, what it rewards, and which rewrites it sees through."""

from __future__ import annotations

from metrics.testing import Costs, Example, Refuses, Rewards

REPEATED = """
    class Desk:
        def open(self):
            if self.till.ready and not self.door.closed:
                self.serve()

        def count(self):
            if self.till.ready and not self.door.closed:
                self.till.count()

        def greet(self):
            if self.till.ready and not self.door.closed:
                print("hello")

        def wait(self):
            if self.till.ready and not self.door.closed:
                self.rest()
"""
NAMED = """
    class Desk:
        def is_open(self):
            return self.till.ready and not self.door.closed

        def open(self):
            if self.is_open():
                self.serve()

        def count(self):
            if self.is_open():
                self.till.count()

        def greet(self):
            if self.is_open():
                print("hello")

        def wait(self):
            if self.is_open():
                self.rest()
"""
REWRITTEN = """
    class Desk:
        def open(self):
            if not self.door.closed and self.till.ready:
                self.serve()

        def count(self):
            if not (self.door.closed or not self.till.ready):
                self.till.count()

        def greet(self):
            if self.till.ready:
                if not self.door.closed:
                    print("hello")

        def wait(self):
            if not self.till.ready or self.door.closed:
                return
            self.rest()
"""
RECEIVERS = """
    def first(jobs):
        return [job for job in jobs if job.state == "done" and job.owner is not None]

    def second(a, flag):
        while flag and a.owner is not None and "done" == a.state:
            a.next()

    def third(other):
        assert other.state != "done" or other.owner is None
"""
FORGOTTEN = """
    def first(a):
        return a.ready and a.paid() and not a.closed

    def second(b):
        return b.ready and b.paid() and not b.closed

    def third(c):
        return not c.closed and c.paid() and c.ready

    def fourth(d):
        return d.ready and d.paid()
"""
LEFT_OUT = """
    def first(a):
        return a.ready and a.count("paid") > 2

    def second(b):
        return b.ready and b.count("paid") > 2

    def third(c):
        return c.ready and c.count("paid") > 2

    def fourth(d):
        return d.ready and d.count("paid") > 2

    def fifth(e):
        if e.ready:
            e.start()
"""
ONE_FUNCTION = """
    def one(a):
        x = a.ready and not a.closed
        y = a.ready and not a.closed
        z = a.ready and not a.closed
        return x, y, z
"""
BARE_NAMES = """
    def first(quick, loud):
        return quick and not loud

    def second(quick, loud):
        return quick and not loud

    def third(quick, loud):
        return quick and not loud

    def fourth(quick, loud):
        return quick and not loud
"""
OTHER_CLASSES = """
    class One:
        def first(self):
            return self.ready and not self.closed

    class Two:
        def second(self):
            return self.ready and not self.closed

    class Three:
        def third(self):
            return self.ready and not self.closed

    class Four:
        def fourth(self):
            return self.ready and not self.closed
"""
ONE_BASE = {
    "base.py": """
        class Base:
            def __init__(self):
                self.ready = self.closed = False
    """,
    "sub.py": OTHER_CLASSES.replace("One:", "One(base.Base):")
    .replace("Two:", "Two(Base):")
    .replace("Three:", "Three(One):")
    .replace("Four:", "Four(Base):"),
}
TYPES = """
    def first(x):
        return isinstance(x, str) and not isinstance(x, Text)

    def second(x):
        return isinstance(x, str) and not isinstance(x, Text)

    def third(x):
        return isinstance(x, str) and not isinstance(x, Text)
"""
TWICE = """
    def first(a):
        return a.ready and not a.closed

    def second(b):
        return not b.ready or b.closed
"""
DEFAULTS = """
    def first(self, width):
        return width or self.options.width

    def second(self, width):
        width = width or self.options.width
        return width

    def third(self, width):
        self.show(width or self.options.width)

    def fourth(self, width):
        return [width or self.options.width]
"""
NEGATED = """
    def first(a):
        return not (a.closed or a.paused)

    def second(a):
        if a.closed or a.paused:
            a.open()

    def third(a, b):
        return b and (a.closed or a.paused)

    def fourth(a, b):
        if b and (a.closed or a.paused):
            a.open()

    def fifth(a):
        return [b for b in a if not b.closed if not b.paused]
"""
CHOICES = """
    def first(self):
        return self.name.strip() if self.name else "nobody"

    def second(self):
        return self.name.strip() if self.name else "nobody"
"""

SAFE_TO_ASK = """
    def one(child):
        return child is not None and child.kind == "atom"

    def two(node):
        if node is None or node.kind != "atom":
            return None

    def three(node):
        for child in node.children:
            if isinstance(child, Node) and child.size > 1:
                return child

    def four(nodes):
        return [node for node in nodes if node is not None and "atom" == node.kind and node.kind]

    def five(child, size):
        while isinstance(child, Node) and child.size > 1:
            child = child.next
"""
EXAMPLES: tuple[Example, ...] = (
    Costs(REPEATED, {3: 12}),
    Costs(NAMED, {}),
    Costs(REWRITTEN, {3: 12}),
    Costs(RECEIVERS, {2: 9}),
    Costs(FORGOTTEN, {2: 13}),
    Costs(LEFT_OUT, {2: 19}),
    Costs(ONE_FUNCTION, {}),
    Costs(BARE_NAMES, {}),
    Costs(OTHER_CLASSES, {}),
    Costs(ONE_BASE, {("sub.py", 3): 6}),
    Costs(TYPES, {}),
    Costs(TWICE, {2: 2}),
    Costs(DEFAULTS, {}),
    Costs(NEGATED, {2: 5}),
    Costs(CHOICES, {2: 1}),
    Costs(SAFE_TO_ASK, {10: 2}),
    Rewards(REPEATED, NAMED),
    Rewards(REPEATED, REPEATED.partition("        def greet")[0]),
    Rewards(FORGOTTEN, FORGOTTEN.replace("return d.ready and d.paid()", "return bool(d)")),
    Refuses(REPEATED, REWRITTEN),
    Refuses(RECEIVERS, RECEIVERS.replace("other", "job").replace("a.", "job.").replace("(a,", "(job,")),
    Refuses(FORGOTTEN, FORGOTTEN.replace("d.ready and d.paid()", "not (not d.paid() or not d.ready)")),
)
