from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier

import pytest

from github_server import faults
from github_server.clock import Clock
from github_server.faults import Fault
from github_server.server import serve
from github_server.state import ACTIONS_BOT, READ_ONLY_BOT, GitHub, User
from leakgate.comparison.result import MetricResult, Result, Side, Status, TestResult, Verdict
from leakgate.config import CommentMode
from leakgate.dhat.profile import Metric
from leakgate.errors import ServiceError
from leakgate.github.client import connect
from leakgate.github.comment import MAX_BODY, Action, CommentOutcome, Draft, marker, post_draft, wants_comment
from leakgate.github.comment_state import Resolved
from leakgate.github.failures import ForbiddenError

ADA = User("ada", "User")
STRANGER = User("mallory", "User")
MARK = "<!-- leakgate:comment key=memory -->"
URL = "https://github.com/octo/store/pull/7#issuecomment-1001"
A, B, C = "a" * 40, "b" * 40, "c" * 40
FAILED_AT_A = f"{MARK}\n<!-- leakgate:state verdict=fail head={A} failed={A} -->\n"
COMMENTS = "/repos/octo/store/issues/7/comments"
COMMENT = "/repos/octo/store/issues/comments"


@dataclass
class Job:
    """A job on pull request 7, which posts with the workflow's token and has time."""

    github: GitHub
    clock: Clock = field(default_factory=Clock)

    def say(  # noqa: PLR0913 - what differs from test to test
        self,
        body: str,
        verdict: Verdict = Verdict.FAIL,
        *,
        head: str = A,
        key: str = "memory",
        token: str = "ghs_workflow",
        create: bool = True,
    ) -> CommentOutcome:
        def render(resolved: Resolved | None) -> str:
            return f"resolved {resolved.failed[:1]} {resolved.mended[:1]}\n{body}" if resolved else body

        with connect(self.github.url, token, patience=self.clock.patience()) as client:
            return post_draft(client, "octo/store", 7, Draft(verdict, head, render), key, create=create)

    def push(self, head: str) -> None:
        self.github.pulls[7].head_sha = head

    @property
    def bodies(self) -> list[str]:
        return [comment.body for comment in self.github.comments]


@pytest.fixture
def job() -> Iterator[Job]:
    with serve() as github:
        yield Job(github)


def test_one_comment_is_made_kept_and_brought_up_to_date(job: Job) -> None:
    assert job.say("grew\r\n") == CommentOutcome(URL, Action.CREATED)
    assert job.say("grew\n\n") == CommentOutcome(URL, Action.UNCHANGED)
    assert job.say("grew more") == CommentOutcome(URL, Action.UPDATED)
    assert job.bodies == [f"{FAILED_AT_A}grew more"]
    assert job.github.writes() == [f"POST {COMMENTS}", f"PATCH {COMMENT}/1001"]


def test_it_takes_three_requests_and_a_look_after_the_first_time(job: Job) -> None:
    look = ["GET /repos/octo/store/pulls/7", f"GET {COMMENTS}"]
    expected = [*look, f"POST {COMMENTS}", f"GET {COMMENTS}", *look, f"PATCH {COMMENT}/1001"]
    job.say("grew")
    job.say("grew more")
    assert [f"{said.method} {said.path}" for said in job.github.exchanges] == expected


def test_a_push_that_changes_nothing_edits_nothing(job: Job) -> None:
    for head in (A, B, C):
        job.push(head)
        job.say("grew", head=head)
    assert job.bodies == [f"{FAILED_AT_A}grew"]
    assert job.github.writes() == [f"POST {COMMENTS}"]


def test_a_failure_that_is_mended_is_called_resolved(job: Job) -> None:
    job.say("grew", Verdict.FAIL, head=A)
    job.push(B)
    job.say("healthy", Verdict.PASS, head=B)
    resolved = (
        f"{MARK}\n<!-- leakgate:state verdict=pass head={B} failed={A} mended={B} -->\nresolved a b\nhealthy"
    )
    assert job.bodies == [resolved]
    job.push(C)
    assert job.say("healthy", Verdict.PASS, head=C).action is Action.UNCHANGED
    assert job.say("grew again", Verdict.FAIL, head=C).action is Action.UPDATED
    assert job.bodies == [f"{MARK}\n<!-- leakgate:state verdict=fail head={C} failed={C} -->\ngrew again"]


