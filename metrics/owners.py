"""Which class an attribute belongs to: the topmost class of the tree, among a class and its bases, that defines it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metrics.index import Index
from metrics.keys import key_of
from metrics.outline import ClassFacts

Class = tuple[str, str]
"""Path and qualified name."""
_PLAIN_BASES = frozenset({"object", "ABC", "abc.ABC"})
"""Bases outside the tree that read no attributes."""


Files = Iterable[tuple[str, list[ClassFacts]]]


def class_key(name: str) -> int:
    """The key by which the files are found that hold a class of a name."""
    return key_of("class", last_name(name))


class Owners:
    """The classes of a tree, their bases found by name: in the same file first, then where the name is unique."""

    def __init__(self, index: Index, files: Files, holding: Callable[[str], Files] | None = None) -> None:
        """What these files define; `holding` knows of other files that hold classes of a name, all of them."""
        self._index = index
        self._holding = holding
        self._known: set[str] = set()
        self._bases: dict[Class, list[str]] = {}
        self._defined: dict[Class, frozenset[str]] = {}
        self._named: dict[str, list[Class]] = {}
        self._owners: dict[tuple[Class, str], str] = {}
        self._ancestries: dict[Class, list[Class]] = {}
        self.add(files)

    @property
    def is_lazy(self) -> bool:
        """Whether files are asked for when a class of theirs is."""
        return self._holding is not None

    def add(self, files: Files) -> None:
        """Take in what files define."""
        for path, classes in files:
            self._known.add(path)
            for qualname, bases, attributes in classes:
                key = path, qualname
                self._bases[key] = bases
                self._defined[key] = frozenset(attributes)
                self._named.setdefault(last_name(qualname), []).append(key)

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
            self._find(start[1])
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
        name = base_name(text)
        self._find(name)
        found = self._named.get(name, [])
        near = [known for known in found if known[0] == path]
        if len(near) == 1 or (len(found) == 1 and not near):
            return (near or found)[0]
        return None

    def _find(self, name: str) -> None:
        """Make known all classes of a name."""
        if self._holding is not None:
            self.add((path, classes) for path, classes in self._holding(last_name(name)) if path not in self._known)


def last_name(name: str) -> str:
    """What stands behind the last dot."""
    return name.rpartition(".")[2]


def base_name(base: str) -> str:
    """The name of a class as it stands among the bases of another."""
    return last_name(base.partition("[")[0])
