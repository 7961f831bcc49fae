"""Several engines propose, and the gates arbitrate: correctness can be checked, so that no model has to judge.

Each member's share of the candidates follows how often what it proposed was accepted so far; one that was never tried
counts as accepted half of the time, so that all get a chance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from engine.deadline import Deadline
from engine.protocol import Account, Accountant, Engine, EngineError, Fill, Member, OnDraft, Sketch, Streamer, Timed

Texts = tuple[tuple[str, str], ...]


class Consortium:
    """Takes turns among its members; a fill that two of them propose is the first one's."""

    name = "consortium"

    def __init__(self, members: Sequence[Engine], names: Sequence[str] = ()) -> None:
        """`names` tell members apart that are engines of one kind; raises `EngineError` for fewer than two members."""
        if len(members) < 2:
            raise EngineError(f"engine consortium: expected two engines or more, got {len(members)}")
        self._members = list(members)
        self._names = list(names) or [member.name for member in members]
        self._deadline = Deadline(self.name)
        self._tried = [0] * len(members)
        self._accepted = [0] * len(members)
        self._proposer: dict[Texts, int] = {}
        """Which member proposed what for the last sketch."""
        self.lost: dict[int, str] = {}
        """Members that failed during the run, and why; the others go on."""

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield distinct fills of all members in turns; raises `EngineError` when no member can run."""
        self._proposer = {}
        streams = {
            at: member.fill(sketch, candidates=candidates, seed=seed)
            for at, member in enumerate(self._members)
            if at not in self.lost
        }
        turns = _Turns([self._share(at) for at in range(len(self._members))])
        while streams and len(self._proposer) < candidates:
            at = turns.following(streams)
            fill = self._following(at, streams[at])
            if fill is None:
                del streams[at]
            elif (texts := _texts(fill)) not in self._proposer:
                self._proposer[texts] = at
                yield fill
        if len(self.lost) == len(self._members):
            raise EngineError("engine consortium: no member is left: " + "; ".join(self.lost.values()))

    def learn(self, fill: Fill, *, accepted: bool) -> None:
        """Count what the gates said of a fill of the last sketch."""
        with suppress(KeyError):
            at = self._proposer[_texts(fill)]
            self._tried[at] += 1
            self._accepted[at] += accepted

    def watch(self, on_draft: OnDraft | None) -> None:
        """Show the drafts of the members that make any."""
        for member in self._members:
            if isinstance(member, Streamer):
                member.watch(on_draft)

    def end_by(self, deadline: float) -> None:
        """Tell the members that can take long."""
        self._deadline.at = deadline
        for member in self._members:
            if isinstance(member, Timed):
                member.end_by(deadline)

    def account(self) -> Account:
        """How each member fared, and what they spent together."""
        accounts = [member.account() for member in self._members if isinstance(member, Accountant)]
        return Account(
            tuple(self._member(at) for at in range(len(self._members))),
            sum(account.requests for account in accounts),
            sum(account.tokens for account in accounts),
            sum(account.usd for account in accounts),
        )

    def _member(self, at: int) -> Member:
        weights = [0.0 if member in self.lost else self._share(member) for member in range(len(self._members))]
        share = weights[at] / (sum(weights) or 1.0)
        return Member(self._names[at], share, self._tried[at], self._accepted[at], self.lost.get(at, ""))

    def _share(self, at: int) -> float:
        """The mean of the posterior of a member's acceptance, from a uniform prior."""
        return (self._accepted[at] + 1) / (self._tried[at] + 2)

    def _following(self, at: int, stream: Iterator[Fill]) -> Fill | None:
        try:
            return next(stream, None)
        except EngineError as error:
            # Who was cut short by the end of the run is not lost.
            if not self._deadline.is_over():
                self.lost[at] = str(error)
            return None


class _Turns:
    """Smooth weighted round robin: of n turns each gets its share, as evenly spread as can be."""

    def __init__(self, shares: Sequence[float]) -> None:
        self._shares = shares
        self._credit = [0.0] * len(shares)

    def following(self, those: Collection[int]) -> int:
        for at in those:
            self._credit[at] += self._shares[at]
        chosen = max(those, key=lambda at: (self._credit[at], -at))
        self._credit[chosen] -= sum(self._shares[at] for at in those)
        return chosen


def _texts(fill: Fill) -> Texts:
    return tuple(sorted(fill.texts.items()))
