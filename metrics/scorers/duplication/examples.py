"""What the rule costs, what it rewards, and which rewrites it sees through."""

from __future__ import annotations

from metrics.testing import Costs, Example, Refuses, Rewards

COPIED = """
    def load_users(folder, log):
        found = []
        for name in sorted(folder.names()):
            record = parse(folder.read(name))
            if record.valid and record.age > 18:
                found.append(record.key)
                log.write("users", name)
        return found

    def load_orders(place, log):
        result = []
        for entry in sorted(place.names()):
            item = parse(place.read(entry))
            if item.valid and item.age > 18:
                result.append(item.key)
                log.write("orders", entry)
        return result
"""
SHARED = """
    def load(folder, log, kind):
        found = []
        for name in sorted(folder.names()):
            record = parse(folder.read(name))
            if record.valid and record.age > 18:
                found.append(record.key)
                log.write(kind, name)
        return found

    def load_users(folder, log):
        return load(folder, log, "users")

    def load_orders(place, log):
        return load(place, log, "orders")
"""
WITH_A_STATEMENT_MORE = """
    def load_users(folder, log):
        found = []
        for name in sorted(folder.names()):
            record = parse(folder.read(name))
            if record.valid and record.age > 18:
                found.append(record.key)
                log.write("users", name)
        return found

    def load_orders(place, log):
        result = []
        for entry in sorted(place.names()):
            audit("orders")
            item = parse(place.read(entry))
            if item.valid and item.age > 18:
                result.append(item.key)
                log.write("orders", entry)
        return result
"""
SHORT = """
    def first(items):
        chosen = store.pick(items)
        chosen.check(items)
        chosen.mark("first", items)
        return chosen.value

    def second(things):
        one = store.pick(things, late=True)
        one.check(things)
        log.write(things)
        one.mark("second", things)
        return one.value
"""
IN_PIECES = """
    def begin_users(folder, log):
        found = []
        for name in sorted(folder.names()):
            record = parse(folder.read(name))
            keep_users(record, found, log, name)
        return found

    def keep_users(record, found, log, name):
        if record.valid and record.age > 18:
            found.append(record.key)
            log.write("users", name)

    def begin_orders(place, log):
        result = []
        for entry in sorted(place.names()):
            item = parse(place.read(entry))
            keep_orders(item, result, log, entry)
        return result

    def keep_orders(item, result, log, entry):
        if item.valid and item.age > 18:
            result.append(item.key)
            log.write("orders", entry)
"""
RENAMED = """
    def load_users(a, b):
        c = []
        for d in sorted(a.names()):
            e = parse(a.read(d))
            if e.valid and e.age > 18:
                c.append(e.key)
                b.write("people", d)
        return c

    def load_orders(place, log):
        result = []
        for entry in sorted(place.names()):
            item = parse(place.read(entry))
            if item.valid and item.age > 18:
                result.append(item.key)
                log.write("orders", entry)
        return result
"""
ALIKE_IN_FORM_ONLY = """
    def area(shape):
        width = shape.right - shape.left
        return width * shape.height

    def describe(user):
        return f"{user.name} <{user.mail}>"
"""


def _padded(code: str, idle: str) -> str:
    """The code with a statement that does nothing before every other one of its last function."""
    first, last = code.split("    def load_orders(place, log):\n")
    lines = [f"{line[: len(line) - len(line.lstrip())]}{idle}\n{line}" for line in last.splitlines() if line.strip()]
    return first + "    def load_orders(place, log):\n" + "\n".join(lines) + "\n"


EXAMPLES: tuple[Example, ...] = (
    Costs(ALIKE_IN_FORM_ONLY),
    Costs(SHARED),
    Costs(COPIED, {1: 32}),
    Costs(WITH_A_STATEMENT_MORE, {2: 19}),
    Costs(SHORT, {2: 6}),
    Costs(IN_PIECES, {1: 12, 9: 10}),
    Rewards(COPIED, SHARED),
    Rewards(WITH_A_STATEMENT_MORE, SHARED),
    Rewards(IN_PIECES, SHARED),
    Refuses(COPIED, RENAMED),
    *(Refuses(COPIED, _padded(COPIED, idle)) for idle in ("assert True", "_ = 0", "'text'", "...")),
    Refuses(COPIED, COPIED.replace("18", "min_age").replace('"orders"', "'o'")),
)
