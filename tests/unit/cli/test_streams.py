from pathlib import Path

import pytest

from leakgate.cli.streams import tell_github
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.output import OutputDirectory


def test_elsewhere_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    result = Result(verdict=Verdict.FAIL, base=None, head=Side(fingerprint={}), tests=())
    tell_github(result, OutputDirectory(tmp_path / "out"), None)
    assert tuple(capsys.readouterr()) == ("", "")
    assert list(tmp_path.iterdir()) == []
