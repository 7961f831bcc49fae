from engine.copying import Copy, copies
from engine.naming.legal import is_legal
from engine.protocol import Edit, Hole, HoleKind, Sketch

CODE = """
def load(path):
    with open(path) as lines:
        rows = [line.strip() for line in lines]
    return rows


def save(path, rows):
    with open(path) as lines:
        lines.write(rows)
    return rows


def count(path):
    with HOLE as lines:
        return len(lines)
"""


def texts_for(kind, opened, **fields):
    at = CODE.index("HOLE")
    code = CODE.replace("HOLE", opened)
    hole = Hole("hole0", kind, **fields)
    sketch = Sketch("evaluation", "", "", "", {"a.py": code}, (Edit("a.py", at, at + len(opened), (hole,)),))
    fills = list(Copy().fill(sketch, candidates=8, seed=0))
    assert all(is_legal(hole, fill.texts["hole0"]) for fill in fills)
    return [fill.texts["hole0"] for fill in fills]


def test_what_stands_between_the_same_words_comes_first():
    assert texts_for(HoleKind.EXPRESSION, "open(path)")[0] == "open(path)"


def test_names_are_words_of_the_file_and_never_the_holes_own_mark():
    found = texts_for(HoleKind.IDENTIFIER, "opened")
    assert {"lines", "path", "rows"} <= set(found)
    assert not any("hole0" in text for text in found)


def test_a_line_is_copied_whole():
    at = CODE.index("return len(lines)")
    hole = Hole("hole0", HoleKind.LINE)
    sketch = Sketch("evaluation", "", "", "", {"a.py": CODE.replace("HOLE", "open(path)")},
                    (Edit("a.py", at + 6, at + 6 + len("return len(lines)"), (hole,)),))  # fmt: skip
    assert "lines.write(rows)" in [fill.texts["hole0"] for fill in Copy().fill(sketch, candidates=8, seed=0)]


def test_a_closed_set_keeps_its_order_less_what_is_illegal():
    assert texts_for(HoleKind.EXPRESSION, "a", choices=("rows", "path", "lines"), taken=frozenset({"path"})) == [
        "rows",
        "lines",
    ]


def test_a_text_says_how_much_around_it_is_the_same():
    code = "x = load(path, text)\ny = load(path, text)\nz = HOLE\n"
    at = code.index("HOLE")
    hole = Hole("hole0", HoleKind.EXPRESSION)
    sketch = Sketch("evaluation", "", "", "", {"a.py": code}, (Edit("a.py", at, at + 4, (hole,)),))
    ranked = copies(sketch, hole)
    assert ranked[0][1] == "load(path, text)"
    assert all(0 < share <= 1 for share, _ in ranked)
