"""Growth that somebody agreed to: by an entry in the config, or by a label on the pull request."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from leakgate.comparison.compare import MetricPair, TestPair
from leakgate.comparison.limits import crossed_by_growth, exceeds_maximum
from leakgate.comparison.result import AcceptedGrowth, Status
from leakgate.config import AcceptRule, Config, Limit
from leakgate.dhat.profile import Metric
from leakgate.sizes import format_count


@dataclass(frozen=True, slots=True)
class LabelAcceptance:
    """A label that was on the pull request when it was checked.

    Attributes:
        label: Its name.
        by: Who put it there; None where that could not be found out.
    """

    label: str
    by: str | None = None


class AcceptTally:
    """Applies what was accepted and notes what each entry did, so that none stays on unseen."""

    def __init__(self, config: Config, label: LabelAcceptance | None) -> None:
        self._rules: Sequence[AcceptRule] = config.accept
        self._file = config.source or "leakgate.yml"
        self._label = label
        self._needed = [False for _ in self._rules]
        self._refused: list[str] = []
        self._accepted: list[AcceptedGrowth] = []

    @property
    def accepted(self) -> tuple[AcceptedGrowth, ...]:
        """What was accepted so far, by the name of the test."""
        return tuple(sorted(self._accepted, key=lambda growth: growth.test))

    def accepts(self, test: TestPair, metric: Metric, pair: MetricPair, limit: Limit) -> bool:
        """Whether somebody agreed to this value, which crossed `limit`.

        An entry covers `ratio` and `max` alike: it stands in the file that they stand in, and names a ceiling of
        its own. The label names none, so it covers growth alone.
        """
        if pair.head is None:
            return False
        for index, rule in self._rules_for(test.name, metric):
            self._needed[index] = True
            if pair.head <= rule.up_to[metric]:
                self._accepted.append(
                    AcceptedGrowth(
                        test=test.name,
                        metric=metric,
                        value=pair.head,
                        source=self._file,
                        up_to=rule.up_to[metric],
                        reason=rule.reason,
                        expires=rule.expires.isoformat(),
                    )
                )
                return True
        if self._label is None or crossed_by_growth(limit, pair) is Status.PASS:
            return False
        if exceeds_maximum(limit, pair):
            self._refused.append(test.name)
            return False
        self._accepted.append(
            AcceptedGrowth(
                test=test.name,
                metric=metric,
                value=pair.head,
                source="label",
                label=self._label.label,
                by=self._label.by,
            )
        )
        return True

    def ceiling(self, test: TestPair, metric: Metric) -> str | None:
        """In words the most that the entries accept for this test, None where none does."""
        values = [rule.up_to[metric] for _, rule in self._rules_for(test.name, metric)]
        unit = test.units[metric.endswith("-blocks")]
        return f"accepted up to {format_count(max(values), unit)}" if values else None

    def notes(self, measured: Collection[str], *, comparable: bool) -> Iterable[str]:
        """Entries that are of no use any more, and what the label could not do.

        Args:
            measured: The tests of this run, also those that failed.
            comparable: Whether growth was judged; if not, no entry can be seen to be superfluous.
        """
        for rule, needed in zip(self._rules, self._needed, strict=True):
            where = f"The entry for `{rule.test}` under `accept`"
            if rule.expired:
                yield f"{where} expired on {rule.expires} and has no effect: remove it, or give it a new date."
            elif measured and not any(fnmatchcase(name, rule.test) for name in measured):
                yield f"{where} matched no test of this run. If there is no such test any more, it can be removed."
            elif measured and comparable and not needed:
                yield f"{where} accepted nothing: what it is for is within its ordinary limits. It can be removed."
        if self._refused and self._label is not None:
            others = f" and {len(self._refused) - 1} more" if len(self._refused) > 1 else ""
            yield (
                f"The label `{self._label.label}` accepts growth, but nothing that is over a `max`: "
                f"`{self._refused[0]}`{others}. Raise the `max`, or add an entry under `accept`."
            )

    def _rules_for(self, test: str, metric: Metric) -> Iterable[tuple[int, AcceptRule]]:
        for index, rule in enumerate(self._rules):
            if not rule.expired and metric in rule.up_to and fnmatchcase(test, rule.test):
                yield index, rule
