"""Names for a function that answers a question, from the condition that it returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.naming.nouns import annotation_words, callee, noun
from engine.naming.outline import Function
from engine.naming.roles import Proposal
from engine.naming.words import singular, split, vocabulary

ASKS = vocabulary(
    "is has can should was are needs contains matches starts ends exceeds accepts supports allows lacks wants uses "
    "must may will does equals"
)
_QUESTIONS = vocabulary("isinstance issubclass callable any all startswith endswith hasattr bool")
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
            yield from _joined(op, [list(_ask(value)) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield from ((score, negated(words)) for score, words in _ask(inner))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield from _compared(left, op, right)
        case ast.Compare(left=left, comparators=[middle, *_]):
            yield from ((7.5, ["is", *words, "in", "range"]) for words in [noun(middle) or noun(left)])
        case ast.Call():
            yield from _called(condition)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            yield from ((8.0, asked(words)) for words in [noun(condition)] if words)


def asked(words: list[str]) -> list[str]:
    """A question from the words for a truth value: `active` gives `is active`, `items` gives `has items`."""
    if words[0] in ASKS:
        return words
    return ["has" if singular(words[-1]) != words[-1] else "is", *words]


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


def _joined(op: ast.boolop, parts: list[list[Proposal]]) -> Iterator[Proposal]:
    best = [max(part, key=lambda proposal: proposal[0])[1] for part in parts if part]
    if len(best) > 1 and all(words[0] == best[0][0] for words in best):
        link = ["or"] if isinstance(op, ast.Or) else []
        cores = [word for at, words in enumerate(best) for word in (link if at else []) + words[1:]]
        if len(cores) <= _MOST_WORDS:
            yield 7.8, [best[0][0], *cores]
    elif len(best) == 2 and sum(map(len, best)) <= _MOST_WORDS:
        yield 6.0, [*best[0], "or" if isinstance(op, ast.Or) else "and", *best[1]]
    # In a conjunction each part narrows the question; the first one is what it is about.
    for at, part in enumerate(parts):
        yield from ((score - 1.0 - 0.4 * at, words) for score, words in part)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[Proposal]:
    subject, other = noun(left), noun(right)
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
            yield 7.0, ["is", "positive"]
        case ((ast.Gt() | ast.GtE()), _):
            yield 7.5, ["exceeds", *(other or ["limit"])]
            yield 6.0, ["is", *subject, "above", *other]
            yield 5.0, ["is", "large"]
        case _:
            yield 7.0, ["is", "below", *(other or ["limit"])]
            yield 6.0, ["is", *subject, "below", *other]
            yield 5.0, ["is", "small"]


def _contained(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[Proposal]:
    subject, other = noun(left), noun(right)
    proposals: list[Proposal] = []
    if isinstance(left, ast.Constant) and subject:
        proposals.append((8.0, ["has", *subject]))
    if isinstance(right, ast.Tuple | ast.Set | ast.List):
        values = [words for item in right.elts if (words := noun(item))]
        if 0 < len(values) <= 3 and sum(map(len, values)) <= 3:
            proposals.append((9.0, ["is", *_or(values)]))
        proposals.append((6.0, ["is", "known", *subject] if subject else ["is", "known"]))
    elif other:
        proposals.append((8.0, ["is", *other[:-1], singular(other[-1])]))
        proposals.append((6.5, ["is", "in", *other]))
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
