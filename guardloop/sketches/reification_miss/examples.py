"""What the sketches of the rule look like, and what they leave alone."""

from __future__ import annotations

from guardloop.sketches.reification_miss.examples_typed import GUARD, SUBJECT
from guardloop.sketches.testing import Example, Refuses, Sketches

METHOD = Sketches(
    """
    class Desk:
        def open(self):
            # All of it must be so.
            if self.till.ready and not self.door.closed:
                self.serve()

        def count(self):
            if (
                self.till.ready  # counted
                and not self.door.closed
            ):
                self.till.count()

        def greet(self, name):
            while name and self.till.ready and not self.door.closed:
                print("hello", name)

        def wait(self):
            if not self.till.ready or self.door.closed:
                return
            self.rest()
    """,
    """
    class Desk:
        def _is_open(self):
            return self.till.ready and not self.door.closed

        def open(self):
            # All of it must be so.
            if self._is_open():
                self.serve()

        def count(self):
            if self._is_open():
                self.till.count()

        def greet(self, name):
            while name and self._is_open():
                print("hello", name)

        def wait(self):
            if not self._is_open():
                return
            self.rest()
    """,
    {"name": "_is_open"},
)

PROPERTY = Sketches(
    """
    class Desk(object):
        @property
        def name(self) -> str:
            return "desk"

        def open(self) -> None:
            if self.till.ready and not self.door.closed:
                self.serve()

        def count(self) -> bool:
            return not (self.till.ready and not self.door.closed)

        def greet(self) -> None:
            if self.till.ready:
                if not self.door.closed:
                    print("hello")
                    self.count()
    """,
    """
    class Desk(object):
        @property
        def name(self) -> str:
            return "desk"

        @property
        def _is_open(self) -> bool:
            return self.till.ready and not self.door.closed

        def open(self) -> None:
            if self._is_open:
                self.serve()

        def count(self) -> bool:
            return not self._is_open

        def greet(self) -> None:
            if self._is_open:
                print("hello")
                self.count()
    """,
    {"name": "_is_open"},
)

FUNCTION = Sketches(
    """
    import os


    def first(jobs, kind):
        return [job for job in jobs if job.kind == kind and not job.closed("now")]


    class Other:
        def second(self, a, kind):
            if a.kind != kind or a.closed("now"):
                a.open()


    def third(self, other, kind):
        if other.kind == kind and not other.closed("now") and os.name:
            return [x for x in other if other.kind == kind if not other.closed("now")]
    """,
    """
    import os


    def _is_current(item, kind):
        return item.kind == kind and not item.closed("now")


    def first(jobs, kind):
        return [job for job in jobs if _is_current(job, kind)]


    class Other:
        def second(self, a, kind):
            if not _is_current(a, kind):
                a.open()


    def third(self, other, kind):
        if _is_current(other, kind) and os.name:
            return [x for x in other if _is_current(other, kind)]
    """,
    {"name": "_is_current", "parameter": "item"},
)

MODULES = Sketches(
    {
        "shop/__init__.py": "",
        "shop/jobs.py": """
            from shop import states


            def first(job):
                return job.state == states.DONE and job.owner is not None


            def second(job):
                if job.state == states.DONE and job.owner is not None:
                    job.close()
        """,
        "shop/desk.py": """
            from .states import OPEN
            from . import states


            def third(job):
                if job.state != states.DONE or job.owner is None:
                    return OPEN
                return job.state == states.DONE and job.owner is not None
        """,
        "shop/states.py": """
            DONE, OPEN = 1, 2
        """,
    },
    {
        "shop/__init__.py": "",
        "shop/jobs.py": """
            from shop import states
            from shop.desk import is_done


            def first(job):
                return is_done(job)


            def second(job):
                if is_done(job):
                    job.close()
        """,
        "shop/desk.py": """
            from .states import OPEN
            from . import states


            def is_done(job):
                return job.state == states.DONE and job.owner is not None


            def third(job):
                if not is_done(job):
                    return OPEN
                return is_done(job)
        """,
        "shop/states.py": """
            DONE, OPEN = 1, 2
        """,
    },
    {"name": "is_done"},
)

KNOWN = Sketches(
    """
    class Desk:
        def is_open(self):
            \"\"\"Whether customers are served.\"\"\"
            return self.till.ready and not self.door.closed

        def count(self):
            if self.door.closed or not self.till.ready:
                return
            if self.till.ready and not self.door.closed:
                self.till.count()

        def greet(self):
            if self.till.ready and not self.door.closed:
                print("hello")

        def sleep(self):
            if not self.till.ready or self.door.closed:
                print("hello")
    """,
    """
    class Desk:
        def is_open(self):
            \"\"\"Whether customers are served.\"\"\"
            return self.till.ready and not self.door.closed

        def count(self):
            if self.door.closed or not self.till.ready:
                return
            if self.is_open():
                self.till.count()

        def greet(self):
            if self.is_open():
                print("hello")

        def sleep(self):
            if not self.is_open():
                print("hello")
    """,
    variant="call is_open",
)

LONG = Sketches(
    """
    def first(order):
        return order.customer.address.country == "NL" and order.customer.address.postal_code and not order.delivered_at


    def second(order):
        if order.customer.address.country == "NL" and order.customer.address.postal_code and not order.delivered_at:
            order.deliver()
    """,
    """
    def _is_x(order):
        return (
            order.customer.address.country == "NL"
            and order.customer.address.postal_code
            and not order.delivered_at
        )


    def first(order):
        return _is_x(order)


    def second(order):
        if _is_x(order):
            order.deliver()
    """,
    {"name": "_is_x"},
)


def thrice(condition: str, parameters: str = "a, b, flag") -> str:
    """Three functions that test a condition."""
    return "\n".join(f"def f{n}({parameters}):\n    if {condition}:\n        print({n})\n" for n in range(3))


EXAMPLES: tuple[Example, ...] = (
    METHOD,
    PROPERTY,
    FUNCTION,
    MODULES,
    GUARD,
    KNOWN,
    SUBJECT,
    LONG,
    Refuses(thrice("(x := a.find('y')) and not a.is_closed(b)"), "bound to a name"),
    Refuses(thrice("a.find(locals()) and not a.is_closed(b)"), "`locals`"),
)
