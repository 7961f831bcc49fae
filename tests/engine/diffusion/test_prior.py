from hypothesis import given
from hypothesis import strategies as st

from engine.diffusion.prior import prior

RANKED = st.lists(
    st.tuples(st.floats(0.1, 1.0), st.text("abc", min_size=1)), min_size=1, max_size=9, unique_by=lambda entry: entry[1]
)


@given(RANKED)
def test_a_later_or_less_sure_text_of_one_proposer_fits_worse(ranked):
    falling = sorted(ranked, reverse=True)
    fits = prior({"enumerate": falling})
    assert [fits[text] for _, text in falling] == sorted(fits.values(), reverse=True)


@given(RANKED, RANKED)
def test_a_second_proposer_only_speaks_for_a_text(one, other):
    alone, both = prior({"copy": one}), prior({"copy": one, "enumerate": other})
    assert set(both) == {text for _, text in [*one, *other]}
    assert all(both[text] >= alone[text] for text in alone)


def test_a_place_that_is_hardly_like_it_counts_less_than_what_the_code_suggests():
    fits = prior({"copy": [(0.2, "copied")], "enumerate": [(1.0, "suggested")]})
    assert fits["suggested"] > fits["copied"]
    assert prior({"copy": [(1.0, "copied")]})["copied"] > fits["suggested"]
