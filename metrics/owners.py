"""Which class an attribute belongs to: the topmost class of the tree, among a class and its bases, that defines it."""

from __future__ import annotations

from collections.abc import Iterable

from metrics.index import Index
from metrics.outline import ClassFacts

Class = tuple[str, str]
"""Path and qualified name."""
_PLAIN_BASES = frozenset({"object", "ABC", "abc.ABC"})
"""Bases outside the tree that read no attributes."""


class Owners:
    """The classes of a tree, their bases found by name: in the same file first, then where the name is unique."""

    def __init__(self, index: Index, files: Iterable[tuple[str, list[ClassFacts]]]) -> None:
        self._index = index
        self._bases: dict[Class, list[str]] = {}
        self._defined: dict[Class, frozenset[str]] = {}
        self._named: dict[str, list[Class]] = {}
        self._owners: dict[tuple[Class, str], str] = {}
        self._ancestries: dict[Class, list[Class]] = {}
        for path, classes in files:
            for qualname, bases, attributes in classes:
                key = path, qualname
                self._bases[key] = bases
                self._defined[key] = frozenset(attributes)
                self._named.setdefault(qualname.rpartition(".")[2], []).append(key)

    def owner(self, path: str, qualname: str, attribute: str) -> str:
        """The symbol of the class that owns an attribute of instances of this class."""
        key = (path, qualname), attribute
        if key not in self._owners:
            defining = [known for known in self.ancestry(key[0]) if attribute in self._defined[known]]
            self._owners[key] = self._index.symbol(*(defining[-1] if defining else key[0]))
        return self._owners[key]

    def ancestry(self, start: Class) -> list[Class]:
        """The class and its bases within the tree, nearer ones first."""
        if start not in self._ancestries:
            self._ancestries[start] = self._found_ancestry(start) if start in self._bases else []
        return self._ancestries[start]

    def _found_ancestry(self, start: Class) -> list[Class]:
        seen, level = {start: None}, [start]
        while level:
            above = [base for known in level for name in self._bases[known] if (base := self._base(known[0], name))]
            level = [base for base in dict.fromkeys(above) if base not in seen]
            seen |= dict.fromkeys(level)
        return list(seen)

    def has_foreign_base(self, start: Class) -> bool:
        """Whether the class, or a base of it within the tree, has a base that is not in the tree."""
        known = self.ancestry(start)
        return any(text not in _PLAIN_BASES and not self._base(c[0], text) for c in known for text in self._bases[c])

    def _base(self, path: str, text: str) -> Class | None:
        name = text.partition("[")[0].rpartition(".")[2]
        found = self._named.get(name, [])
        near = [known for known in found if known[0] == path]
        if len(near) == 1 or (len(found) == 1 and not near):
            return (near or found)[0]
        return None
