"""Where the predicate can live: a member of the class, of the class of what it is asked about, or a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from engine.protocol import Hole, HoleKind
from guardloop.sketches.duplication.bindings import BUILTINS
from guardloop.sketches.duplication.classes import ANYTHING, Class
from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.names import COMPREHENSIONS, all_arguments, scope_names, stored
from guardloop.sketches.duplication.program import FUNCTIONS, Parsed, indentation
from guardloop.sketches.duplication.text import attached_start
from guardloop.sketches.reification_miss.predicate import Predicate
from guardloop.sketches.reification_miss.site import Site

NAME = "name"
_MOST_MODULES = 2
_MEMBERS_ARE_ITS_MEANING = frozenset({"Protocol", "TypedDict", "NamedTuple", "Enum", "Flag", "IntEnum", "StrEnum"})


@dataclass(frozen=True)
class Place:
    """Where the definition goes: into a class if there is an `owner`, else into a module; `name` is open."""

    file: Parsed
    owner: Class | None
    variant: str
    name: Hole
    is_property: bool = False
    is_class_method: bool = False
    subject: str = ""
    """The local name whose object's member it is; empty for a function."""


def places(predicate: Predicate, world: World) -> Iterator[tuple[Place, Predicate]]:
    """Every place that all uses can reach, best first; if there is none, one that most can, and only those uses."""
    if predicate.instance:
        yield from ((place, predicate) for place in _members(predicate, world))
        return
    yield from ((place, predicate) for place in _members_of_subject(predicate, world))
    if any(_has_private_names(use.site) and use.site.owner for use in predicate.uses):
        return
    found = list(_modules(predicate, world))
    yield from ((place, predicate) for place in found)
    if not found:
        yield from _partly_reachable(predicate, world)


def _members(predicate: Predicate, world: World) -> Iterator[Place]:
    """A member of the class that has all the methods, or of the nearest class that theirs derive from."""
    sites = [use.site for use in predicate.uses]
    owners = [world.classes.of(site.owner) for site in sites if site.owner]
    kinds = {site.is_on_class for site in sites}
    common = world.classes.common(owners) if len(owners) == len(sites) and len(kinds) == 1 else None
    if common is None or not _takes_members(common, world):
        return
    one = len(set(owners)) == 1
    if not one and any(_has_private_names(site) for site in sites):
        return
    hole = _hole(predicate, world, common, "_")
    owner = "" if one else f" of {common.name}"
    on_class = kinds == {True}
    method = Place(
        common.file, common, "class method" if on_class else f"method{owner}", hole, False, on_class, predicate.instance
    )
    if predicate.names or on_class or not _takes_properties(common, world):
        yield method
        return
    shown = Place(common.file, common, f"property{owner}", hole, True, False, predicate.instance)
    yield from (shown, method) if _has_properties(common.node) else (method, shown)


def _members_of_subject(predicate: Predicate, world: World) -> Iterator[Place]:
    """A member of the class that every use declares its only receiver to be."""
    if len(predicate.names) != 1 or any(_has_private_names(use.site) for use in predicate.uses):
        return
    name = predicate.names[0]
    classes = {_declared(use.site, predicate.passed(use, name), world) for use in predicate.uses}
    owner = classes.pop() if len(classes) == 1 else None
    if owner is None or not _takes_members(owner, world) or not _is_known(predicate, owner.file, world):
        return
    hole = _hole(predicate, world, owner, "")
    if _takes_properties(owner, world):
        yield Place(owner.file, owner, f"property of {owner.name}", hole, True, False, name)
    else:
        yield Place(owner.file, owner, f"method of {owner.name}", hole, False, False, name)


def _declared(site: Site, name: str, world: World) -> Class | None:
    """The class of the tree that a parameter is declared to be, and that is never bound again."""
    annotation = annotation_at(site, name)
    if annotation is None:
        return None
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = _parsed(annotation.value)
    found = (
        world.bindings.definition(site.file, annotation) if isinstance(annotation, (ast.Name, ast.Attribute)) else None
    )
    return world.classes.of(found[1]) if found and isinstance(found[1], ast.ClassDef) else None


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def annotation_at(site: Site, name: str) -> ast.expr | None:
    """How the function around declares a local name; nothing for one of a comprehension or an outer function."""
    for scope in site.file.enclosing(site.operands[0].node):
        if isinstance(scope, (ast.Lambda, *COMPREHENSIONS)) and name in scope_names(scope):
            return None
        if isinstance(scope, FUNCTIONS) and name in scope_names(scope):
            starred = (scope.args.vararg, scope.args.kwarg)
            declared = [a.annotation for a in all_arguments(scope.args) if a.arg == name and a not in starred]
            return declared[0] if declared and name not in stored(scope.body) else None
    return None


def _takes_members(owner: Class, world: World) -> bool:
    bases = {ast.unparse(base).split("[")[0].split(".")[-1] for base in owner.node.bases}
    is_open = owner.node.body[0].lineno > owner.node.lineno
    return is_open and not bases & _MEMBERS_ARE_ITS_MEANING and ANYTHING not in world.classes.descriptors


def _takes_properties(owner: Class, world: World) -> bool:
    """Whether an `AttributeError` inside a property stays one: nothing catches unknown names, all bases are known."""
    for one in world.classes.family(owner):
        if "__getattr__" in world.classes.defined(one):
            return False
        unknown = [base for base, found in zip(one.node.bases, world.classes.bases(one), strict=True) if found is None]
        if any(ast.unparse(base) not in ("object", "ABC", "abc.ABC") for base in unknown):
            return False
    return True


