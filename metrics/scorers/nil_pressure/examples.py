"""What the rule costs, what it rewards, and which rewrites it sees through: first of all, checks and their sources."""

from __future__ import annotations

from metrics.scorers.nil_pressure.hidden_examples import HIDDEN
from metrics.testing import Costs, Example, Refuses, Rewards

CHECKED = """
    class Desk:
        def __init__(self):
            self.till = None

        def open(self):
            if self.till is not None:
                self.till.open()

        def count(self):
            if self.till is None:
                return 0
            return self.till.count()

        def close(self):
            assert self.till is not None
            self.till.close()

        def lend(self, guest):
            if self.till is not None:
                guest.take(self.till)
"""
"""Four checks of one attribute, each of four nodes; the first is free."""
COMPLETE = """
    class Desk:
        def __init__(self):
            self.till = Till()

        def open(self):
            self.till.open()

        def count(self):
            return self.till.count()

        def close(self):
            self.till.close()

        def lend(self, guest):
            guest.take(self.till)
"""
OPENED_ONCE = """
    class Desk:
        def __init__(self):
            self._till = None

        @property
        def till(self):
            if self._till is None:
                self._till = Till()
            return self._till

        def open(self):
            self.till.open()

        def count(self):
            return self.till.count()

        def close(self):
            self.till.close()

        def lend(self, guest):
            guest.take(self.till)
"""


def _asked(test: str, module: str = "", empty: str = "None", method: str = "") -> str:
    """The class of `CHECKED`, each method asking in another way."""
    return f"""
    import contextlib
    {module}

    class Desk:
        def __init__(self):
            self.till = {empty}

        {method}

        def open(self):
            {test}
                self.till.open()

        def count(self):
            {test}
                self.till.count()

        def close(self):
            {test}
                self.till.close()

        def lend(self, guest):
            {test}
                self.till.lend(guest)
"""


def _tried(errors: str) -> str:
    """The class of `CHECKED`, each method trying instead of asking."""
    methods = "".join(
        f"""
        def {name}(self):
            try:
                self.till.{name}()
            except{errors}:
                pass
"""
        for name in ("open", "count", "close", "lend")
    )
    return f"""
    class Desk:
        def __init__(self):
            self.till = None
{methods}"""


THREADED = """
    def fetch(url, timeout=None):
        if timeout is not None:
            url.limit(timeout)
        return follow(url, timeout=timeout)

    def follow(url, timeout=None):
        if timeout is not None:
            url.redirect(timeout)
        return store(url, timeout)

    def store(url, timeout=None):
        if timeout is None:
            return url
        return url.keep(timeout)
"""
RESOLVED = """
    def fetch(url, timeout=5):
        url.limit(timeout)
        return follow(url, timeout=timeout)

    def follow(url, timeout):
        url.redirect(timeout)
        return store(url, timeout)

    def store(url, timeout):
        return url.keep(timeout)
"""
RETURNED = """
    def find(names, name):
        if name in names:
            return names[name]
        return None

    def greet(names):
        found = find(names, "a")
        if found is not None:
            found.greet()

    def call(names):
        found = find(names, "b")
        if found is None:
            return
        found.call()

    def visit(names):
        found = find(names, "c")
        if found:
            found.visit()
"""
ASKED_AGAIN = """
def label(name: str | None, width: int) -> str:
    text = ""
    if name is not None:
        text = name.strip()
    if name is not None and len(text) > width:
        text = text[:width]
    if name is not None:
        text += ":"
    if name is None:
        text = "-"
    return text
"""
ASKED_ONCE = """
def label(name: str | None, width: int) -> str:
    if name is None:
        return "-"
    return name.strip()[:width] + ":"
"""

