"""Values without a type of their own, as the rule measures them without charging."""

from __future__ import annotations

BARE = """
    class Store:
        def bounds(self):
            return self.low, self.high, self.step

        def put(self, name, size):
            self.sizes[name] = (size, self.clock())

        def width(self):
            low, high, _ = self.bounds()
            return high - low

        def total(self):
            for name, (size, time) in self.sizes.items():
                print(name, size, time)

        def first(self, name):
            size, _ = self.sizes[name]
            return size

        def last(self, pair):
            return pair[0] + pair[1] + pair[1].next
"""
NAMED_RECORD = """
    class Store:
        def bounds(self):
            return Bounds(self.low, self.high, self.step)

        def put(self, name, size):
            self.sizes[name] = Entry(size, self.clock())

        def width(self):
            bounds = self.bounds()
            return bounds.high - bounds.low

        def total(self):
            for name, entry in self.sizes.items():
                print(name, entry.size, entry.time)

        def first(self, name):
            return self.sizes[name].size

        def last(self, pair):
            return pair.left + pair.right + pair.right.next
"""
KEPT = """
    class Point:
        def __init__(self, x, y, label=None):
            "A place."
            self.x = x
            self.y = y
            self._label: str = label

    class Line:
        def __init__(self, start, end, width):
            self.start = start
            self.end = end
            self.width = width or 1
"""
GIVEN_HERE = """
    def state(job):
        return "running" if job.thread else "waiting"

    def finish(job):
        job.close(state="done")

    def show(job):
        if job.state == "running":
            return "now"
        elif job.state in ("waiting", "done"):
            return "later"
"""