def _has_properties(node: ast.ClassDef) -> bool:
    methods = (method for method in node.body if isinstance(method, FUNCTIONS))
    return any(isinstance(d, ast.Name) and d.id == "property" for method in methods for d in method.decorator_list)


def _has_private_names(site: Site) -> bool:
    """Whether the literals read names that Python changes inside a class."""
    nodes = (node for operand in site.operands for node in ast.walk(operand.node))
    names = (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in nodes)
    return any(name.startswith("__") and not name.endswith("__") for name in names)


def _modules(predicate: Predicate, world: World) -> Iterator[Place]:
    """A function of the module that uses it most, or of another that all users can import."""
    ranked = _users(predicate)
    found = (world.program.file(home.path) for home in world.bindings.modules.homes(ranked))
    known = (file for file in found if file and _is_known(predicate, file, world))
    for count, file in enumerate(islice(known, min(len(ranked), _MOST_MODULES))):
        yield _function(predicate, file, world, "" if count else "module function")


def _users(predicate: Predicate) -> list[str]:
    """The files that use it, those with most uses first."""
    users = [use.site.file.path for use in predicate.uses]
    return sorted(dict.fromkeys(users), key=lambda path: (-users.count(path), path))


def _function(predicate: Predicate, file: Parsed, world: World, variant: str) -> Place:
    is_private = {file.path} == set(_users(predicate))
    hole = _hole(predicate, world, None, "_" if is_private else "", file)
    return Place(file, None, variant or f"function of {world.bindings.modules.name(file.path)}", hole)


def _partly_reachable(predicate: Predicate, world: World) -> Iterator[tuple[Place, Predicate]]:
    """The module that most uses can import, where circles of imports keep it from the others."""
    modules = world.bindings.modules
    best: tuple[Parsed, Predicate] | None = None
    for path in _users(predicate):
        file = world.program.file(path)
        if file and _is_known(predicate, file, world):
            uses = tuple(use for use in predicate.uses if modules.can_import(use.site.file.path, path))
            if len(uses) > (len(best[1].uses) if best else 1):
                best = file, replace(predicate, uses=uses)
    if best:
        file, asked = best
        yield _function(asked, file, world, ""), asked


def _is_known(predicate: Predicate, file: Parsed, world: World) -> bool:
    """Whether every name that the condition takes from its module means the same in this one."""
    like = predicate.like
    names = set(like.free) - like.locals
    bindings = world.bindings
    return all(
        bindings.meaning(file, name) == bindings.meaning(like.file, name)
        and (file is like.file or bindings.is_settled(like.file, name))
        for name in names
    )


def _hole(predicate: Predicate, world: World, owner: Class | None, prefix: str, home: Parsed | None = None) -> Hole:
    sites = [use.site for use in predicate.uses]
    taken, words = set(BUILTINS), 1
    if owner:
        owners = {owner, *(world.classes.of(site.owner) for site in sites if site.owner and predicate.instance)}
        taken |= world.classes.taken(owners) | _attributes(sites)
        words = 1 if world.classes.are_seen(owners) else 2
    else:
        taken |= world.bindings.taken({*(site.file for site in sites), *([home] if home else [])})
        taken |= {name for site in sites for name in (*site.locals, *site.free)}
    return Hole(NAME, HoleKind.HELPER_NAME, frozenset(taken), hints=_words(predicate), prefix=prefix, words=words)


def _attributes(sites: Sequence[Site]) -> set[str]:
    nodes = (node for site in sites for operand in site.operands for node in ast.walk(operand.node))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _words(predicate: Predicate) -> tuple[str, ...]:
    """The attributes and names that are tested, in the order of the text."""
    words = []
    for literal in predicate.like.order:
        core = predicate.like.operands[literal].core
        subject = core.left if isinstance(core, ast.Compare) else core.func if isinstance(core, ast.Call) else core
        if isinstance(subject, (ast.Attribute, ast.Name)):
            words.append(subject.attr if isinstance(subject, ast.Attribute) else subject.id)
    return tuple(dict.fromkeys(words))


def insertion(place: Place, predicate: Predicate) -> tuple[int, str, str]:
    """Where the definition goes, and what stands before and after it there; lines end in a line feed."""
    file = place.file
    sites = [use.site for use in predicate.uses if use.site.file is file]
    if place.owner:
        return _in_class(file, place.owner, [s for s in sites if s.owner is place.owner.node])
    if not sites:
        text = file.text
        return len(text), ("" if text.endswith("\n") else "\n") + ("\n\n" if text.strip() else ""), "\n"
    first = min(file.first_line(file.top_level(site.function)) for site in sites)
    line = attached_start(file, first)
    blank = sum(1 for _ in takewhile(lambda above: not file.line(above).strip(), range(line - 1, 0, -1)))
    missing = max(0, 2 - blank) if blank < line - 1 else 0
    return file.line_starts[line - 1], "\n" * missing, "\n\n\n"


def _in_class(file: Parsed, owner: Class, sites: Sequence[Site]) -> tuple[int, str, str]:
    """Before the first method that uses it, those of the same name together; else at the end of the class."""
    if not sites:
        last = owner.node.body[-1].end_lineno or 0
        return file.line_starts[last - 1] + len(file.line(last)), "\n\n", ""
    names = {site.method.name for site in sites if site.method}
    methods = [m for m in owner.node.body if isinstance(m, FUNCTIONS) and m.name in names]
    line = attached_start(file, min(map(file.first_line, methods)))
    return file.line_starts[line - 1], "", "\n\n"


def margin_of(place: Place) -> str:
    """The indentation of the definition."""
    return indentation(place.file.line(place.owner.node.body[0].lineno)) if place.owner else ""
