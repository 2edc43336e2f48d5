"""The cases of the zoo: `case.toml` → the truth. tests/zoo/leaks/README.md is its format."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakgate.comparison.result import Cause
from leakgate.dhat.profile import Metric
from leakgate.sizes import SizeError, parse_size

TRUTH, PATCH = "case.toml", "head.patch"
"""What a case has beside its crate."""

_METRICS = {str(metric): metric for metric in (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)}
_CAUSES: Mapping[str, Cause | None] = {**{str(cause): cause for cause in Cause}, "unknown": None}


class ZooError(Exception):
    """The zoo is not as it has to be; the message says where and what."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A test that has to fail.

    Attributes:
        test: Its id.
        metric: What crosses its limit.
        least: Bytes; the growth is at least that.
        most: Bytes; it is at most that.
        function: The guilty one.
        file: Where that is, relative to the zoo.
        also: Other functions of the case that are as true an answer.
        cause: Why the memory is alive; None where no cause that leakgate knows is the truth.
    """

    test: str
    metric: Metric
    least: int
    most: int
    function: str
    file: str
    also: tuple[str, ...]
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Case:
    """A crate, a change of it, and the truth about that change.

    Attributes:
        name: Of its directory and its package.
        title: What the change does, in a line.
        covers: Which kind of change it stands for.
        regressions: The tests that have to fail; without any, nothing has grown.
        profile: The cargo profile that the head is measured in; None for that of the base.
        rounds: How often each test runs in a process; None for leakgate's default.
        static_init: Ids of tests that fill a static, and have to pass.
        miss: Why leakgate does not get this one right, where that is known; a sentence.
    """

    name: str
    title: str
    covers: str
    regressions: tuple[Regression, ...] = ()
    profile: str | None = None
    rounds: str | None = None
    static_init: tuple[str, ...] = ()
    miss: str | None = None

    @property
    def unchanged(self) -> bool:
        return not self.regressions


def read_all(zoo: Path) -> tuple[Case, ...]:
    """Every case, by name.

    Raises:
        ZooError: A case lacks a file, or says of itself what is not in the format.
    """
    return tuple(_read(directory) for directory in sorted((zoo / "cases").iterdir()) if directory.is_dir())


def case_of(test: str) -> str:
    """The case that a test id belongs to: the package at its start."""
    return test.partition(" ")[0].partition("::")[0]


def parse(name: str, text: str) -> Case:
    """The truth about the case of this name, from its `case.toml`.

    Raises:
        ZooError: It is not in the format.
    """
    where = f"cases/{name}/{TRUTH}"
    try:
        fields = _Fields(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise ZooError(f"{where}: {error}") from None
    title, covers, miss = fields.text("title"), fields.text("covers"), fields.optional("miss")
    if fields.flag("unchanged"):
        case = Case(
            name,
            title,
            covers,
            profile=fields.optional("profile", {"release"}),
            rounds=fields.optional("rounds", {"1"}),
            static_init=fields.texts("static-init"),
            miss=miss,
        )
    else:
        case = Case(name, title, covers, tuple(map(_regression, fields.tables("regression"))), miss=miss)
    fields.end()
    for test in (*(one.test for one in case.regressions), *case.static_init):
        if case_of(test) != name or " " not in test:
            raise ZooError(f"{where}: `{test}` is no test of this case; write `{name} <test>` or `{name}::…`")
    return case


def _read(directory: Path) -> Case:
    for needed in (TRUTH, PATCH, "Cargo.toml"):
        if not (directory / needed).is_file():
            raise ZooError(f"cases/{directory.name}: there is no {needed}")
    return parse(directory.name, (directory / TRUTH).read_text(encoding="utf-8"))


def _regression(fields: "_Fields") -> Regression:
    least, most = fields.size("least"), fields.size("most")
    if not 0 < least <= most:
        raise ZooError(f"{fields.where}: `least` is not between 0 B and `most`")
    regression = Regression(
        fields.text("test"),
        _METRICS[fields.text("metric", _METRICS)],
        least,
        most,
        fields.text("function"),
        fields.text("file"),
        fields.texts("also"),
        _CAUSES[fields.text("cause", _CAUSES)],
    )
    fields.end()
    return regression


class _Fields:
    """A table whose keys are taken one by one, so that what is left is known to be nobody's."""

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self.where = where
        self._left = dict(table)

    def text(self, key: str, choices: Mapping[str, object] | set[str] | None = None) -> str:
        value = self.optional(key, choices)
        if value is None:
            raise ZooError(f"{self.where}: there is no `{key}`")
        return value

    def optional(self, key: str, choices: Mapping[str, object] | set[str] | None = None) -> str | None:
        value = self._left.pop(key, None)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise ZooError(f"{self.where}: `{key}` is no text")
        if value is not None and choices is not None and value not in choices:
            known = ", ".join(choices)
            raise ZooError(f"{self.where}: `{key}` is `{value}`, which is none of: {known}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise ZooError(f"{self.where}: `{key}` is no list of texts")
        return tuple(values)

    def size(self, key: str) -> int:
        text = self.text(key)
        try:
            return parse_size(text)
        except SizeError as error:
            raise ZooError(f"{self.where}: `{key}`: `{text}` is {error}") from None

    def flag(self, key: str) -> bool:
        if key not in self._left:
            return False
        if self._left.pop(key) is not True:
            raise ZooError(f"{self.where}: `{key}` is `true` or left out")
        return True

    def tables(self, key: str) -> list["_Fields"]:
        """At least one: without any nothing would be stated."""
        tables = self._left.pop(key, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
            raise ZooError(f"{self.where}: it states neither a `[[{key}]]` nor `unchanged = true`")
        return [_Fields(table, f"{self.where}: {key} {number}") for number, table in enumerate(tables, 1)]

    def end(self) -> None:
        if self._left:
            raise ZooError(f"{self.where}: unknown here: {', '.join(f'`{key}`' for key in self._left)}")
