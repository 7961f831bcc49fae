"""Names for a function that answers a question, from the condition that it returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.naming.nouns import annotation_words, callee, is_generic, noun
from engine.naming.outline import Function
from engine.naming.roles import Proposal
from engine.naming.words import VERBS, common, singular, snake, split, vocabulary

ASKS = vocabulary(
    "is has can should was are needs contains matches starts ends exceeds accepts supports allows lacks wants uses "
    "must may will does equals"
)
_QUESTIONS = vocabulary("isinstance issubclass callable any all startswith endswith hasattr bool")
_QUALITIES = ("ed", "able", "ible", "ing", "ive", "ous", "ful", "less", "only")
_SIGNS = {
    "\n": "newline", " ": "space", "\t": "tab", ",": "comma", ".": "dot", "/": "slash", "\\": "backslash",
    ":": "colon", ";": "semicolon", "-": "dash", "_": "underscore", "*": "wildcard", "@": "at", "=": "equals",
    "%": "percent", "'": "quote", '"': "quote", "#": "hash", "(": "parenthesis", "[": "bracket", "{": "brace",
}  # fmt: skip
_MOST_WORDS = 4


def conditions_of(function: Function) -> list[ast.expr]:
    """The conditions that a predicate decides by, the most telling first; none where no question is answered."""
    body = [statement for statement in function.body if not is_docstring(statement)]
    match body:
        case [ast.Return(value=ast.expr() as value)] if is_condition(value) or _is_annotated(function):
            return [value]
    nodes = [node for statement in body for node in ast.walk(statement)]
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    if not returned or not all(value is not None and is_condition(value) for value in returned):
        return []
    decided = [value for value in returned if value is not None and not isinstance(value, ast.Constant)]
    tests = [node for node in nodes if isinstance(node, ast.If)]
    positive = [node.test for node in tests if _returns(node, True)]
    negative = [ast.UnaryOp(ast.Not(), node.test) for node in tests if _returns(node, False)]
    return [*decided, *positive, *negative][:3]


def _returns(node: ast.If, value: bool) -> bool:
    match node.body[-1]:
        case ast.Return(value=ast.Constant(value=found)):
            return found is value
        case _:
            return False


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a bare string."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_condition(expression: ast.expr) -> bool:
    """Whether an expression's value can only be a truth value, or is an `and` or `or` of such."""
    match expression:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp(values=values):
            return any(is_condition(value) for value in values)
        case ast.Call():
            return callee(expression) in _QUESTIONS or any(word in ASKS for word in split(callee(expression))[:1])
        case ast.Constant(value=bool()):
            return True
        case _:
            return False


def _is_annotated(function: Function) -> bool:
    match function.returns:
        case ast.Name(id="bool") | ast.Constant(value="bool"):
            return True
        case ast.Subscript(value=ast.Name(id="TypeIs" | "TypeGuard") | ast.Attribute(attr="TypeIs" | "TypeGuard")):
            return True
        case _:
            return False


def predicate_names(condition: ast.expr) -> Iterator[Proposal]:
    """Words that ask what the condition tests, such as `is active`, `has no items`."""
    yield from ((score, words) for score, words in _ask(condition) if len(words) <= _MOST_WORDS + 1)


def _ask(condition: ast.expr) -> Iterator[Proposal]:
    match condition:
        case ast.BoolOp(op=op, values=values):
            yield from _joined(op, [list(_ask(value)) for value in _without_guards(values)])
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield from ((score, negated(words)) for score, words in _ask(inner))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield from _compared(left, op, right)
        case ast.Compare(left=left, comparators=[middle, *_]):
            yield from ((7.5, ["is", *words, "in", "range"]) for words in [noun(middle) or noun(left)])
        case ast.Call():
            yield from _called(condition)
        case ast.Subscript():
            # An entry of a mapping is what there is, where an attribute is what something is.
            yield from ((8.0, _had(words)) for words in [noun(condition)] if words)
        case ast.Name() | ast.Attribute():
            yield from ((8.0, asked(words)) for words in [noun(condition)] if words)


