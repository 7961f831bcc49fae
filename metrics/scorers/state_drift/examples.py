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

EXAMPLES: tuple[Example, ...] = (
    Costs(TOGETHER, {3: 12}),
    Costs(ONE_METHOD, {}),
    Rewards(TOGETHER, ONE_METHOD),
    Refuses(TOGETHER, TOGETHER.replace('self.state = "running"', 'setattr(self, "state", "running")')),
)
