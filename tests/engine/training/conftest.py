import pytest

from engine.training.bundle import gather
from engine.training.corpus import Recipe, Source
from engine.training.tokenizer import learn

CODE = '''
LIMIT_{n} = {n}


def read_rows_{n}(path, limit={n}):
    """Read some rows."""
    rows = []
    with open(path) as lines:
        for line in lines:
            width = len(line.strip()) + {n}
            if width > limit and not line.isspace():
                rows.append(line)
    label = f"rows of {{path}}"
    print(label, LIMIT_{n})
    return rows[:LIMIT_{n}]


def is_wide_{n}(row, width):
    return len(row) > width and row is not None


class Table_{n}:
    def total_{n}(self, path):
        rows = read_rows_{n}(path, limit=3)
        self.count = len(rows)
        return sum(len(row) for row in rows) * {n}
'''


@pytest.fixture(scope="session")
def bundle():
    packages = {"shop": "1.0", "bank": "2.0", "mill": "3.0"}
    names = [*packages, "shop", "bank", "shop"]
    sources = [Source(name, f"{name}/part_{at}.py", CODE.replace("{n}", str(at + 2))) for at, name in enumerate(names)]
    vocabulary = learn([source.text for source in sources], vocabulary=420).to_str()
    return gather(sources, Recipe(packages, frozenset({"mill"}), ("MIT",)), vocabulary, seed=1)
