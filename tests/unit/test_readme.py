"""The README is true: its sample is what the tool prints, its config parses, its commands and tables exist."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from factories import no_git
from leakgate import config, demo
from leakgate.cli import app
from leakgate.comparison.result import Verdict
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.git.checkout import Checkout
from leakgate.reports import markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(after: str, language: str) -> str:
    found = re.search(rf"{re.escape(after)}.*?```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def replayed(directory: Path) -> list[str]:
    said: list[str] = []
    edges = Edges(
        cwd=directory,
        root=directory,
        env={},
        git=Checkout(no_git),
        profilers={},
        progress=lambda _: None,
        note=said.append,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    demo.run(directory, edges, said.append)
    return said


@pytest.mark.parametrize("fault", demo.FAULTS)
def test_the_sample_comments_are_what_is_printed_today(fault: str) -> None:
    """`tests/recording.py` writes them anew."""
    sample = README.partition(f"<!-- sample: {fault} -->\n")[2].partition("<!-- end")[0]
    assert sample == markdown.render(demo.recorded(fault))


def test_the_sample_comment_is_what_the_demo_prints(tmp_path: Path) -> None:
    sample = README.partition(f"<!-- sample: {demo.FAULT} -->\n")[2].partition("<!-- end")[0]
    assert sample == next(text for text in replayed(tmp_path) if text.startswith("### "))


def test_the_demo_says_that_it_replays(tmp_path: Path) -> None:
    first, *_, last = replayed(tmp_path)
    assert (
        first == "There is no examples/s3-server here, so a RECORDED run is shown; nothing is built or measured."
    )
    assert "`s3_server::replica::Replica::replicate_in_background` at examples/s3-server/src/replica.rs:42" in last


def test_the_config_in_the_readme_is_valid() -> None:
    parsed = config.parse(block("## leakgate.yml", "yaml"), "README.md", date(2026, 11, 20))
    assert parsed.limits_for("s3-server::api upload")[Metric.T_END_BYTES].maximum == 0


def test_the_defaults_in_the_readme_are_those_of_the_code() -> None:
    gmax, end = (config.DEFAULT.limits[metric] for metric in (Metric.T_GMAX_BYTES, Metric.T_END_BYTES))
    assert (gmax.ratio, gmax.min_delta, end.ratio, end.min_delta) == (1.5, 4096, 1.5, 64)
    assert "t-gmax may grow 1.5× or by 4 KiB, t-end 1.5× or by 64 B" in README


def test_the_inputs_and_outputs_in_the_readme_are_those_of_the_action() -> None:
    action: Mapping[str, Mapping[str, object]] = YAML(typ="safe").load(ROOT / "action.yml")
    section = README.partition("## The action\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == list(action["inputs"])
    outputs = re.search(r"Outputs: (.*)\.", section)
    assert outputs is not None
    assert re.findall(r"`([\w-]+)`", outputs[1]) == list(action["outputs"])


def test_the_workflow_in_the_readme_asks_for_no_more_than_it_needs() -> None:
    workflow = YAML(typ="safe").load(block("<!-- workflow -->", "yaml"))
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["leakgate"]["permissions"] == {
        "contents": "write",
        "pull-requests": "write",
        "checks": "write",
    }
    steps = workflow["jobs"]["leakgate"]["steps"]
    assert [step["uses"].partition("@")[0] for step in steps] == ["actions/checkout", "leakgate/leakgate"]


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"^    leakgate (\w+)", README, re.MULTILINE))))
def test_every_verb_in_the_readme_exists(verb: str) -> None:
    done = CliRunner().invoke(app, [verb, "--help"])
    assert done.exit_code == 0, done.output


def test_every_verdict_is_explained() -> None:
    assert set(re.findall(r"^\| `([\w-]+)` \| .* \| \d \|$", README, re.MULTILINE)) == set(Verdict)