def test_where_none_is_wanted_only_the_one_that_is_there_is_brought_up_to_date(job: Job) -> None:
    assert job.say("healthy", Verdict.PASS, create=False) == CommentOutcome("", Action.UNWANTED)
    assert job.bodies == []
    job.say("grew")
    assert job.say("healthy", Verdict.PASS, create=False).action is Action.UPDATED
    assert job.bodies == [
        f"{MARK}\n<!-- leakgate:state verdict=pass head={A} failed={A} mended={A} -->\nresolved a a\nhealthy"
    ]


def test_nothing_is_said_about_a_commit_that_is_no_longer_the_head(job: Job) -> None:
    job.say("grew", head=A)
    job.push(B)
    assert job.say("grew more", head=A) == CommentOutcome("", Action.OUTDATED)
    assert job.bodies == [f"{FAILED_AT_A}grew"]
    job.github.change_before("GET", "/pulls/7", lambda github: setattr(github.pulls[7], "head_sha", C))
    assert job.say("grew more", head=B) == CommentOutcome("", Action.OUTDATED)
    assert len(job.github.writes()) == 1


def test_each_job_has_its_own(job: Job) -> None:
    for key, body in (("linux", "linux"), ("macos", "macos"), ("linux", "linux again")):
        job.say(body, key=key)
    state = FAILED_AT_A.splitlines()[1]
    assert job.bodies == [f"{marker('linux')}\n{state}\nlinux again", f"{marker('macos')}\n{state}\nmacos"]


def test_a_pasted_marker_does_not_catch_the_comment(job: Job) -> None:
    job.github.add_comment(STRANGER, f"{MARK}\nall is well")
    job.github.add_comment(User("gitea-actions", "User"), f"{MARK}\nall is well")
    job.github.add_comment(ACTIONS_BOT, f"> {MARK}\nquoted by another bot")
    others = job.bodies
    assert job.say("grew").action is Action.CREATED
    assert job.say("grew more").action is Action.UPDATED
    assert job.bodies == [*others, f"{FAILED_AT_A}grew more"]


def test_a_persons_token_finds_its_own_comment(job: Job) -> None:
    job.github.tokens["ghp_person"] = ADA
    job.github.add_comment(STRANGER, f"{MARK}\nall is well")
    job.github.add_comment(User("other[bot]", "Bot"), f"{MARK}\nall is well")
    others = job.bodies
    assert job.say("grew", token="ghp_person").action is Action.CREATED
    assert job.say("grew more", token="ghp_person").action is Action.UPDATED
    assert job.bodies == [*others, f"{FAILED_AT_A}grew more"]


def test_an_apps_token_finds_the_apps_comment(job: Job) -> None:
    job.github.tokens["ghs_app"] = User("memory-gate[bot]", "Bot")
    job.github.add_comment(STRANGER, f"{MARK}\nall is well")
    assert job.say("grew", token="ghs_app").action is Action.CREATED
    assert job.say("grew", token="ghs_app").action is Action.UNCHANGED


def test_it_is_found_behind_five_hundred_others(job: Job) -> None:
    for number in range(250):
        job.github.add_comment(STRANGER, f"comment {number}")
    job.say("grew")
    for number in range(250):
        job.github.add_comment(STRANGER, f"{MARK}\ncomment {number}")
    assert job.say("grew more").action is Action.UPDATED
    assert len(job.github.comments) == 501
    assert job.github.comments[250].body == f"{FAILED_AT_A}grew more"


def test_what_a_race_has_left_becomes_one(job: Job) -> None:
    job.github.add_comment(STRANGER, f"{MARK}\nmine")
    for body in ("grew", "grew", "grew more"):
        job.github.add_comment(ACTIONS_BOT, f"{FAILED_AT_A}{body}")
    assert job.say("grew").action is Action.UNCHANGED
    assert [(comment.id, comment.body) for comment in job.github.comments] == [
        (1001, f"{MARK}\nmine"),
        (1002, f"{FAILED_AT_A}grew"),
    ]


def test_runs_that_start_at_once_leave_one(job: Job) -> None:
    all_have_looked = Barrier(8)

    def run(number: int) -> CommentOutcome:
        first = iter([all_have_looked.wait])

        def render(_: Resolved | None) -> str:
            for wait in first:
                wait()
            return f"grew {number}"

        with connect(job.github.url, "ghs_workflow", patience=Clock().patience()) as client:
            return post_draft(client, "octo/store", 7, Draft(Verdict.FAIL, A, render), "memory")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(run, range(8)))
    assert job.github.writes().count(f"POST {COMMENTS}") == 8
    assert [comment.id for comment in job.github.comments] == [1001]
    assert set(outcomes) == {CommentOutcome(URL, Action.CREATED)}


