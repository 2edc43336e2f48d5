"""The ignore rules at work."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from leakgate.comparison.compare import TestPair
from leakgate.comparison.matching import SitePair
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
        """The pairs that a frame rule leaves out, on both sides."""
        if not any(rule.frame for rule in self._rules):
            return []
        ignored = []
        for site in pair.sites:
            rule = next((i for i, rule in enumerate(self._rules) if rule.frame and _hides(rule.frame, site)), None)
            if rule is not None:
                self._tests[rule].add(pair.name)
                self._bytes[rule] += site.head_counts.get(Metric.T_END_BYTES, 0)
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
                what = rule.frame or rule.test
                yield f"The ignore rule `{what}` matched nothing in this run; it may be out of date."


def _hides(glob: str, pair: SitePair) -> bool:
    """Whether a rule takes the pair out, which it does on both sides or on neither: half of one would be growth.

    The rule comes with the head, and so do the names that it knows: a function that was renamed is judged by its
    new one. Where the pair is of several sites the rule has to be about each, as it must not hide more than it
    says. Only what is gone is judged by the baseline's names.
    """
    return all(
        any(fnmatchcase(name, glob) for name in (*site.chain, *site.names)) for site in pair.head or pair.base
    )