def asked(words: list[str]) -> list[str]:
    """A question from the words for a truth value: `active` gives `is active`, `items` gives `has items`."""
    if words[0] in ASKS:
        return words
    return ["has" if singular(words[-1]) != words[-1] else "is", *words]


def _had(words: list[str]) -> list[str]:
    """A question from the key of an entry: `border` gives `has border`, `preserve_space` gives `preserves space`."""
    if words[0] in VERBS and len(words) > 1:
        return [_third_person(words[0]), *words[1:]]
    is_quality = words[-1].endswith(_QUALITIES) or words[0] in ASKS
    return asked(words) if is_quality else ["has", *words]


def _third_person(verb: str) -> str:
    if verb.endswith("y") and verb[-2:-1] not in tuple("aeiou"):
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh")) else "s")


def negated(words: list[str]) -> list[str]:
    """The opposite question."""
    match words:
        case ["has", "no", *rest]:
            return ["has", *rest]
        case ["has", *rest]:
            return ["has", "no", *rest]
        case ["is", "not", *rest]:
            return ["is", *rest]
        case [verb, *rest] if verb in {"is", "can", "should", "was", "are", "must", "may", "will", "does"}:
            return [verb, "not", *rest]
        case _:
            return ["not", *words]


def _without_guards(values: list[ast.expr]) -> list[ast.expr]:
    """The operands without those that only make sure that another one can be asked."""
    dumps = [ast.dump(value) for value in values]
    inner = [{ast.dump(node) for node in ast.walk(value)} for value in values]
    asked_of_others = [
        any(dump in known for other, known in enumerate(inner) if other != at) for at, dump in enumerate(dumps)
    ]
    return [value for value, is_guard in zip(values, asked_of_others, strict=True) if not is_guard] or values


def _joined(op: ast.boolop, parts: list[list[Proposal]]) -> Iterator[Proposal]:
    best = [max(part, key=lambda proposal: proposal[0])[1] for part in parts if part]
    shared = common(snake(words[1:]) for words in best)
    if isinstance(op, ast.Or) and len(best) > 1 and shared and not any("no" in w or "not" in w for w in best):
        yield 8.5, ["has", "any", *shared]
    if len(best) > 1 and all(words[0] == best[0][0] for words in best):
        link = ["or"] if isinstance(op, ast.Or) else []
        cores = [word for at, words in enumerate(best) for word in (link if at else []) + words[1:]]
        if len(cores) <= _MOST_WORDS:
            yield 7.8, [best[0][0], *cores]
    elif _is_owner(op, best):
        yield 9.0, [*best[0], "with", *best[1][1:]]
    elif len(best) == 2 and sum(map(len, best)) <= _MOST_WORDS:
        yield 6.0, [*best[0], "or" if isinstance(op, ast.Or) else "and", *best[1]]
    # In a conjunction each part narrows the question; the first one that says what there is is what it is about.
    # One side of an `or` alone would be wrong, and one of what says both is less.
    less = 6.0 if _is_owner(op, best) else 3.0 if isinstance(op, ast.Or) else 1.0
    told = sorted(parts, key=_denies)
    for at, part in enumerate(told):
        lost = less + 0.4 * at + (2.5 if at and _denies(part) else 0.0)
        yield from ((score - lost, words) for score, words in part)


def _is_owner(op: ast.boolop, best: list[list[str]]) -> bool:
    """Whether the conditions are what something is and what it has."""
    kinds = [words[0] for words in best]
    fits = isinstance(op, ast.And) and kinds == ["is", "has"] and sum(map(len, best)) <= _MOST_WORDS + 1
    return fits and "no" not in best[1]


