"""What the sketches look like where types are spelled out: a guard that narrows, a property of the declared class."""

from __future__ import annotations

from guardloop.sketches.testing import Sketches

TYPED = """
    from nodes import Call, Node


    def first(node: Node) -> bool:
        return isinstance(node, Call) and node.name.lower().startswith("x")


    def second(item: Node) -> str:
        if isinstance(item, Call) and item.name.lower().startswith("x"):
            return item.name
        return ""


    def third(other: Node) -> str:
        if not isinstance(other, Call) or not other.name.lower().startswith("x"):
            return ""
        return other.name
"""
NARROWS = """
    from typing import TypeGuard

    from nodes import Call, Node


    def _is_x(node: Node) -> TypeGuard[Call]:
        return isinstance(node, Call) and node.name.lower().startswith("x")


    def first(node: Node) -> bool:
        return _is_x(node)


    def second(item: Node) -> str:
        if _is_x(item):
            return item.name
        return ""


    def third(other: Node) -> str:
        if not _is_x(other):
            return ""
        return other.name
"""

GUARD = Sketches(TYPED, NARROWS, {"name": "_is_x", "parameter": "node"}, "module function, type guard")

SUBJECT = Sketches(
    """
    class Job:
        name: str


    def first(job: Job) -> None:
        if job.name.lower().startswith("x") and not job.name.isupper():
            print(job)


    def second(given: "Job") -> None:
        if given.name.lower().startswith("x") and not given.name.isupper():
            print(given)


    def third(job: Job) -> bool:
        return job.name.lower().startswith("x") and not job.name.isupper()
    """,
    """
    class Job:
        name: str

        @property
        def is_x(self) -> bool:
            return self.name.lower().startswith("x") and not self.name.isupper()


    def first(job: Job) -> None:
        if job.is_x:
            print(job)


    def second(given: "Job") -> None:
        if given.is_x:
            print(given)


    def third(job: Job) -> bool:
        return job.is_x
    """,
    {"name": "is_x"},
)
