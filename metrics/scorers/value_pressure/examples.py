"""What the rule costs, what it rewards, and which rewrites it sees through."""

from __future__ import annotations

from metrics.scorers.value_pressure.record_examples import BARE, GIVEN_HERE, KEPT, NAMED_RECORD
from metrics.testing import Costs, Example, Refuses, Rewards

SPELT = """
    class Job:
        def __init__(self, mode):
            self.mode = mode

        def start(self):
            if self.mode == "fast":
                self.skip()

        def stop(self):
            if self.mode != "fast":
                self.wait()

        def report(self):
            return "quick" if self.mode == "fast" else "slow"
"""
ENUMERATED = """
    class Mode(enum.Enum):
        FAST = "fast"
        SLOW = "slow"

    class Job:
        def __init__(self, mode: Mode):
            self.mode = mode

        def start(self):
            if self.mode is Mode.FAST:
                self.skip()

        def stop(self):
            if self.mode is not Mode.FAST:
                self.wait()

        def report(self):
            return "quick" if self.mode is Mode.FAST else "slow"
"""
CONSTANTS = 'FAST = "fast"\n' + SPELT.replace('"fast"', "FAST").replace("\n    ", "\n")
HELD = 'class Modes:\n    FAST = "fast"\n' + SPELT.replace('"fast"', "Modes.FAST").replace("\n    ", "\n")
MEMBERSHIP = SPELT.replace('== "fast"', 'in ("fast",)').replace('!= "fast"', 'not in {"fast"}')
HELPER = (
    "def is_fast(mode):\n    return mode == 'fast'\n\ndef same(one, other):\n    return one == other\n"
    + SPELT.replace('self.mode == "fast":', "is_fast(self.mode):")
    .replace('self.mode != "fast":', "not is_fast(self.mode):")
    .replace('self.mode == "fast" else', 'same(self.mode, "fast") else')
    .replace("\n    ", "\n")
)
ALIASED = """
    class Job:
        def __init__(self, mode):
            self.mode = mode

        def start(self):
            mode = self.mode
            if "fast" == mode:
                self.skip()

        def stop(self):
            if getattr(self, "mode") != "fast":
                self.wait()

        def report(self):
            return "quick" if (mode := self.mode).lower() == "fast" else "slow"
"""
MATCHED = """
    class Job:
        def __init__(self, mode):
            self.mode = mode

        def start(self):
            match self.mode:
                case "fast":
                    self.skip()

        def stop(self):
            match (self.mode, self.name):
                case ("fast", _):
                    pass
                case _:
                    self.wait()

        def report(self):
            return "quick" if {"fast": True}.get(self.mode) else "slow"
"""
SMALL_NAMES = ("fast: Final = 'fast'\n" + SPELT.replace('"fast"', "fast")).replace("\n    ", "\n")
IMPORTED = {
    "job.py": "from modes import fast\nimport modes\n"
    + SPELT.replace('== "fast"', "== modes.fast").replace('"fast"', "fast").replace("\n    ", "\n"),
    "modes.py": "fast, slow = 'fast', 'slow'\n",
}
LISTED = """
    class Job:
        def start(self):
            if self.mode in ("fast", "quick"):
                self.skip()

        def stop(self):
            if self.mode not in ("fast", "quick"):
                self.wait()

        def report(self):
            return "quick" if self.mode in ("fast", "quick") else "slow"
"""
NAMED_LIST = "HASTY = ('fast', 'quick')\n" + LISTED.replace('("fast", "quick")', "HASTY").replace("\n    ", "\n")
JOINED = LISTED.replace('self.mode in ("fast", "quick")', 'self.mode == "fast" or "quick" == self.mode').replace(
    'self.mode not in ("fast", "quick")', 'self.mode != "fast" and self.mode != "quick"'
)
ASKED_BY_NAME = {
    f"{module}.py": """
    def __getattr__(name):
        if name == "Runner":
            return warned(name)
        raise AttributeError(name)
    """
    for module in ("one", "two", "three")
}
METHOD = """
    class Job:
        def __init__(self, mode):
            self.mode = mode

        def is_mode(self, mode):
            return mode == self.mode

        def start(self):
            if self.is_mode("fast"):
                self.skip()

        def stop(self):
            if not self.is_mode("fast"):
                self.wait()

        def report(self):
            return "quick" if self.is_mode("fast") else "slow"
"""
SPLIT = (
    SPELT
    + """
        def pause(self):
            if self.mode == "fast":
                self.rest()
"""
)
POOLED = """
    def load(path, format):
        if format == "json":
            return parse(path)
        elif format in ("toml", "ini"):
            return other(path)

    def save(job):
        if job["format"] in ("json", "toml"):
            job.write()

    def show(options):
        match options.format:
            case "json" | "toml":
                print("text")
            case "html":
                print("page")
"""
APART = """
    def one(color):
        return color == "red"

    def two(color):
        return color == "red"

    def three(color):
        return color == "blue"

    def four(color):
        return color == "blue"
"""
OTHER_CLASSES = """
    class One:
        def first(self):
            return self.state == "open"

    class Two:
        def second(self):
            return self.state == "open"

    class Three:
        def third(self):
            return self.state == "open"
"""
ONE_BASE = {
    "base.py": """
        class Base:
            state = "open"
    """,
    "sub.py": OTHER_CLASSES.replace("One:", "One(base.Base):")
    .replace("Two:", "Two(Base):")
    .replace("Three:", "Three(One):"),
}
PLAIN = """
    import sys
    from os import name

    def first(text, count):
        return text == "" or count == 1 or sys.platform == "win32" or name == "nt" or len(text) == 7

    def second(text, count):
        return text == "" or count == 1 or sys.platform == "win32" or name == "nt" or len(text) == 7

    def third(text, count):
        return text == "x" or count == 0 or sys.platform == "win32" or name == "nt" or len(text) == 7
"""
NUMBERS = """
    def first(reply):
        return reply.status == 404

    def second(reply):
        return reply.status == 404

    def third(reply):
        return reply.status != 404
"""
TABLE = """
    STEPS = {"fast": skip, "slow": wait}

    def start(mode):
        return STEPS[mode]()

    def stop(mode):
        return STEPS[mode]()

    def report(mode):
        return {"fast": "quick"}[mode]
"""
EXAMPLES: tuple[Example, ...] = (
    Costs(SPELT, {3: 8}),
    Costs(ENUMERATED, {}),
    Costs(HELPER, {9: 8}),
    Costs(ALIASED, {3: 8}),
    Costs(POOLED, {2: 14}),
    Costs(APART, {2: 1, 8: 1}),
    Costs(OTHER_CLASSES, {}),
    Costs(ONE_BASE, {("base.py", 2): 8}),
    Costs(PLAIN, {}),
    Costs(NUMBERS, {2: 2}),
    Costs(TABLE, {}),
    Costs(BARE, {3: 1, 6: 1, 21: 1}),
    Costs(NAMED_RECORD, {}),
    Costs(KEPT, {2: 1}),
    Costs(GIVEN_HERE, {8: 2}),
    Costs(LISTED, {3: 11}),
    Costs(ASKED_BY_NAME, {}),
    Costs(NAMED_LIST, {5: 8}),
    Costs(NAMED_LIST.replace("not in HASTY", '!= "fast"'), {5: 8}),
    Rewards(SPELT, ENUMERATED),
    Rewards(LISTED, NAMED_LIST),
    Rewards(SPELT, SPELT.partition("        def report")[0]),
    Rewards(BARE, NAMED_RECORD),
    Refuses(SPELT, CONSTANTS),
    Refuses(SPELT, HELD),
    Refuses(SPELT, SMALL_NAMES),
    Refuses(SPELT, IMPORTED),
    Refuses(SPELT, METHOD),
    Refuses(SPELT, MEMBERSHIP),
    Refuses(SPELT, HELPER),
    Refuses(SPELT, ALIASED),
    Refuses(SPELT, MATCHED),
    Refuses(SPELT, SPLIT),
    Refuses(LISTED, JOINED),
)
