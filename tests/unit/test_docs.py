"""What the documentation prints can be copied: its workflows run, their inputs exist, its links lead somewhere."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + sorted(ROOT.glob("docs/**/*.md"))

ACTIONS = {"leakgate/leakgate": ROOT / "action.yml", "leakgate/leakgate/publish": ROOT / "publish/action.yml"}

ZIZMOR = Path(sys.executable).with_name("zizmor")
# The documentation writes tags, which a reader can tell apart, and says that they are to be replaced by commits.
TAGS_ARE_PINS = json.dumps(
    {"rules": {"unpinned-uses": {"config": {"policies": {"actions/*": "ref-pin", "leakgate/*": "ref-pin"}}}}}
)


@dataclass(frozen=True)
class Block:
    """A ```yaml block, and what it says."""

    page: Path
    line: int
    text: str
    value: Any

    @property
    def is_workflow(self) -> bool:
        return isinstance(self.value, dict) and {"on", "jobs"} <= self.value.keys()

    @property
    def steps(self) -> Iterator[Mapping[str, Any]]:
        """The steps of a workflow, or of a block that shows steps alone."""
        if self.is_workflow:
            for job in self.value["jobs"].values():
                yield from job["steps"]
        elif isinstance(self.value, list):
            yield from self.value

    def __str__(self) -> str:
        return f"{self.page.name}-{self.line}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"^```ya?ml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], YAML(typ="safe").load(found[1]))


WORKFLOWS = [block for block in blocks() if block.is_workflow]


def saved(tmp_path: Path) -> Path:
    """A repository that has every workflow of the documentation."""
    (tmp_path / ".git").mkdir()
    directory = tmp_path / ".github/workflows"
    directory.mkdir(parents=True)
    for block in WORKFLOWS:
        (directory / f"{block}.yml").write_text(block.text, encoding="utf-8")
    return tmp_path


def test_there_are_workflows_to_copy() -> None:
    assert {block.page.name for block in WORKFLOWS} >= {"README.md", "forks.md"}


@pytest.mark.parametrize("block", WORKFLOWS, ids=str)
def test_a_workflow_gives_no_right_that_it_does_not_name(block: Block) -> None:
    assert isinstance(block.value["permissions"], dict)


@pytest.mark.parametrize("block", WORKFLOWS, ids=str)
def test_a_workflow_that_may_write_for_others_checks_nothing_out(block: Block) -> None:
    assert "pull_request_target" not in block.value["on"]
    if "workflow_run" in block.value["on"]:
        assert [step["uses"].partition("@")[0] for step in block.steps] == ["leakgate/leakgate/publish"]


@pytest.mark.parametrize("block", [block for block in blocks() if [*block.steps]], ids=str)
def test_the_inputs_in_a_step_are_those_of_the_action(block: Block) -> None:
    for step in block.steps:
        action = ACTIONS.get(step.get("uses", "").partition("@")[0])
        if action is not None:
            inputs = YAML(typ="safe").load(action)["inputs"]
            assert step.get("with", {}).keys() <= inputs.keys()


def test_zizmor_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    repository = saved(tmp_path)
    config = tmp_path / "zizmor.yml"
    config.write_text(TAGS_ARE_PINS)
    done = subprocess.run(
        [ZIZMOR, "--offline", "--no-progress", "--config", config, repository / ".github/workflows"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


@pytest.mark.ci
def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    done = subprocess.run(["actionlint"], cwd=saved(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_inputs_and_outputs_of_the_second_stage_are_those_of_its_action() -> None:
    action = YAML(typ="safe").load(ACTIONS["leakgate/leakgate/publish"])
    page = (ROOT / "docs/forks.md").read_text(encoding="utf-8")
    table = page.partition("| input of `leakgate/leakgate/publish` | default |\n")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(action["inputs"])
    output = re.search(r"^Its output is `([\w-]+)`", page, re.MULTILINE)
    assert output is not None
    assert [output[1]] == list(action["outputs"])


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" not in target:
                yield page, target


@pytest.mark.parametrize(("page", "target"), [*links()], ids=lambda value: getattr(value, "name", value))
def test_a_link_leads_to_a_file_and_to_a_heading_in_it(page: Path, target: str) -> None:
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    assert file.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in anchors
