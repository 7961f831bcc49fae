"""The places of a finding as they are named to a reader: one for each function, with its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from guardloop.checked import Charged
from guardloop.report.escaping import printable
from metrics.scorer import Site

_SPANS: Final = 8


@dataclass(frozen=True)
class Place:
    """What a finding shows of one function; `added` is whether the change wrote it."""

    path: str
    symbol: str
    spans: tuple[tuple[int, int], ...]
    added: bool = False

    @property
    def lines(self) -> str:
        """Its lines: `10-31`, or `4, 9, 12` where it shows several times; the first eight of them."""
        shown = [str(line) if end_line <= line else f"{line}-{end_line}" for line, end_line in self.spans[:_SPANS]]
        more = f" and {len(self.spans) - _SPANS} more" if len(self.spans) > _SPANS else ""
        return ", ".join(shown) + more

    @property
    def name(self) -> str:
        """The function within its file."""
        return self.symbol.rpartition(":")[2]

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.lines}"


def places(sites: Iterable[Site]) -> list[Place]:
    """The functions of the sites, in their order."""
    return _grouped((site, False) for site in sites)


def charged_places(one: Charged) -> list[Place]:
    """The functions of a charged finding: what the change added comes first, as the reader has just written it."""
    new = frozenset(one.new_sites)
    grouped = _grouped((site, n in new) for n, site in enumerate(one.finding.sites))
    return sorted(grouped, key=lambda place: not place.added)


def _grouped(sites: Iterable[tuple[Site, bool]]) -> list[Place]:
    # A line can show a finding several times: it is named once.
    spans: dict[tuple[str, str, bool], dict[tuple[int, int], None]] = {}
    for site, added in sites:
        spans.setdefault((site.path, site.symbol, added), {})[site.line, site.end_line] = None
    return [Place(path, symbol, tuple(lines), added) for (path, symbol, added), lines in spans.items()]


def remainder(named: Sequence[Place], shown: Sequence[Place]) -> str | None:
    """What to say of the places that are not shown."""
    left = len(named) - len(shown)
    if not left:
        return None
    return "and 1 more place" if left == 1 else f"and {left} more places"
