"""A function whose second copy costs more than a change may add."""

_BODY = """\
def {name}({rows}, limit):
    total = 0
    for row in {rows}:
        if row.price > limit:
            total += row.price * row.count
        else:
            total += row.price
    print("total", total, limit)
    return total
"""


def twin(name: str = "first", rows: str = "rows") -> str:
    """The function under this name, with this name for its first parameter."""
    return _BODY.format(name=name, rows=rows)


def twins(*names: str) -> str:
    """A module of functions of these names that all do the same."""
    return "\n\n".join(map(twin, names))
