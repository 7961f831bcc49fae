from hypothesis import given, settings
from hypothesis import strategies as st

from engine.enumerate import Enumerate, combinations
from engine.naming.legal import is_legal
from engine.protocol import Hole, HoleKind
from engine.testing import sketch_of


def best(code, *holes):
    return dict(next(Enumerate().fill(sketch_of({"a.py": code}, *holes), candidates=1, seed=0)).texts)


def helper(**more):
    return Hole("helper", HoleKind.HELPER_NAME, **more)


def test_copies_that_share_words_give_them_to_the_helper():
    code = """
    def parse_user_row(row):
        return «helper»(row)

    def parse_order_row(row):
        return «helper»(row)

    def «helper»(row):
        return [part.strip() for part in row.split(",")]
    """
    hole = helper(hints=("parse_user_row", "parse_order_row"), prefix="_")
    assert best(code, hole) == {"helper": "_parse_row"}


def test_copies_of_one_name_give_it_to_the_helper():
    code = """
    class Circle:
        def to_dict(self):
            return «helper»(self)

    class Square:
        def to_dict(self):
            return «helper»(self)

    def «helper»(«p»):
        return dict(vars(«p»))
    """
    hole = helper(hints=("to_dict",), prefix="_", taken=frozenset({"to_dict"}))
    assert best(code, hole)["helper"] == "_to_dict"


def test_a_helper_is_named_after_what_its_callers_make_of_it():
    code = """
    def show(order):
        total = «helper»(order)
        print(total)

    def send(order):
        total = «helper»(order)
        return total * 2

    def «helper»(order):
        return sum(line.price for line in order.lines) - order.discount
    """
    assert best(code, helper(prefix="_")) == {"helper": "_compute_total"}


def test_a_predicate_asks_what_its_condition_tests():
    for condition, name in [
        ('node.kind == "comment"', "is_comment"),
        ("node.parent is None", "has_no_parent"),
        ("node.children is not None", "has_children"),
        ("isinstance(node, TextBlock)", "is_text_block"),
        ("node.visible and not node.hidden", "is_visible"),
        ('node.name in {"b", "strong"}', "is_b_or_strong"),
        ("node.size > node.limit", "exceeds_limit"),
        ("not node.items", "has_no_items"),
        ('node.text.startswith("draft")', "starts_with_draft"),
        ("name in KEYWORDS", "is_keyword"),
    ]:
        code = f"""
        def render(node, name):
            if «helper»(node, name):
                return ""

        def «helper»(node, name):
            return {condition}
        """
        assert best(code, helper()) == {"helper": name}


def test_a_parameter_is_named_after_what_all_callers_pass():
    code = """
    def draw(config):
        return «helper»(config.inner.width)

    def resize(window):
        return «helper»(window.width)

    def «helper»(«p»):
        return «p» + 2
    """
    assert best(code)["p"] == "width"


def test_a_parameter_is_named_after_where_it_goes():
    for use, name in [
        ("draw(width=«p»)", "width"),
        ("self.depth = «p»", "depth"),
        ("data[«p»]", "key"),
        ("raise ValueError(«p»)", "message"),
        ("text.split(«p»)", "separator"),
        ("open(«p»)", "path"),
        ("[«p» for _ in range(«p»)]", "count"),
    ]:
        code = f"""
        def one(self, data, text):
            «helper»(self, data, text, 1 + 2j)

        def «helper»(self, data, text, «p»):
            {use}
        """
        assert best(code)["p"] == name, use


def test_differing_literals_name_no_parameter():
    code = """
    def red(self):
        self.«helper»("red")

    def blue(self):
        self.«helper»("blue")

    def «helper»(self, «p»):
        self.ink(«p»)
    """
    assert best(code, helper(hints=("red", "blue")))["p"] not in {"red", "blue"}


def test_a_constant_is_written_in_capitals():
    code = """
    «c» = "%Y-%m-%d"

    def day(moment, date_format=«c»):
        return moment.strftime(date_format)
    """
    assert best(code, Hole("c", HoleKind.IDENTIFIER, prefix="_")) == {"c": "_DEFAULT_DATE_FORMAT"}


def test_a_class_is_written_in_camel_case():
    code = """
    class «base»:
        pass

    class HtmlWriter(«base»):
        pass

    class TextWriter(«base»):
        pass
    """
    assert best(code, Hole("base", HoleKind.IDENTIFIER))["base"] == "BaseWriter"


def test_placeholders_never_show_in_names():
    code = "def «helper»(«a», «b»):\n    «c» = «a»(«b»)\n    return [«c»[«b»] for «d» in «c»]\n"
    for fill in Enumerate().fill(sketch_of({"a.py": code}), candidates=30, seed=0):
        assert all(text.isascii() for text in fill.texts.values())


NAMES = st.from_regex(r"\A[a-z][a-z_]{0,11}\Z")


@settings(max_examples=60)
@given(st.lists(NAMES, min_size=1, max_size=3), st.sets(NAMES, max_size=6), st.sampled_from(["", "_"]))
def test_names_are_legal_whatever_the_hints_and_the_taken(hints, taken, prefix):
    hole = helper(hints=tuple(hints), taken=frozenset(taken), prefix=prefix)
    code = f"def {hints[0]}(x):\n    return «helper»(x, x.{hints[-1]})\n\ndef «helper»(x, «p»):\n    return x[«p»]\n"
    sketch = sketch_of({"a.py": code}, hole, Hole("p", HoleKind.PARAMETER, taken=frozenset(taken)))
    fills = list(Enumerate().fill(sketch, candidates=6, seed=0))
    assert len(fills) == 6
    for fill in fills:
        assert all(is_legal(each, fill.texts[each.name]) for each in sketch.holes)


SCORED = st.lists(
    st.tuples(st.integers(0, 9).map(float), st.sampled_from("abcdef")), min_size=1, max_size=4, unique_by=lambda x: x[1]
).map(lambda pairs: sorted(pairs, reverse=True))


@settings(max_examples=80)
@given(st.lists(SCORED, min_size=1, max_size=4))
def test_combinations_are_distinct_and_begin_with_the_best(lists):
    holes = [Hole(f"h{at}", HoleKind.PARAMETER) for at in range(len(lists))]
    ranked = {hole.name: options for hole, options in zip(holes, lists, strict=True)}
    found = list(combinations(holes, ranked))
    assert len({tuple(texts.values()) for texts in found}) == len(found)
    assert all(len(set(texts.values())) == len(texts) for texts in found)
    tops = [options[0][1] for options in lists]
    if len(set(tops)) == len(tops):
        assert list(found[0].values()) == tops
