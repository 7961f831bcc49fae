"""Where cost sits: the findings' costs shared out over files, and the files as a tree of folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from metrics.scorer import Finding


@dataclass(frozen=True)
class Leaf:
    """A file, or several small ones of a folder together; `lines` is their length."""

    name: str
    path: str
    weight: float
    lines: int


@dataclass(frozen=True)
class Folder:
    """A folder with something in it that costs; one that holds only a folder is joined with it."""

    name: str
    path: str
    children: tuple[Folder | Leaf, ...]

    @property
    def weight(self) -> float:
        """The sum over what it holds."""
        return sum(child.weight for child in self.children)


def shares(findings: Iterable[Finding]) -> dict[str, float]:
    """Each file's part of the cost: a finding's cost is shared equally among its sites. Highest first."""
    costs: Counter[str] = Counter()
    for finding in findings:
        for site in finding.sites:
            # Counter is typed for whole numbers, but adds fractions all the same.
            costs[site.path] += finding.cost / len(finding.sites)  # type: ignore[assignment]
    ranked = sorted(costs.items(), key=lambda item: (-item[1], item[0]))
    return {path: cost for path, cost in ranked if cost > 0}


def folders(costs: Mapping[str, float], lines: Mapping[str, int], most: int) -> Folder:
    """The tree of the files; all but the `most` dearest are merged, those of one folder into one leaf."""
    named = [Leaf(path.rsplit("/", 1)[-1], path, cost, lines.get(path, 0)) for path, cost in costs.items()]
    return _folder("", "", [*named[:most], *_merged(named[most:])])


def _merged(small: Iterable[Leaf]) -> Iterator[Leaf]:
    by_folder: dict[str, list[Leaf]] = {}
    for leaf in small:
        by_folder.setdefault(leaf.path.rpartition("/")[0], []).append(leaf)
    for folder, leaves in by_folder.items():
        name = leaves[0].name if len(leaves) == 1 else f"{len(leaves)} more files"
        path = leaves[0].path if len(leaves) == 1 else f"{folder}/{name}" if folder else name
        yield Leaf(name, path, sum(leaf.weight for leaf in leaves), sum(leaf.lines for leaf in leaves))


def _folder(name: str, path: str, leaves: Iterable[Leaf]) -> Folder:
    below: dict[str, list[Leaf]] = {}
    children: list[Folder | Leaf] = []
    for leaf in leaves:
        first, slash, _ = leaf.path[len(path) :].partition("/")
        if slash:
            below.setdefault(first, []).append(leaf)
        else:
            children.append(leaf)
    children.extend(_folder(first, f"{path}{first}/", inner) for first, inner in below.items())
    only = children[0] if len(children) == 1 else None
    if isinstance(only, Folder):
        return Folder(f"{name}/{only.name}" if name else only.name, only.path, only.children)
    ranked = sorted(children, key=lambda child: (-child.weight, child.path))
    return Folder(name, path, tuple(ranked))
