"""A suite in several jobs, as docs/shards.md prints the workflow: act runs the matrix and the job that joins it.

Needs what `test_action.py` needs.
"""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from act import Run
from forge import Forge, block, workflow
from gfm import page
from github_server.server import serve
from github_server.state import READ_ONLY_BOT, Pull

pytestmark = pytest.mark.ci

LIB = """\
pub fn page(bytes: usize) -> Vec<u8> {
    vec![0; bytes]
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps_a_page() {
        std::mem::forget(super::page(1000));
    }
}
"""
LEAK = LIB.replace("1000", "50_000")
PACKAGES = ("index", "store", "server")


def workspace(root: Path) -> None:
    """The packages that the workflow names."""
    (root / "Cargo.toml").write_text(f'[workspace]\nmembers = {[*PACKAGES]}\nresolver = "2"\n')
    for package in PACKAGES:
        (root / package / "src").mkdir(parents=True)
        (root / package / "src/lib.rs").write_text(LIB)
        (root / package / "Cargo.toml").write_text(
            f'[package]\nname = "{package}"\nversion = "0.1.0"\nedition = "2021"\n'
        )


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with serve() as github:
        forge = Forge(github, tmp_path_factory.mktemp("shards"))
        forge.start(workspace, **{"memory.yml": workflow("shards.md"), "comment.yml": workflow("forks.md")})
        yield forge


def shards(run: Run) -> list[int]:
    """Whether each of the jobs that measure was green (0) or red (1)."""
    return [run.job("shards", package=package).exit_code for package in PACKAGES]


def outcome(run: Run) -> tuple[int, str | None]:
    """Of the job that joins them."""
    joined = run.job("leakgate")
    return joined.exit_code, joined.verdict


def uploaded(forge: Forge) -> list[str]:
    return sorted(file.stem for file in forge.uploaded.iterdir())


def text(comment: str) -> str:
    """What people read of it."""
    return page(comment).text.replace("\u2060", "")


PARTS = ["leakgate-part-shards-1-of-3", "leakgate-part-shards-2-of-3", "leakgate-part-shards-3-of-3"]


def test_the_story(forge: Forge) -> None:
    """One test, because each step is what the next one finds."""
    # A push: three jobs measure, one saves the one baseline of them all.
    pushed = forge.push()
    assert (shards(pushed), outcome(pushed)) == ([0, 0, 0], (0, "no-baseline"))
    assert uploaded(forge) == PARTS
    assert forge.origin.git("rev-list", "--count", "leakgate-baselines") == "1"

    # A pull request that leaks in one package: one comment and one check run, from the job that joins.
    forge.commit_to_pull_request("Keep more", **{"store/src/lib.rs": LEAK})
    leaking = forge.pull_request()
    assert (shards(leaking), outcome(leaking)) == ([0, 0, 0], (1, "fail"))
    [comment] = forge.github.comments
    assert comment.body.startswith("<!-- leakgate:comment key=leakgate -->\n")
    assert "1 of 3 tests crossed a memory limit" in comment.body
    assert "store::page (store/src/lib.rs:2)" in page(comment.body).text
    assert '/store/src/lib.rs#L2">store/src/lib.rs:2</a>' in comment.body
    assert forge.asked == [
        "POST /check-runs",
        "GET /pulls/7",
        "GET /issues/7/comments",
        "POST /issues/7/comments",
        "GET /issues/7/comments",
        "PATCH /check-runs/3002",
    ]

    # A shard that does not compile leaves no part, and is missed; one whose test fails leaves it, and says so.
    wrong = {
        "index/src/lib.rs": LIB.replace("std::mem::forget", "assert!(false); drop"),
        "server/src/lib.rs": "fn",
    }
    forge.commit_to_pull_request("Half done", **{"store/src/lib.rs": LIB}, **wrong)
    broken = forge.pull_request()
    assert (shards(broken), outcome(broken)) == ([1, 0, 1], (1, "error"))
    assert uploaded(forge) == PARTS[:2]
    [comment] = forge.github.comments
    assert "Shard 3 of 3 is missing" in text(comment.body)
    assert "Shard 1 of 3: 1 test failed." in text(comment.body)
    [*_, check_run] = forge.github.check_runs
    assert check_run.fields["conclusion"] == "failure"

    # All is well again, and nothing but the push has saved a baseline.
    forge.commit_to_pull_request("Mended", **{"index/src/lib.rs": LIB, "server/src/lib.rs": LIB})
    mended = forge.pull_request()
    assert (shards(mended), outcome(mended)) == ([0, 0, 0], (0, "pass"))
    assert forge.origin.git("rev-list", "--count", "leakgate-baselines") == "1"


def test_a_fork_is_commented_on_by_the_second_stage_which_takes_no_part_for_a_result(forge: Forge) -> None:
    forge.github.pulls[7] = Pull(7, head_repository="mallory/store")
    forge.github.tokens["ghs_fork"] = READ_ONLY_BOT
    forge.commit_to_pull_request("From a fork", **{"store/src/lib.rs": LEAK})
    forked = forge.pull_request("ghs_fork")
    assert (shards(forked), outcome(forked)) == ([0, 0, 0], (1, "fail"))
    assert forge.github.comments == []
    assert uploaded(forge) == [*PARTS, "leakgate-result-leakgate"]

    posted = forge.second_stage("failure")
    assert posted.exit_code == 0
    [comment] = forge.github.comments
    assert "store/src/lib.rs" in comment.body


def partitioned() -> str:
    """The workflow with what the page prints for nextest in the place of the packages."""
    yaml = YAML(typ="safe")
    whole, matrix, step = (
        yaml.load(block("shards.md", begin))
        for begin in ("name: ", "strategy:", r"- uses: leakgate/leakgate@v0\n  with:\n    command: cargo nextest")
    )
    job = whole["jobs"]["shards"]
    job["strategy"] = matrix["strategy"]
    job["steps"][-1:] = step
    text = io.StringIO()
    yaml.dump(whole, text)
    return text.getvalue()


def of_many_tests(root: Path) -> None:
    """Enough of them for each partition to have one."""
    workspace(root)
    tests = "".join(f"#[test] fn page_{n}() {{ drop(store::page({n})); }}\n" for n in range(1, 13))
    (root / "store/tests").mkdir()
    (root / "store/tests/many.rs").write_text(tests)


def test_nextests_partitions_are_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cargo-nextest").symlink_to(Path(sys.executable).with_name("cargo-nextest"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with serve() as github:
        forge = Forge(github, tmp_path / "forge")
        forge.start(of_many_tests, **{"memory.yml": partitioned()})
        joined = forge.push().job("leakgate")
    assert (joined.exit_code, joined.verdict) == (0, "no-baseline")
    assert uploaded(forge) == [f"leakgate-part-shards-{part}-of-4" for part in (1, 2, 3, 4)]
    assert "15 tests measured" in joined.summary
    assert "leakgate check -- cargo nextest run --workspace --no-fail-fast" in joined.summary
