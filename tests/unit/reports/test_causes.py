"""The words for causes: true to the evidence, in good English, and never more certain than that."""

import pytest
from msgspec import structs

from leakgate.comparison.result import Cause, Evidence, Place, SiteResult
from leakgate.dhat.profile import Metric
from leakgate.reports.causes import explain, remedy

PEAK, END = Metric.T_GMAX_BLOCKS, Metric.T_END_BLOCKS
SITE = SiteResult(function="shop::serve", file="a", line=1, cause=None, base={}, head={}, delta={}, stack=())


def told(
    cause: Cause | None, evidence: Evidence | None = None, forgets: str | None = None, site: SiteResult = SITE
) -> str:
    found = structs.replace(site, cause=cause, evidence=evidence, forgets=forgets)
    return explain(found, lambda name: f"<{name}>", lambda place: f"{place.file}:{place.line}")


@pytest.mark.parametrize(
    ("cause", "metric", "alive", "allocated", "sentence"),
    [
        (
            Cause.UNFINISHED_TASK, PEAK, 40, 40,
            "Likely an unfinished task: all 40 tasks spawned at a:1 were alive at the peak.",
        ),
        (
            Cause.UNFINISHED_TASK, END, 1, 1,
            "Likely an unfinished task: the one task spawned at a:1 was alive at the end.",
        ),
        (
            Cause.UNFINISHED_TASK, PEAK, 1, 40,
            "Likely an unfinished task: 1 of the 40 tasks spawned at a:1 was alive at the peak.",
        ),
        (
            Cause.UNFINISHED_TASK, PEAK, 3, 0,
            "Likely an unfinished task: 3 tasks spawned at a:1 were alive at the peak.",
        ),
        (
            Cause.REFERENCE_CYCLE, END, 1000, 1000,
            "Likely a reference cycle: all 1,000 reference-counted blocks made at a:1 were alive at the end.",
        ),
        (
            Cause.UNBOUNDED_QUEUE, PEAK, 12, 30,
            "Likely an unbounded queue: 12 of the 30 blocks of the queue filled at a:1 were alive at the peak.",
        ),
        (
            Cause.GROWING_COLLECTION, PEAK, 1, 19,
            "Likely a growing collection: 1 of the 19 buffers allocated as it grew at a:1 was alive at the peak.",
        ),
        (
            Cause.DETACHED_THREAD, END, 12, 30,
            "Likely a detached thread: 12 of the 30 blocks of threads started at a:1 were alive at the end.",
        ),
        (
            Cause.LEAKED_RUNTIME, END, 7, 9,
            "Likely a leaked runtime: 7 of the 9 blocks of the runtime built at a:1 were alive at the end.",
        ),
        (
            Cause.STATIC_INIT, END, 1, 1,
            "Likely a static's initialiser: the one block made once in the process at a:1 was alive at the end.",
        ),
    ],
)  # fmt: skip
def test_the_evidence_is_a_sentence(
    cause: Cause, metric: Metric, alive: int, allocated: int, sentence: str
) -> None:
    assert told(cause, Evidence(metric=metric, alive=alive, allocated=allocated)) == sentence


def test_the_line_that_spawned_it_and_what_it_called_are_named() -> None:
    spawned = Place(function="shop::main", file="src/main.rs", line=3)
    evidence = Evidence(metric=PEAK, alive=2, allocated=2, at=spawned, through="tokio::spawn")
    assert "all 2 tasks spawned at src/main.rs:3 (by <tokio::spawn>) were" in told(Cause.UNFINISHED_TASK, evidence)


def test_a_place_without_a_file_is_its_function() -> None:
    evidence = Evidence(metric=PEAK, alive=2, allocated=2)
    nowhere = structs.replace(SITE, file=None, line=None)
    assert "spawned in <shop::serve> were" in told(Cause.UNFINISHED_TASK, evidence, site=nowhere)


def test_nothing_is_claimed_that_is_not_known() -> None:
    assert told(None) == "Cause unknown."
    assert remedy(SITE) is None
    assert told(Cause.UNFINISHED_TASK) == "Likely an unfinished task."


def test_what_forgets_is_named_with_a_cause_and_without() -> None:
    says = "the code there calls <Box::leak>, whose memory nothing frees by itself."
    assert told(None, forgets="Box::leak") == f"Cause unknown; {says}"
    assert told(Cause.LEAKED_RUNTIME, forgets="Box::leak") == f"Likely a leaked runtime. And {says}"


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_has_a_remedy_of_one_sentence(cause: Cause) -> None:
    said = remedy(structs.replace(SITE, cause=cause))
    assert said is not None
    assert said.startswith("Usual remedy: ")
    assert said.endswith(".")
    assert said.count(". ") == 0


def test_a_collection_that_stays_is_to_evict_and_one_that_goes_to_reserve() -> None:
    grows = structs.replace(SITE, cause=Cause.GROWING_COLLECTION)
    stays = structs.replace(grows, evidence=Evidence(metric=END, alive=1, allocated=9))
    held = structs.replace(grows, head={Metric.T_END_BYTES: 1})
    assert "evict" in (remedy(stays) or "")
    assert "evict" in (remedy(held) or "")
    assert "with_capacity" in (remedy(grows) or "")
