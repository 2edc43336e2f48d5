"""What leakgate.yml says, in words, and the rules in it that will soon have expired."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from leakgate import config as configuration
from leakgate.comparison.limits import describe
from leakgate.comparison.result import METRIC_NAMES
from leakgate.config import Config
from leakgate.doctor.report import Finding, Section, error, fine, info, warning
from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.reports.words import plural
from leakgate.request import Request, read_config

_SOON = 30
"""Days."""


def examine(request: Request, edges: Edges) -> tuple[Config, Section]:
    """The config that a check would use, and what there is to say of it.

    Where it cannot be used, the defaults stand in for it, with the command that was asked for.
    """
    try:
        config = read_config(request, edges)
    except UsageError as trouble:
        text = f"{trouble.where}: {trouble.what}" if trouble.where else trouble.what
        remedy = trouble.remedy or "`leakgate schema config` prints what it may say"
        fallback = replace(configuration.DEFAULT, command=request.command or configuration.DEFAULT.command)
        return fallback, Section(key="config", findings=(error("file", text, remedy, trouble.exit_code),))
    findings = (_file(config), _limits(config), *_expiring(config, edges.now.date()))
    return config, Section(key="config", findings=findings)


def _file(config: Config) -> Finding:
    if config.source is None:
        return info("file", "there is no leakgate.yml: the defaults hold (`leakgate init` writes one)")
    return fine("file", config.source)


def _limits(config: Config) -> Finding:
    said = {metric: describe(limit, metric.rpartition("-")[2]) for metric, limit in config.limits.items()}
    texts = [f"{METRIC_NAMES[metric]} {text}" for metric, text in said.items() if text is not None]
    rules = f"; {plural(len(config.tests), 'rule')} for some tests" if config.tests else ""
    return info("limits", "; ".join(texts) + rules)


def _expiring(config: Config, today: date) -> Iterator[Finding]:
    source = config.source or "leakgate.yml"
    dated = [
        *(
            (f"ignore[{number}]", rule.frame or rule.test, rule.expires)
            for number, rule in enumerate(config.ignore)
        ),
        *((f"accept[{number}]", rule.test, rule.expires) for number, rule in enumerate(config.accept)),
    ]
    for name, subject, expires in dated:
        if expires is None or (days := (expires - today).days) > _SOON:
            continue
        when = f"expires in {plural(days, 'day')}" if days >= 0 else f"expired {plural(-days, 'day')} ago"
        yield warning(
            "rules",
            f"`{name}` ({subject}) {when}, on {expires}",
            f"in {source}, remove it, or look at its reason again and give it a new `expires:`",
        )
