import pytest

from engine.consortium import Consortium
from engine.protocol import Account, EngineError, Member
from engine.registry import create
from engine.scripted import Scripted
from engine.testing import sketch_of

SKETCH = sketch_of({"a.py": "def «helper»(x):\n    return x.size\n"})


class Failing:
    name = "failing"

    def fill(self, sketch, *, candidates, seed):
        raise EngineError("no server")
        yield


def member(*texts):
    return Scripted({"helper": list(texts)})


def proposed(consortium, candidates):
    return [fill.texts["helper"] for fill in consortium.fill(SKETCH, candidates=candidates, seed=0)]


def test_members_take_turns_and_nothing_is_proposed_twice():
    consortium = Consortium([member("a", "same", "b"), member("c", "same", "d")])
    assert proposed(consortium, 5) == ["a", "c", "same", "b", "d"]


def test_shares_follow_what_was_accepted():
    names = [f"good_{n}" for n in range(40)], [f"bad_{n}" for n in range(40)]
    consortium = Consortium([member(*names[0]), member(*names[1])])
    for fill in consortium.fill(SKETCH, candidates=18, seed=0):
        consortium.learn(fill, accepted=fill.texts["helper"].startswith("good"))
    said = proposed(consortium, 22)
    # Nine of nine accepted count as 10 of 11, none of nine as 1 of 11.
    assert sum(name.startswith("good") for name in said) == 20


def test_a_member_that_fails_is_named_and_the_others_go_on():
    consortium = Consortium([Failing(), member("a", "b")])
    assert proposed(consortium, 2) == ["a", "b"]
    assert consortium.lost == {0: "no server"}
    assert proposed(consortium, 1) == ["a"]


def test_no_member_left_is_an_error_with_all_reasons():
    with pytest.raises(EngineError, match="no member is left: no server; no server"):
        proposed(Consortium([Failing(), Failing()]), 2)


@pytest.mark.parametrize("spec", ["consortium:", "consortium:enumerate", "consortium:,enumerate,"])
def test_a_consortium_of_one_is_refused(spec):
    with pytest.raises(EngineError, match="expected two engines or more"):
        create(spec)


def test_an_unknown_member_is_refused_by_name():
    with pytest.raises(EngineError, match="got 'nobody'"):
        create("consortium:enumerate,nobody")


class Spending(Failing):
    name = "spending"

    def account(self):
        return Account((), 3, 1200, 0.25)


def test_the_account_tells_how_members_fared_who_was_lost_and_what_was_spent():
    consortium = Consortium([member("good", "better"), member("bad"), Spending()], ["a", "b", "c"])
    for fill in consortium.fill(SKETCH, candidates=3, seed=0):
        consortium.learn(fill, accepted=fill.texts["helper"] != "bad")
    account = consortium.account()
    assert account.members == (
        # Two of two count as 3 of 4, none of one as 1 of 3.
        Member("a", pytest.approx(9 / 13), 2, 2),
        Member("b", pytest.approx(4 / 13), 1, 0),
        Member("c", 0.0, 0, 0, "no server"),
    )
    assert (account.requests, account.tokens, account.usd) == (3, 1200, 0.25)


def test_drafts_of_members_are_shown_and_those_without_any_are_left_alone():
    class Drafting(Scripted):
        on_draft = None

        def watch(self, on_draft):
            self.on_draft = on_draft

    drafting, heard = Drafting({"helper": ["a"]}), []
    consortium = Consortium([member("b"), drafting])
    consortium.watch(heard.append)
    assert drafting.on_draft == heard.append
    consortium.watch(None)
    assert drafting.on_draft is None


def test_members_are_named_as_they_were_asked_for():
    consortium = create("consortium:enumerate, enumerate")
    assert [member.engine for member in consortium.account().members] == ["enumerate", "enumerate"]
    assert [member.share for member in consortium.account().members] == [0.5, 0.5]
