"""docs/accepting.md is true: its config parses, its workflow does what it says, its sample is what is printed."""

import re
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML

from gfm import page
from leakgate import config
from leakgate.config import ACCEPT_LABEL
from leakgate.dhat.profile import Metric

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/accepting.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_its_entry_is_a_config() -> None:
    (rule,) = config.parse(block("config"), "accepting.md", date(2026, 12, 31)).accept
    assert (rule.test, rule.up_to, rule.expired) == (
        "s3-server::api upload*",
        {Metric.T_GMAX_BYTES: 3 * 2**20},
        False,
    )


def test_it_names_the_label_that_is_the_default() -> None:
    assert f"a label named `{ACCEPT_LABEL}`" in PAGE


def test_its_workflow_runs_again_when_a_label_comes_or_goes() -> None:
    workflow = YAML(typ="safe").load(block("workflow"))
    types = workflow["on"]["pull_request"]["types"]
    assert {"labeled", "unlabeled"} <= set(types)
    assert {"opened", "synchronize", "reopened"} <= set(types)  # GitHub's own choice, which a list replaces
    assert "if" not in workflow["jobs"]["leakgate"]


def test_its_sample_is_what_a_comment_says() -> None:
    comment = (ROOT / "tests/unit/reports/expected/accepted.md").read_text(encoding="utf-8")
    said = page(comment).text.replace("\u2060", "")
    for line in block("sample").splitlines():
        assert line in said.splitlines()
