"""What the rule costs, what it rewards, and which rewrites it sees through."""

from __future__ import annotations

from metrics.testing import Costs, Example, Refuses, Rewards

TOGETHER = """
    class Job:
        def start(self):
            self.state = "running"
            self.changed = now()

        def stop(self):
            self.state = "stopped"
            self.changed = now()

        def fail(self):
            self.state = "failed"
            self.changed = now()
            self.report()

        def skip(self):
            self.state = "skipped"

        def show(self):
            return self.state, self.changed
"""
ONE_METHOD = """
    class Job:
        def enter(self, state):
            self.state = state
            self.changed = now()

        def start(self):
            self.enter("running")

        def stop(self):
            self.enter("stopped")

        def fail(self):
            self.enter("failed")
            self.report()

        def skip(self):
            self.enter("skipped")

        def show(self):
            return self.state, self.changed
"""
SETTERS = """
    class Job:
        def set_state(self, state):
            self.state = state

        def set_changed(self):
            self.changed = now()

        def start(self):
            self.set_state("running")
            self.set_changed()

        def stop(self):
            self.set_state("stopped")
            self.set_changed()

        def fail(self):
            self.set_state("failed")
            self.set_changed()
            self.report()

        def skip(self):
            self.set_state("skipped")

        def show(self):
            return self.state, self.changed
"""
OTHERS = """
    def start(job):
        job.state = "running"
        job.changed = now()

    def stop(job):
        job.state = "stopped"
        job.changed = now()

    def fail(desk):
        job = desk.job
        job.state = "failed"
        job.changed = now()
"""
KEYS = """
    def count(stats):
        stats["used"] = used()
        stats["free"] = free()

    def recount(stats, sizes):
        for size in sizes:
            stats["used"] += size
            stats["free"] -= size

    def clear_all(stats):
        stats["used"] = 0
        stats["free"] = total()

    def fill(stats):
        stats["used"] = total()
        stats["free"] = 0

    def forget(stats):
        stats["free"] = 0
"""
FLAGS = """
    def read(words):
        quoted, depth = False, 0
        for word in words:
            if word == "(":
                quoted, depth = False, 1
            elif word == '"':
                quoted, depth = True, 2
            elif word == ")":
                quoted = False
                depth = 0
            use(word, quoted, depth)
"""
OVERRIDES = """
    class Round:
        def place(self):
            self.x = 0
            self.y = 0

    class Square:
        def place(self):
            self.x = 1
            self.y = 1

    class Flat:
        def place(self):
            self.x = 2
            self.y = 2

    def at(shape):
        return shape.x, shape.y
"""
PARTS = """
    class Pen:
        def up(self):
            self.x, self.y = where()

        def down(self):
            self.x, self.y = below()

        def away(self):
            self.x, self.y = beyond()

        def at(self):
            return self.x, self.y
"""
TWICE = """
    class Cart:
        def __init__(self, shop):
            self.shop = shop
            self.currency = shop.currency
            self._token = make()

        def put(self, item):
            self.items.append(item)
            self.prices.append(item.price)

        def take(self):
            self.items.pop()
            self.prices.pop()

        def drop(self, item):
            self.items.remove(item)

        def total(self):
            self._sum = sum(self.prices)
            return self._sum, self.currency, self.shop
"""


def _rewritten(before: str, after: str, text: str = TOGETHER) -> str:
    assert before in text, before
    return text.replace(before, after)


_START = """\
            self.state = "running"
            self.changed = now()
"""

EXAMPLES: tuple[Example, ...] = (
    Costs(TOGETHER, {3: 12}),
    Costs(ONE_METHOD, {}),
    Costs(OTHERS, {2: 6}),
    Costs(KEYS, {2: 15}),
    Costs(FLAGS, {2: 2}),
    Costs(OVERRIDES, {}),
    Costs(PARTS, {}),
    Costs(TWICE, {4: 1, 5: 2, 8: 3, 19: 2}),
    Rewards(TOGETHER, ONE_METHOD),
    Rewards(TOGETHER, _rewritten('self.state = "skipped"', 'self.state = "skipped"\n            self.changed = now()')),
    Rewards(TWICE, _rewritten("            self.currency = shop.currency\n", "", TWICE)),
    Refuses(TOGETHER, SETTERS),
    Refuses(TOGETHER, _rewritten(_START, '            self.state, self.changed = "running", now()\n')),
    Refuses(TOGETHER, _rewritten('self.state = "running"', 'setattr(self, "state", "running")')),
    Refuses(TOGETHER, _rewritten('self.state = "running"', 'object.__setattr__(self, "state", "running")')),
    Refuses(TOGETHER, _rewritten(_START, '            self.__dict__.update(state="running", changed=now())\n')),
    Refuses(TOGETHER, _rewritten(_START, '            vars(self).update({"state": "running", "changed": now()})\n')),
    Refuses(
        TOGETHER,
        _rewritten(
            _START,
            """\
            self.state = "running"
            with self.lock:
                self.changed = now()
""",
        ),
    ),
    Refuses(
        TOGETHER,
        _rewritten(
            _START,
            """\
            self.state = "running"
            if True:
                try:
                    self.changed = now()
                finally:
                    pass
""",
        ),
    ),
    Refuses(
        TOGETHER,
        _rewritten(
            _START,
            """\
            me = self
            me.state = "running"
            me.changed = now()
""",
        ),
    ),
    Refuses(
        KEYS,
        _rewritten('stats["used"] = 0\n        stats["free"] = total()', "stats.update(used=0, free=total())", KEYS),
    ),
)