def test_a_duplicate_that_may_not_be_deleted_costs_nothing(job: Job) -> None:
    for _ in range(3):
        job.github.add_comment(ACTIONS_BOT, f"{FAILED_AT_A}grew")
    job.github.plan("DELETE", "/comments/1002", faults.NO_PERMISSION)
    assert job.say("grew more") == CommentOutcome(URL, Action.UPDATED)
    assert job.bodies == [f"{FAILED_AT_A}grew more", f"{FAILED_AT_A}grew", f"{FAILED_AT_A}grew"]


def test_a_comment_that_is_deleted_in_between_is_made_anew(job: Job) -> None:
    job.say("grew")
    job.github.change_before("PATCH", "/comments/1001", lambda github: github.comments.clear())
    assert job.say("grew more") == CommentOutcome(URL.replace("1001", "1002"), Action.CREATED)
    assert job.bodies == [f"{FAILED_AT_A}grew more"]


def test_a_comment_that_vanishes_again_and_again_is_given_up(job: Job) -> None:
    job.say("grew")
    job.github.plan("PATCH", "/comments/1001", *[Fault(faults.error(404, "Not Found"))] * 3)
    with pytest.raises(ServiceError, match="the comment on #7 is gone each time that it is changed"):
        job.say("grew more")


LOST_BUT_DONE = [
    pytest.param(faults.RESET_BUT_DONE, id="reset after"),
    pytest.param(faults.CUT, id="cut off"),
    pytest.param(faults.CUT_UNNOTICED, id="cut off without a sign"),
]
NOT_DONE = [
    pytest.param(faults.RESET, id="reset before"),
    pytest.param(faults.BAD_GATEWAY, id="502"),
    pytest.param(faults.SECONDARY_LIMIT, id="403 with a hint"),
    pytest.param(faults.SECONDARY_LIMIT_WITHOUT_HINT, id="403 without a hint"),
    pytest.param(faults.TOO_MANY, id="429 with a hint"),
    pytest.param(faults.TOO_MANY_WITHOUT_HINT, id="429 without a hint"),
]


@pytest.mark.parametrize("fault", LOST_BUT_DONE)
def test_a_comment_whose_making_was_not_heard_of_is_not_made_twice(job: Job, fault: Fault) -> None:
    job.github.plan("POST", "/comments", fault)
    assert job.say("grew") == CommentOutcome(URL, Action.CREATED)
    assert job.bodies == [f"{FAILED_AT_A}grew"]
    assert job.github.writes() == [f"POST {COMMENTS}"]


@pytest.mark.parametrize("fault", NOT_DONE)
def test_a_comment_that_was_not_made_is_made_in_the_next_attempt(job: Job, fault: Fault) -> None:
    job.github.plan("POST", "/comments", fault)
    assert job.say("grew") == CommentOutcome(URL, Action.CREATED)
    assert job.bodies == [f"{FAILED_AT_A}grew"]
    assert job.github.writes() == [f"POST {COMMENTS}"] * 2


@pytest.mark.parametrize("fault", [*LOST_BUT_DONE, *NOT_DONE])
def test_an_edit_is_repeated_until_it_is_done(job: Job, fault: Fault) -> None:
    job.say("grew")
    job.github.plan("PATCH", "/comments/1001", fault)
    assert job.say("grew more") == CommentOutcome(URL, Action.UPDATED)
    assert job.bodies == [f"{FAILED_AT_A}grew more"]
    assert job.github.writes() == [f"POST {COMMENTS}", *[f"PATCH {COMMENT}/1001"] * 2]


def test_what_another_job_has_made_while_the_answer_was_lost_is_brought_up_to_date(job: Job) -> None:
    lost = replace(faults.RESET, change=lambda: job.github.add_comment(ACTIONS_BOT, f"{FAILED_AT_A}older"))
    job.github.plan("POST", "/comments", lost)
    assert job.say("grew").url == URL
    assert job.bodies == [f"{FAILED_AT_A}grew"]


