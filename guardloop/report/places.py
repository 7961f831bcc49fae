"""The places of a finding as they are named to a reader."""

from __future__ import annotations

from guardloop.checked import Charged
from metrics.scorer import Site


def places(one: Charged) -> list[tuple[Site, bool]]:
    """Each place once, and whether the change added it; those come first, as the reader has just written them."""
    added: dict[Site, bool] = {}
    for n, site in enumerate(one.finding.sites):
        added[site] = added.get(site, False) or n in one.new_sites
    return sorted(added.items(), key=lambda item: not item[1])
