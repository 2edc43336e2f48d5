"""Text → Config."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from leakgate.config import formats
from leakgate.config.problems import Place, Problem, failure
from leakgate.config.values import (
    DEFAULT,
    DEFAULT_LIMITS,
    AcceptRule,
    Baseline,
    CommentMode,
    Config,
    CreepAction,
    CreepRule,
    Fallback,
    IgnoreRule,
    Limit,
    LimitChange,
    NoBaseline,
    StopSignal,
    StoreName,
    TestRule,
    with_changes,
)
from leakgate.dhat.profile import Metric, Mode
from leakgate.statistic import Statistic

if TYPE_CHECKING:
    from leakgate.config.document import Document, Path

_SHORT = {"t-gmax": Metric.T_GMAX_BYTES, "t-end": Metric.T_END_BYTES, "total": Metric.TOTAL_BYTES}


def decode(raw: bytes, source: str) -> str:
    """A config file's bytes as text; a byte order mark is dropped.

    Raises:
        ConfigError: They are not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        problem = Problem(place, f"the file is not UTF-8: byte 0x{raw[error.start]:02x}", "save it as UTF-8")
        raise failure(source, [problem]) from error


def parse(text: str, source: str, today: date) -> Config:
    """The config that `text` says; what it does not mention has its default.

    Args:
        text: leakgate.yml. An empty one is fine.
        source: What the file is called in messages.
        today: Decides which rules have expired.

    Raises:
        ConfigError: Something is wrong; all that is wrong is listed with its place.
    """
    document = _checked_document(text, source, None)
    if document.data is None:
        return replace(DEFAULT, source=source)
    data: Mapping[str, Any] = document.data
    limits = with_changes(DEFAULT_LIMITS, _limit_changes(data.get("limits", {})))
    config = Config(
        command=formats.command(data["command"]) if "command" in data else DEFAULT.command,
        load=formats.command(data["load"]) if "load" in data else DEFAULT.load,
        stop_signal=StopSignal(data.get("stop-signal", DEFAULT.stop_signal)),
        stop_grace=formats.duration(data["stop-grace"]) if "stop-grace" in data else DEFAULT.stop_grace,
        profiler=data.get("profiler", DEFAULT.profiler),
        rounds=formats.rounds(data.get("rounds", DEFAULT.rounds)),
        valgrind_mode=Mode(data.get("valgrind-mode", DEFAULT.valgrind_mode)),
        jobs=int(data.get("jobs", DEFAULT.jobs)),
        repeat=int(data.get("repeat", DEFAULT.repeat)),
        statistic=Statistic(data.get("statistic", DEFAULT.statistic)),
        confirm=int(data.get("confirm", DEFAULT.confirm)),
        time_limit=formats.duration(data["time-limit"]) if "time-limit" in data else DEFAULT.time_limit,
        limits=limits,
        tests=tuple(TestRule(rule["match"], _limit_changes(rule["limits"])) for rule in data.get("tests", ())),
        creep=_creep(data.get("creep", {})),
        ignore=tuple(_ignore_rule(rule) for rule in data.get("ignore", ())),
        accept=tuple(_accept_rule(rule, today) for rule in data.get("accept", ())),
        accept_label=data.get("accept-label", DEFAULT.accept_label).strip(),
        baseline=_baseline(data.get("baseline", {})),
        comment=CommentMode(data.get("comment", DEFAULT.comment)),
        no_baseline=NoBaseline(data.get("no-baseline", DEFAULT.no_baseline)),
        max_missing=formats.share(data.get("max-missing", DEFAULT.max_missing)),
        source=source,
    )
    _raise_if(source, [*_pointless(document, ("limits",), limits), *_expired(document, config.ignore, today)])
    return config


def with_limits(config: Config, text: str, source: str) -> Config:
    """`config` with other limits, given as the YAML that could stand below `limits:` in a config.

    They replace fields of the config's `limits`. Its rules for some tests still have the last word.

    Args:
        config: What is changed.
        text: YAML; an empty text changes nothing.
        source: What the text is called in messages.

    Raises:
        ConfigError: Something is wrong; all that is wrong is listed with its place.
    """
    document = _checked_document(text, source, "limits")
    if document.data is None:
        return config
    limits = with_changes(config.limits, _limit_changes(document.data))
    _raise_if(source, list(_pointless(document, (), limits)))
    return replace(config, limits=limits)


