import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.result import Verdict
from leakgate.github.comment_state import Resolved, State

A, B, C, D = (letter * 40 for letter in "abcd")
COMMITS = st.text("0123456789abcdef", min_size=40, max_size=40)
STATES = st.builds(State, st.sampled_from(Verdict), COMMITS, st.none() | COMMITS, st.none() | COMMITS)


def history(*checks: tuple[Verdict, str]) -> State | None:
    state = None
    for verdict, head in checks:
        state = State.after(state, verdict, head)
    return state


@pytest.mark.parametrize(
    ("checks", "resolved"),
    [
        ([(Verdict.PASS, A), (Verdict.PASS, B)], None),
        ([(Verdict.FAIL, A)], None),
        ([(Verdict.FAIL, A), (Verdict.PASS, B)], Resolved(A, B)),
        ([(Verdict.FAIL, A), (Verdict.PASS, A)], Resolved(A, A)),
        ([(Verdict.ERROR, A), (Verdict.FAIL, B), (Verdict.PASS, C), (Verdict.PASS, D)], Resolved(A, C)),
        ([(Verdict.FAIL, A), (Verdict.PASS, B), (Verdict.FAIL, C)], None),
        ([(Verdict.FAIL, A), (Verdict.PASS, B), (Verdict.FAIL, C), (Verdict.PASS, D)], Resolved(C, D)),
        ([(Verdict.FAIL, A), (Verdict.INCOMPARABLE, B)], None),
        ([(Verdict.FAIL, A), (Verdict.NO_BASELINE, B), (Verdict.PASS, C)], Resolved(A, C)),
    ],
)
def test_only_a_pass_resolves_what_failed(checks: list[tuple[Verdict, str]], resolved: Resolved | None) -> None:
    state = history(*checks)
    assert state is not None
    assert state.resolved == resolved


@given(STATES)
def test_a_state_is_read_as_it_was_written(state: State) -> None:
    assert State.parse(str(state)) == state
    assert str(state).count("-->") == 1


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"<!-- leakgate:state verdict=fail head={A[:7]} -->",
        f"<!-- leakgate:state verdict=good head={A} -->",
        f"<!-- leakgate:state head={A} verdict=fail -->",
        f"<!-- leakgate:state verdict=fail head={A} --> <img>",
        f" <!-- leakgate:state verdict=fail head={A} -->",
        f"<!-- leakgate:state verdict=fail head={A} failed=x -->",
        f"<!-- leakgate:state verdict=fail head={A.upper()} -->",
    ],
)
def test_another_line_is_no_state(line: str) -> None:
    assert State.parse(line) is None