def test_a_token_without_the_right_to_write_is_told_from_throttling(job: Job) -> None:
    job.github.tokens["ghs_fork"] = READ_ONLY_BOT
    with pytest.raises(ForbiddenError, match="Resource not accessible by integration"):
        job.say("grew", token="ghs_fork")
    assert job.clock.slept == []
    assert job.github.writes() == [f"POST {COMMENTS}"]


def test_gitea_s_answers_will_do(job: Job) -> None:
    """Accounts have no type there, some are gone, and the runner's own has a number of its own."""
    comments = [
        {"id": 5, "html_url": "https://gitea.example/1", "body": f"{MARK}\nx", "user": None},
        {"id": 6, "html_url": "https://gitea.example/2", "body": f"{MARK}\nx", "user": {"id": 3, "login": "bob"}},
        {
            "id": 1001,
            "html_url": "https://gitea.example/3",
            "body": f"{FAILED_AT_A}grew\r\n",
            "user": {"id": -2, "login": "gitea-actions", "username": "gitea-actions", "email": "x@gitea.example"},
        },
    ]
    job.github.add_comment(ACTIONS_BOT, "x")
    job.github.plan("GET", "/comments", Fault(faults.Answer(200, comments)))
    job.github.plan("GET", "/user", Fault(faults.error(404, "user does not exist [uid: 0, name: ]")))
    edited = {"id": 1001, "html_url": "https://gitea.example/3", "body": "x", "user": comments[2]["user"]}
    job.github.plan("PATCH", "/comments/1001", Fault(faults.Answer(200, edited)))
    assert job.say("grew more") == CommentOutcome("https://gitea.example/3", Action.UPDATED)


@pytest.mark.parametrize("key", ["a --> <b>", "a/b: c", "ü", ""])
def test_no_key_ends_the_marker(key: str) -> None:
    assert marker(key).count("-->") == 1
    assert marker(key).endswith(" -->")
    assert marker("a b") != marker("a/b")


def test_a_name_that_is_not_utf8_does_not_cost_the_comment(job: Job) -> None:
    job.say("test \udcff")
    assert job.bodies == [f"{FAILED_AT_A}test ?"]


def test_what_github_would_refuse_is_not_sent(job: Job) -> None:
    with pytest.raises(ServiceError) as caught:
        job.say("x" * MAX_BODY)
    assert str(caught.value) == "the comment has 60,168 characters; at most 60,000 are posted"
    with pytest.raises(ServiceError, match="the checked commit has no full hash: 'main -->'"):
        job.say("x", head="main -->")
    assert job.github.writes() == []


def test_a_wrong_token_is_named_and_not_shown(job: Job) -> None:
    with pytest.raises(ServiceError, match=r"GitHub refused the token \(401 Bad credentials\)") as caught:
        job.say("grew", token="ghs_expired")
    assert "ghs_expired" not in str(caught.value)


def _result(verdict: Verdict, *statuses: Status) -> Result:
    metrics = {
        Metric.T_END_BYTES: MetricResult(
            base=0, head=0, delta=0, ratio=None, status=Status.PASS, grown=False, limit=None
        )
    }
    tests = tuple(
        TestResult(name=f"t{n}", status=status, units=("bytes", "blocks"), metrics=metrics, sites=())
        for n, status in enumerate(statuses)
    )
    return Result(verdict=verdict, base=None, head=Side(fingerprint={}), tests=tests)


@pytest.mark.parametrize(
    ("mode", "result", "wanted"),
    [
        (CommentMode.ALWAYS, _result(Verdict.PASS), True),
        (CommentMode.ON_CHANGE, _result(Verdict.PASS, Status.PASS, Status.IGNORED), False),
        (CommentMode.ON_CHANGE, _result(Verdict.PASS, Status.PASS, Status.NEW), True),
        (CommentMode.ON_CHANGE, _result(Verdict.PASS, Status.ACCEPTED), True),
        (CommentMode.ON_CHANGE, _result(Verdict.ERROR), True),
        (CommentMode.ON_FAILURE, _result(Verdict.PASS, Status.WARN), False),
        (CommentMode.ON_FAILURE, _result(Verdict.ERROR), True),
        (CommentMode.NEVER, _result(Verdict.FAIL), False),
    ],
)
def test_the_mode_says_whether_a_comment_is_made(mode: CommentMode, result: Result, *, wanted: bool) -> None:
    assert wants_comment(result, mode) is wanted
