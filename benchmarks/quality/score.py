"""The truth about a case, and what leakgate said of it → whether it was right. Nothing else knows these rules."""

import re
from collections.abc import Iterable, Sequence

from leakgate.comparison.result import Cause, MetricResult, Result, SiteResult, Status, TestResult
from leakgate.dhat.names import normalise_function
from quality.cases import Case, Regression, ZooError, case_of
from quality.outcome import UNKNOWN, Alarm, Found, Named, Outcome

_OF_A_TRAIT = re.compile(r"<(.+?) as .+>(?=::)")


def score(case: Case, result: Result) -> Outcome:
    """Hold what a check said of a case's tests against the truth.

    Args:
        case: The truth.
        result: Of a check; tests of other cases may be in it too.

    Raises:
        ZooError: The truth names a test that was not measured on both sides.
    """
    tests = {test.name: test for test in result.tests if case_of(test.name) == case.name}
    named = [*(one.test for one in case.regressions), *case.static_init]
    for name in named:
        if name not in tests or tests[name].status in {Status.NEW, Status.GONE}:
            raise ZooError(f"case `{case.name}` names the test `{name}`, which base and head do not both have")
    stated = {one.test for one in case.regressions}
    return Outcome(
        case=case.name,
        title=case.title,
        covers=case.covers,
        found=tuple(_found(one, tests[one.test], f"cases/{case.name}/") for one in case.regressions),
        alarms=alarms(Status.FAIL, (test for name, test in tests.items() if name not in stated)),
        warned=alarms(Status.WARN, (test for name, test in tests.items() if name not in stated)),
        excused=_excused(result) if case.static_init and case.rounds else None,
        miss=case.miss,
    )


def alarms(status: Status, tests: Iterable[TestResult]) -> tuple[Alarm, ...]:
    """The metrics with this status, of the tests that have it themselves."""
    return tuple(
        Alarm(test=test.name, metric=metric, base=judged.base, head=judged.head)
        for test in tests
        if test.status is status
        for metric, judged in test.metrics.items()
        if judged.status is status
    )


def same_function(one: str, other: str) -> bool:
    """Whether two spellings mean one function.

    As leakgate itself has it: closures are the function around them, generic arguments do not count. And
    `<T as Trait>::method` is `T::method`, which is how a reader would write it.
    """
    return _readable(one) == _readable(other)


def _found(truth: Regression, test: TestResult, directory: str) -> Found:
    judged: MetricResult | None = test.metrics.get(truth.metric)
    top = _top(test.sites) if test.status is Status.FAIL else None
    return Found(
        test=truth.test,
        metric=truth.metric,
        least=truth.least,
        most=truth.most,
        growth=judged.delta if judged else None,
        detected=test.status is Status.FAIL and judged is not None and judged.status is Status.FAIL,
        named=Named(function=top.function or "", file=top.file, line=top.line) if top else None,
        attributed=top is not None and _is_guilty(truth, top, directory),
        cause=_word(truth.cause),
        said=_word(top.cause) if top else UNKNOWN,
    )


def _top(sites: Sequence[SiteResult]) -> SiteResult | None:
    return next((site for site in sites if site.function is not None), None)


def _is_guilty(truth: Regression, site: SiteResult, directory: str) -> bool:
    """Whether the site is the stated function in the stated file, or another true answer in a file of the case."""
    function = site.function or ""
    if same_function(function, truth.function) and site.file == truth.file:
        return True
    in_the_case = site.file is not None and site.file.startswith(directory)
    return in_the_case and any(same_function(function, other) for other in truth.also)


def _word(cause: Cause | None) -> str:
    return UNKNOWN if cause is None else str(cause)


def _readable(function: str) -> str:
    return _OF_A_TRAIT.sub(r"\1", normalise_function(function))


def _excused(result: Result) -> bool:
    """Whether the check says that it left out a static's first use. Of which test it does not say."""
    return any(rule.rule == Cause.STATIC_INIT for rule in result.ignored)