def _checked_document(text: str, source: str, definition: str | None) -> "Document":
    from leakgate.config.document import read_document  # noqa: PLC0415 - start-up time: these import ruamel.yaml,
    from leakgate.config.validate import validate  # noqa: PLC0415 - jsonschema, and most projects have no config

    document = read_document(text, source)
    problems = document.problems
    if document.data is not None:
        problems = [*problems, *validate(document, definition=definition)]
    _raise_if(source, problems)
    return document


def _raise_if(source: str, problems: list[Problem]) -> None:
    if problems:
        raise failure(source, problems)


def _metric(key: str) -> Metric:
    return _SHORT[key] if key in _SHORT else Metric(key)


def _limit_changes(data: Mapping[str, Mapping[str, Any]]) -> Mapping[Metric, LimitChange]:
    return {_metric(key): _limit_change(fields) for key, fields in data.items()}


def _limit_change(fields: Mapping[str, Any]) -> LimitChange:
    # The schema has kept units away from counts of blocks, so `size` reads both.
    ratio, warn_ratio = fields.get("ratio"), fields.get("warn-ratio")
    min_delta, maximum = fields.get("min-delta"), fields.get("max")
    return LimitChange(
        ratio=None if ratio is None else float(ratio),
        warn_ratio=None if warn_ratio is None else float(warn_ratio),
        min_delta=None if min_delta is None else formats.size(min_delta),
        maximum=None if maximum is None else formats.size(maximum),
    )


def _baseline(data: Mapping[str, Any]) -> Baseline:
    default = DEFAULT.baseline
    return Baseline(
        store=StoreName(data["store"]) if "store" in data else default.store,
        path=data.get("path", default.path),
        branch=data.get("branch", default.branch),
        branches=tuple(data.get("branches", default.branches)),
        fallback=Fallback(data.get("fallback", default.fallback)),
        keep=int(data.get("keep", default.keep)),
    )


def _creep(data: Mapping[str, Any]) -> CreepRule:
    last, action = data.get("last", DEFAULT.creep.last), data.get("action", DEFAULT.creep.action)
    return CreepRule(int(last), CreepAction(action))


def _ignore_rule(data: Mapping[str, str]) -> IgnoreRule:
    return IgnoreRule(
        frame=data.get("frame"),
        test=data.get("test"),
        reason=data["reason"].strip(),
        expires=formats.day(data["expires"]) if "expires" in data else None,
    )


def _accept_rule(data: Mapping[str, Any], today: date) -> AcceptRule:
    expires = formats.day(data["expires"])
    return AcceptRule(
        test=data["test"],
        up_to={_metric(key): formats.size(value) for key, value in data["up-to"].items()},
        reason=data["reason"].strip(),
        expires=expires,
        expired=expires < today,
    )


def _pointless(document: "Document", path: "Path", limits: Mapping[Metric, Limit]) -> Iterator[Problem]:
    """Limits for every test that can never be crossed, or whose warning can never be seen."""
    for key_path, place in document.keys.items():
        if key_path[:-1] != path:
            continue
        key = str(key_path[-1])
        limit = limits[_metric(key)]
        if limit.ratio is None and limit.warn_ratio is None and limit.maximum is None:
            yield Problem(place, f"`{key}` limits nothing: it has neither `ratio` nor `warn-ratio` nor `max`")
        if limit.ratio is not None and limit.warn_ratio is not None and limit.warn_ratio >= limit.ratio:
            yield Problem(
                place,
                f"`{key}` never warns: above its `warn-ratio` {limit.warn_ratio:g} it already fails, "
                f"because its `ratio` is {limit.ratio:g}",
                "the `warn-ratio` must be the smaller one",
            )


def _expired(document: "Document", rules: tuple[IgnoreRule, ...], today: date) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        if rule.expires is not None and rule.expires < today:
            what, days = rule.frame or rule.test, (today - rule.expires).days
            ago = f"{days} day{'' if days == 1 else 's'} ago"
            yield Problem(
                document.places["ignore", index, "expires"],
                f"`ignore[{index}]`, `{what}`, expired on {rule.expires}, {ago}",
                "remove the rule, or look at its reason again and give it a new date",
            )
