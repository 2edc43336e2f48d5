"""The ignore rules at work."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from leakgate.comparison.compare import SitePair, TestPair
from leakgate.comparison.result import IgnoredGrowth
from leakgate.config import IgnoreRule
from leakgate.dhat.profile import Metric


class IgnoreTally:
    """Applies the ignore rules and counts what each one hides, so that no rule hides anything in silence."""

    def __init__(self, rules: Sequence[IgnoreRule]) -> None:
        self._rules = rules
        self._tests: list[set[str]] = [set() for _ in rules]
        self._bytes = [0 for _ in rules]

    def ignores_test(self, pair: TestPair) -> bool:
        hits = [i for i, rule in enumerate(self._rules) if rule.test and fnmatchcase(pair.name, rule.test)]
        for i in hits:
            self._tests[i].add(pair.name)
            self._bytes[i] += pair.head.metrics.get(Metric.T_END_BYTES, 0) if pair.head else 0
        return bool(hits)

    def ignored_sites(self, pair: TestPair) -> list[SitePair]:
        if not any(rule.frame for rule in self._rules):
            return []
        ignored = []
        for site in pair.sites:
            hits = [
                i
                for i, rule in enumerate(self._rules)
                if rule.frame and any(fnmatchcase(name, rule.frame) for name in site.shown.chain)
            ]
            if hits:
                self._tests[hits[0]].add(pair.name)
                self._bytes[hits[0]] += site.head.counts.get(Metric.T_END_BYTES, 0) if site.head else 0
                ignored.append(site)
        return ignored

    def matched(self) -> tuple[IgnoredGrowth, ...]:
        return tuple(
            IgnoredGrowth(
                rule=rule.frame or rule.test or "",
                reason=rule.reason,
                expires=rule.expires.isoformat() if rule.expires else None,
                tests=len(tests),
                t_end_bytes=count,
            )
            for rule, tests, count in zip(self._rules, self._tests, self._bytes, strict=True)
            if tests
        )

    def unmatched(self) -> Iterable[str]:
        for rule, tests in zip(self._rules, self._tests, strict=True):
            if not tests:
                yield f"The ignore rule `{rule.frame or rule.test}` matched nothing in this run."
