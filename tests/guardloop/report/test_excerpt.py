from __future__ import annotations

import time
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from guardloop.report.html.excerpt import MOST_LETTERS, MOST_LINES, Excerpt, compared, excerpt, lexed
from metrics.scorer import Site

CODE = st.text(alphabet="ab1 _\n\t\"'#\\()=rf", max_size=80)


def site(line: int, end_line: int) -> Site:
    return Site("a.py", line, end_line, "a:f")


def shown(one: Excerpt) -> list[tuple[int, str, bool]]:
    return [(line.number, "".join(token.text for token in line.tokens), line.context) for line in one.lines]


def marked(one: Excerpt) -> list[str]:
    return [token.text for line in one.lines for token in line.tokens if token.differs and token.text.strip()]


def excerpts(*sources: str) -> Sequence[Excerpt]:
    return compared([excerpt(site(1, source.count("\n") + 1), source) for source in sources])


@given(CODE)
def test_tokens_are_the_text_again_whatever_it_is(source: str) -> None:
    lines = ["".join(token.text for token in line) for line in lexed(source)]
    assert lines == source.split("\n")


def test_kinds_are_told_apart() -> None:
    (line,) = lexed("return 'if' + x  # while")
    kinds = {token.text: token.kind for token in line if token.text.strip()}
    assert (kinds["return"], kinds["x"], kinds["while"]) == ("keyword", "", "comment")
    assert kinds["if"] == "string"


def test_a_text_over_several_lines_stays_a_text() -> None:
    lines = lexed('x = """a\n  if\n"""\nif x: pass')
    assert [token.kind for token in lines[1] if token.text.strip()] == ["string"]
    assert lines[3][0].kind == "keyword"


def test_a_site_is_shown_with_its_numbers_and_without_shared_indentation() -> None:
    source = "def f():\n    if a:\n        b()\n        c()\n    d()\n    e()\n"
    assert shown(excerpt(site(2, 5), source)) == [
        (2, "if a:", False),
        (3, "    b()", False),
        (4, "    c()", False),
        (5, "d()", False),
    ]


def test_a_short_site_is_shown_with_the_lines_around_it() -> None:
    assert shown(excerpt(site(2, 2), "a\nb\nc\nd\ne")) == [
        (1, "a", True),
        (2, "b", False),
        (3, "c", True),
        (4, "d", True),
    ]


def test_a_long_site_is_cut_and_says_so() -> None:
    one = excerpt(site(1, 100), "\n".join(f"x{n}" for n in range(100)))
    assert len(one.lines) == MOST_LINES
    assert one.missing == 100 - MOST_LINES


@given(CODE, st.integers(-1, 20), st.integers(-1, 20))
def test_a_site_beyond_its_file_is_no_error(source: str, line: int, end_line: int) -> None:
    numbers = [number for number, _, _ in shown(excerpt(site(line, end_line), source))]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert 1 <= numbers[0] <= numbers[-1] <= source.count("\n") + 1


def test_lines_end_where_python_ends_them() -> None:
    assert shown(excerpt(site(2, 2), "a\x0cb\u2028c\r\nd\re"))[1] == (2, "d", False)


def test_what_differs_between_copies_is_marked_and_nothing_else() -> None:
    first, second, third = excerpts(
        "total = 0\nfor row in rows:\n    total += row.price\n",
        "total = 0\nfor item in rows:\n    total += item.price\n",
        "total = 0\nfor row in rows:\n    total += row.price\n",
    )
    assert marked(first) == ["row", "row"]
    assert marked(second) == ["item", "item"]
    assert marked(third) == []


def test_another_word_in_a_message_marks_that_word() -> None:
    first, second = excerpts('log("could not read the order")', 'log("could not read the invoice")')
    assert marked(first) == ["order"]
    assert marked(second) == ["invoice"]


def test_texts_with_nothing_in_common_are_not_marked_all_over() -> None:
    assert [marked(one) for one in excerpts("a = b", "while True: print(1, 2, 3)")] == [[], []]


def test_a_line_of_data_is_cut() -> None:
    (line,) = excerpt(site(1, 1), f"x = '{'a' * 10_000_000}'").lines
    assert len("".join(token.text for token in line.tokens)) == MOST_LETTERS


def test_long_lists_of_data_are_compared_in_bounded_time() -> None:
    rows = ["[" + "1, 2, " * 35 + "]"] * 40
    start = time.process_time()
    excerpts("\n".join(rows), "\n".join(reversed(["(1)", *rows])), "\n".join(row.replace("1", "2") for row in rows))
    assert time.process_time() - start < 5
