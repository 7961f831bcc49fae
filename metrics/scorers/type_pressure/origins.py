"""Checks of types, attributed to the values they are about: one origin for each family of slots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from metrics.scorer import Site
from metrics.slots import Check, Slot, SlotModel

TYPE, CONVERSION, DISPATCH, MEMBER = "type", "conv", "dispatch", "member"
COMPARISON = "cmp"

FEWEST_CHECKS = 3
"""Fewer checks of one value are no pressure."""

PLAIN_TYPES = frozenset(
    """
    str bytes bytearray memoryview int float complex bool object type range slice property NoneType
    list tuple dict set frozenset deque OrderedDict defaultdict Counter UserDict UserList UserString
    Mapping MutableMapping Sequence MutableSequence Set MutableSet Iterable Iterator Collection Container Sized Hashable
    Callable Generator KeysView ValuesView ItemsView Awaitable Coroutine AsyncIterator AsyncIterable AsyncGenerator
    Number Integral Real Rational Complex Decimal Fraction
    Path PurePath PosixPath WindowsPath PathLike date datetime time timedelta tzinfo Enum UUID Pattern Match IOBase
    FunctionType MethodType BuiltinFunctionType LambdaType GeneratorType ModuleType CodeType
    string_types text_type binary_type integer_types unicode basestring long
    """.split()  # noqa: SIM905 - a list of ninety quoted names reads worse
)
"""Types of the language and its library: a value that may be one of them or something else has no type of its own."""
_OF_CLASS = ("method", "super")
"""Callees whose class is known stand third."""
_COPIES = frozenset({"list", "tuple", "set", "frozenset", "dict", "bool"})
"""Conversions that mostly copy, or ask for truth: half of what they found on three projects was noise."""
_QUESTIONS = ("hasattr", "callable", "except ")
_MAKING = frozenset({"__init__", "__new__", "__post_init__", "__call__"})
"""Special methods whose parameters are the program's own affair; the language hands values of any type to others."""


@dataclass(frozen=True)
class Share:
    """One check and the part of it that this origin causes, where several may be meant."""

    kind: str
    """`type`, `conv`, `dispatch` or `member`."""
    check: Check
    label: str
    """The types asked for, the converter, or the members of enumerations."""
    part: Fraction


@dataclass(frozen=True)
class Origin:
    """A family of slots, known by its least, and the checks that it causes, in the order of the text."""

    slot: Slot
    members: tuple[Slot, ...]
    shares: tuple[Share, ...]

    @property
    def functions(self) -> int:
        """How many functions check."""
        return len({share.check.function for share in self.shares})

    @property
    def weight(self) -> Fraction:
        """The number of checks, each with its part."""
        return sum((share.part for share in self.shares), Fraction(0))


def attribution(model: SlotModel) -> Attribution:
    """The attribution of this model's index, made once for all scorers."""
    found: Attribution = model.index.derived("types", lambda: Attribution(model))
    return found


class Attribution:
    """The origins of all checks of a tree."""

    def __init__(self, model: SlotModel) -> None:
        self._model = model
        self._coercers: dict[str, set[str]] = {}
        """The numbers of the coercers of files."""
        self._found: dict[Slot, list[Share]] = defaultdict(list)
        for kind, check, label in (*self._checks(), *self._coercer_calls()):
            homes = model.homes(check.slot)
            for home in homes:
                self._found[home].append(Share(kind, check, label, _part(len(homes))))

    def origins(self, *kinds: str) -> Iterator[Origin]:
        """Each origin with its checks of these kinds, in the order of slots, if they are enough to matter."""
        for home in sorted(home for home, shares in self._found.items() if len(shares) >= FEWEST_CHECKS):
            shares = [share for share in self._found[home] if share.kind in kinds]
            if len(shares) >= FEWEST_CHECKS:
                shares.sort(key=lambda share: (share.check.path, share.check.position))
                yield Origin(home, tuple(self._model.families.members(home)), tuple(shares))

    def _checks(self) -> Iterator[tuple[str, Check, str]]:
        model = self._model
        for check in model.checks(TYPE, CONVERSION, COMPARISON):
            function = model.function(check.function)
            if function is None or _is_protocol(function.name) or self._is_coercer(check.function):
                continue
            if check.kind == CONVERSION:
                if check.detail not in _COPIES:
                    yield CONVERSION, check, check.detail
            elif check.kind == COMPARISON:
                if members := [text for text in check.detail if _is_member(text)]:
                    yield MEMBER, check, " ".join(members)
            elif kind := self._kind(check):
                yield kind, check, " or ".join(check.detail)

    def _kind(self, check: Check) -> str:
        """Whether a check asks for a plain type, or for a class of this program."""
        if any(map(self._is_plain, check.detail)):
            return TYPE
        return DISPATCH if any(map(self._model.resolution.is_class, check.detail)) else ""

    def _is_plain(self, name: str) -> bool:
        is_type = name in PLAIN_TYPES and not self._model.resolution.is_class(name)
        return is_type or name.startswith(_QUESTIONS)

    def _is_coercer(self, key: str) -> bool:
        """Whether a function makes one type of several: what it asks is what it is for."""
        path, _, number = key.rpartition("#")
        if path not in self._coercers:
            coercers = self._model.files[path]["coercers"]
            self._coercers[path] = {str(own) for own, names in coercers if any(map(self._is_plain, names))}
        return number in self._coercers[path]

    def _coercer_calls(self) -> Iterator[tuple[str, Check, str]]:
        """Calls that hand a value to a coercer are conversions of it."""
        model = self._model
        for path, (callee, number, position, passed, _) in model.calls():
            name = callee[2] if callee[0] in _OF_CLASS else callee[1]
            if not passed or not isinstance(passed[0], tuple) or not model.is_coercing(name):
                continue
            function = model.resolution.callee(path, callee)
            key = f"{path}#{number}"
            if function is None or not self._is_coercer(function.key):
                continue
            if key not in model.functions or self._is_coercer(key):
                continue
            if slot := model.resolution.slot(path, passed[0]):
                yield CONVERSION, Check(CONVERSION, slot, path, position, key, function.name), function.name


@cache
def _part(count: int) -> Fraction:
    return Fraction(1, count)


def _is_member(text: str) -> bool:
    return text[:1].isalpha() and "'" not in text and '"' not in text


def _is_protocol(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in _MAKING


def settled(
    shares: Sequence[Share], members: Sequence[Slot], coercing: dict[str, frozenset[tuple[int, int]]]
) -> list[Share]:
    """The checks that remain when one function of the family may make its parameter the type that it works with."""
    known = set(members)
    boundary = ""
    kept = []
    for share in shares:
        check = share.check
        is_coercing = check.slot in known and check.position[:2] in coercing.get(check.path, ())
        if is_coercing and boundary in ("", check.function):
            boundary = check.function
        else:
            kept.append(share)
    return kept


def common_labels(shares: Sequence[Share]) -> list[str]:
    """What the checks ask for, most frequent first."""
    counts = Counter(share.label for share in shares)
    return sorted(counts, key=lambda label: (-counts[label], label))


def named_slot(model: SlotModel, origin: Origin) -> Slot:
    """The slot that stands for the family: the most checked of them."""
    direct = Counter(share.check.slot for share in origin.shares)
    return min(origin.members, key=lambda slot: (-direct[slot], model.identity(slot)))


def check_site(model: SlotModel, check: Check) -> Site:
    """Where a check stands."""
    return Site(check.path, check.position[0], check.position[2], model.symbol(check.path, check.function), "check")