def _denies(part: list[Proposal]) -> bool:
    return all({"no", "not"} & {*words} for _, words in part)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[Proposal]:
    subject, other = noun(left), noun(right)
    # Which of its numbers is large, the name of an object does not say.
    vague = 0.0 if isinstance(left, ast.Name) else 4.0
    match op, right:
        case ((ast.Is() | ast.Eq() | ast.IsNot() | ast.NotEq()), ast.Constant(value=None)):
            words = ["has", "no", *subject[-2:]] if isinstance(op, ast.Is | ast.Eq) else ["has", *subject[-2:]]
            yield 8.0, words
            yield 6.5, ["is", *subject[-2:], "missing"] if "no" in words else ["is", *subject[-2:], "set"]
        case ((ast.Eq() | ast.Is() | ast.NotEq() | ast.IsNot()), _):
            words = ["is", *other] if _is_value(right) and other else ["has", "same", *(subject or other)]
            yield 8.0, words if isinstance(op, ast.Eq | ast.Is) else negated(words)
            if isinstance(right, ast.Constant) and right.value in (0, "", False):
                yield 7.5, ["is", *subject, "empty"]
            yield 5.0, ["matches", *(subject or other)]
        case ((ast.In() | ast.NotIn()), _):
            yield from _contained(left, op, right)
        case ((ast.Gt() | ast.GtE()), ast.Constant(value=0 | 1)):
            yield 7.5, ["has", *(subject[:-1] if subject[-1:] == ["count"] else subject)]
            yield 7.0 - vague, ["is", "positive"]
        case ((ast.Gt() | ast.GtE()), _):
            yield 7.5, ["exceeds", *(other or ["limit"])]
            yield 6.0, ["is", *subject, "above", *other]
            yield 5.0 - vague, ["is", "large"]
        case _:
            yield 7.0, ["is", "below", *(other or ["limit"])]
            yield 6.0, ["is", *subject, "below", *other]
            yield 5.0 - vague, ["is", "small"]


def _contained(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[Proposal]:
    subject, other = noun(left), noun(right)
    proposals: list[Proposal] = []
    sign = _SIGNS.get(left.value) if isinstance(left, ast.Constant) and isinstance(left.value, str) else None
    if sign is not None:
        proposals.append((8.5, ["has", sign]))
    elif isinstance(left, ast.Constant) and subject:
        proposals.append((8.0, ["has", *subject]))
    if isinstance(right, ast.Tuple | ast.Set | ast.List):
        values = [words for item in right.elts if (words := noun(item))]
        if 0 < len(values) <= 3 and sum(map(len, values)) <= 3:
            proposals.append((9.0, ["is", *_or(values)]))
        proposals.append((6.0, ["is", "known", *subject] if subject else ["is", "known"]))
    elif not is_generic(other):
        # That a field is a field tells nothing.
        told = 4.0 if subject[-1:] == [singular(other[-1])] else 8.0
        proposals.append((told, ["is", *other[:-1], singular(other[-1])]))
        proposals.append((8.5 if told < 8 else 6.5, ["is", "in", *other]))
    yield from ((score, negated(words) if isinstance(op, ast.NotIn) else words) for score, words in proposals)


def _or(values: list[list[str]]) -> list[str]:
    return [word for at, words in enumerate(values) for word in (["or"] if at else []) + words]


def _called(call: ast.Call) -> Iterator[Proposal]:
    name, words = callee(call), split(callee(call))
    match name, call.args:
        case "isinstance" | "issubclass", [_, ast.Tuple(elts=kinds)]:
            phrases = [annotation_words(kind) or noun(kind) for kind in kinds]
            if sum(map(len, phrases)) <= 3:
                yield 8.0, ["is", *_or(phrases)]
        case "isinstance" | "issubclass", [_, kind]:
            yield 8.5, ["is", *(annotation_words(kind) or noun(kind))]
        case "hasattr", [_, ast.Constant(value=str(attribute))]:
            yield 8.0, ["has", *split(attribute)]
        case (("startswith" | "endswith"), [argument]):
            yield 7.5, [name[: -len("with")], "with", *noun(argument)]
            yield 6.0, ["has", *noun(argument), "prefix" if name == "startswith" else "suffix"]
        case (("any" | "all" | "bool"), [ast.GeneratorExp(elt=inner) | inner]):
            yield from ((score - 0.5, found) for score, found in _ask(inner))
        case _ if words:
            yield 7.0, asked(words)


def _is_value(expression: ast.expr) -> bool:
    match expression:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper() or name[:1].isupper()
        case _:
            return False