EXAMPLES: tuple[Example, ...] = (
    Costs(CHECKED, {3: 12}),
    Costs(COMPLETE, {}),
    Costs(OPENED_ONCE, {}),
    # One parameter handed on through three functions is one source.
    Costs(THREADED, {1: 8}),
    Costs(RETURNED, {4: 6}),
    # A truth test has half the nodes of a comparison with None.
    Costs(_asked("if self.till:"), {6: 4}),
    # 0 and False are false as well: nobody knows what was asked.
    Costs(_asked("if self.till:", empty="None if __debug__ else 0"), {}),
    # What is asked once, or gets its default where it enters, is no pressure.
    Costs(
        """
        class Desk:
            def __init__(self, till=None):
                self.till = till or Till()

            def shelf(self, shelf=None):
                if shelf is None:
                    shelf = self.till.shelf()
                return shelf
        """
    ),
    # Measured only: a declared type that None is not of.
    Costs(
        """
        def greet(name: str = None):
            print(name)
        """,
        {1: 1},
    ),
    Costs(ASKED_AGAIN, {1: 12}),
    Costs(
        ASKED_AGAIN.replace(
            """    if name is None:
        text = "-"
""",
            "",
        ),
        {},
    ),
    Rewards(ASKED_AGAIN, ASKED_ONCE),
    Rewards(CHECKED, COMPLETE),
    Rewards(CHECKED, OPENED_ONCE),
    Rewards(THREADED, RESOLVED),
    Rewards(RETURNED, RETURNED.replace("        return None\n", '        raise KeyError("nobody of that name")\n')),
    # The check behind a function, a method, a property.
    Refuses(CHECKED, _asked("if present(self.till):", "def present(it):\n        return it is not None")),
    Refuses(CHECKED, _asked("if not missing(it=self.till):", "def missing(it):\n        return it is None")),
    Refuses(CHECKED, _asked("if self.has_till():", method="def has_till(self): return self.till is not None")),
    Refuses(
        CHECKED,
        _asked("if self.has_till:", method="@property\n        def has_till(self): return self.till is not None"),
    ),
    Refuses(
        ASKED_AGAIN,
        ASKED_AGAIN.replace("name is not None", "not absent(name)").replace("name is None", "absent(name)")
        + "\ndef absent(it): return it is None\n",
    ),
    # The same check in other words.
    Refuses(CHECKED, _asked("if not self.till == None:")),
    Refuses(CHECKED, _asked("if None is not self.till:")),
    Refuses(CHECKED, _asked("if not isinstance(self.till, type(None)):")),
    Refuses(CHECKED, _asked("if type(self.till) is not type(None):")),
    Refuses(CHECKED, _asked("if self.till not in (None,):")),
    Refuses(CHECKED, _asked('if getattr(self, "till", None) is not None:')),
    Refuses(CHECKED, _asked("if operator.is_not(self.till, None):")),
    Refuses(CHECKED, _asked("if (till := self.till) is not None:")),
    Refuses(_asked("if self.till:"), _asked("if bool(self.till):")),
    # Another name for None.
    Refuses(CHECKED, _asked("if self.till is not MISSING:", "MISSING = object()", "MISSING")),
    Refuses(CHECKED, _asked("if self.till is not NOTHING:", "NOTHING = None")),
    Refuses(CHECKED, _asked("if NOTHING is not self.till:", "NOTHING: Final = None")),
    # What may be something else by then is no name for None.
    Costs(
        """
        current = None

        def start(till):
            global current
            current = till

        def count(till):
            return till.count() if till is current else 0

        def close(till):
            return till.close() if till is current else 0

        def lend(till):
            return till.lend() if till is current else 0
        """
    ),
    # Trying instead of asking.
    Refuses(CHECKED, _tried(" AttributeError")),
    Refuses(CHECKED, _tried(" Exception")),
    Refuses(CHECKED, _asked("with contextlib.suppress(AttributeError):")),
    # None looked up and stored is None in every method.
    Refuses(CHECKED, CHECKED.replace("self.till = None", 'self.till = read().get("till")')),
    *HIDDEN,
)
