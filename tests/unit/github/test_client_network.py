"""The client over real connections: what a mocked transport cannot show."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest

from github_server import faults
from github_server.clock import Clock
from github_server.faults import Fault
from github_server.server import serve
from github_server.state import Artifact, GitHub, WorkflowRun
from leakgate.errors import ServiceError
from leakgate.github.client import GitHubClient, connect
from leakgate.github.patience import Patience

PULL = "/repos/octo/store/pulls/7"
ZIP = "/repos/octo/store/actions/artifacts/31/zip"
A = "a" * 40
IMPATIENT = Patience(attempts=3, request=0.3, silence=0.3, sleep=lambda _: None)
"""Waits for nobody, but by the real clock."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as github:
        github.runs.append(WorkflowRun(21, A))
        github.artifacts.append(Artifact(31, 21, "leakgate", b"PK" * 500))
        yield github


@contextmanager
def client(github: GitHub, patience: Patience | None = None) -> Iterator[GitHubClient]:
    with connect(github.url, "ghs_workflow", patience=patience or Clock().patience()) as client:
        yield client


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.RESET, id="reset"),
        pytest.param(faults.CUT, id="cut off"),
        pytest.param(faults.CUT_UNNOTICED, id="cut off without a sign"),
        pytest.param(faults.BAD_GATEWAY, id="502"),
        pytest.param(faults.SECONDARY_LIMIT, id="403 with a hint"),
        pytest.param(faults.SECONDARY_LIMIT_WITHOUT_HINT, id="403 without a hint"),
        pytest.param(faults.TOO_MANY, id="429 with a hint"),
        pytest.param(faults.TOO_MANY_WITHOUT_HINT, id="429 without a hint"),
        pytest.param(faults.used_up(time.time() + 30), id="the hour's limit"),
    ],
)
def test_what_passes_is_overcome(github: GitHub, fault: Fault) -> None:
    github.plan("GET", "/pulls/7", fault)
    with client(github) as connected:
        assert connected.get(PULL, dict[str, object])["number"] == 7
    assert len(github.exchanges) == 2


@pytest.mark.parametrize("fault", [faults.TRICKLE, faults.SILENCE])
def test_a_server_that_answers_for_ever_does_not_hold_us(github: GitHub, fault: Fault) -> None:
    github.plan("GET", "/pulls/7", fault)
    with client(github, IMPATIENT) as connected:
        assert connected.get(PULL, dict[str, object])["number"] == 7
    github.plan("GET", "/pulls/7", *[fault] * 3)
    with client(github, IMPATIENT) as connected, pytest.raises(ServiceError) as caught:
        connected.get(PULL, dict[str, object])
    assert str(caught.value) == f"GET {github.url}{PULL}: GitHub did not answer in time\n  help: run the job again"


def test_a_permission_is_not_waited_for(github: GitHub) -> None:
    github.plan("GET", "/pulls/7", faults.NO_PERMISSION)
    with client(github) as connected, pytest.raises(ServiceError, match="the token may not do this"):
        connected.get(PULL, dict[str, object])
    assert len(github.exchanges) == 1


def test_an_artifact_comes_from_the_storage_without_the_token_going_there(github: GitHub) -> None:
    with client(github) as connected:
        assert connected.download(ZIP, most=1_000) == b"PK" * 500
        with pytest.raises(ServiceError, match="the answer has more than 999 bytes"):
            connected.download(ZIP, most=999)
    assert [sorted(headers) for headers in github.downloads] == [["host", "user-agent"]] * 2


def test_an_artifact_that_has_expired_is_named(github: GitHub) -> None:
    github.artifacts = [replace(github.artifacts[0], expired=True)]
    with client(github) as connected, pytest.raises(ServiceError) as caught:
        connected.download(ZIP, most=1_000)
    assert caught.value.what == "it is there no more (410 Artifact has expired)"


def test_the_token_and_the_storage_s_secret_are_in_no_log(
    github: GitHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    github.plan("GET", "/zip", faults.RESET, faults.BAD_GATEWAY)
    with client(github) as connected:
        connected.download(ZIP, most=1_000)
    assert "/actions/artifacts/31/zip" in caplog.text
    assert "ghs_workflow" not in caplog.text


def test_nothing_is_printed_and_the_token_is_in_no_error(github: GitHub, tmp_path: Path) -> None:
    """In a process of its own, as a job has it: the token in the environment, nowhere else."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys, traceback\n"
        "from leakgate.github.client import connect\n"
        "with connect(sys.argv[1], os.environ['TOKEN']) as client:\n"
        "    print(repr(client), vars(type(client)).keys())\n"
        "    try:\n"
        "        client.get('/repos/octo/store/pulls/8', object)\n"
        "    except Exception:\n"
        "        traceback.print_exc()\n"
    )
    ended = subprocess.run(
        [sys.executable, script, github.url],
        capture_output=True,
        text=True,
        env={"TOKEN": "ghs_workflow"},
        check=True,
    )
    assert "GitHub does not find it (404 Not Found)" in ended.stderr
    assert "ghs_workflow" not in ended.stdout + ended.stderr


class _Proxy(BaseHTTPRequestHandler):
    """A forward proxy to whatever is at `home`, whatever host it was asked for."""

    home = ""
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        url = urlsplit(self.path)
        headers = {"Authorization": self.headers["Authorization"]}
        answer = httpx.get(f"http://{self.home}{url.path}", headers=headers, trust_env=False)
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["content-type"])
        self.end_headers()
        self.wfile.write(answer.content)

    def do_CONNECT(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_error(407)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gave it
        """Keep quiet: the record is in `asked`."""


@contextmanager
def proxy(github: GitHub) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Proxy", (_Proxy,), {"home": urlsplit(github.url).netloc, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://ada:secret@127.0.0.1:{http.server_port}", asked
        finally:
            http.shutdown()
            thread.join()


def test_the_environment_s_proxy_is_used(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(github) as (url, asked):
        monkeypatch.setenv("HTTP_PROXY", url)
        with connect("http://ghes.example/api/v3", "ghs_workflow") as connected:
            assert connected.get(PULL, dict[str, object])["number"] == 7
    assert asked == [f"GET http://ghes.example/api/v3{PULL}"]


def test_a_proxy_that_wants_a_password_is_one_message(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(github) as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        with (
            connect("https://ghes.example/api/v3", "ghs_workflow", patience=Clock().patience()) as connected,
            pytest.raises(ServiceError) as caught,
        ):
            connected.get(PULL, dict[str, object])
    assert asked[0] == "CONNECT ghes.example:443"
    assert str(caught.value) == (
        f"GET https://ghes.example/api/v3{PULL}: GitHub cannot be reached: 407 Proxy Authentication Required\n"
        "  help: check the network, the proxy and GITHUB_API_URL"
    )
