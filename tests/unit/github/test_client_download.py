import re

import httpx
import pytest

from github_server.canned import API, TOKEN, Answers, Api
from leakgate.errors import ServiceError

STORAGE = "https://blob.example/file.zip?sig=SIGNATURE"
TO_STORAGE = httpx.Response(302, headers={"location": STORAGE})
FILE = httpx.Response(200, content=b"PK")


def test_a_file_comes_from_the_storage_without_the_token_going_there() -> None:
    api = Api([TO_STORAGE, FILE])
    assert api.download() == b"PK"
    assert api.asked == [f"GET {API}/repos/octo/store/artifacts/1/zip", f"GET {STORAGE}"]
    assert api.requests[0].headers["authorization"] == "Bearer ghs_secret"
    sent = {name for name in api.requests[1].headers if name not in {"host", "user-agent"}}
    assert sent == set()


def test_once_the_storage_has_been_asked_nobody_gets_the_token() -> None:
    api = Api([TO_STORAGE, httpx.Response(302, headers={"location": f"{API}/user"}), FILE])
    assert api.download() == b"PK"
    assert "authorization" not in api.requests[2].headers


def test_a_renamed_repository_gives_its_files_too() -> None:
    api = Api([httpx.Response(301, headers={"location": f"{API}/repositories/1/zip"}), TO_STORAGE, FILE])
    assert api.download() == b"PK"
    assert [("authorization" in request.headers) for request in api.requests] == [True, True, False]


def test_a_forge_may_answer_with_the_file_itself() -> None:
    assert Api([FILE]).download() == b"PK"


def test_each_attempt_asks_for_a_new_url() -> None:
    expired = httpx.Response(403, text="<Error>AuthenticationFailed</Error>")
    api = Api([TO_STORAGE, expired, TO_STORAGE, httpx.ReadError("reset"), TO_STORAGE, FILE])
    assert api.download() == b"PK"
    assert [request.url.host for request in api.requests] == ["ghes.example", "blob.example"] * 3
    assert api.clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([TO_STORAGE, httpx.Response(404)], "the storage that GitHub points to did not give the file (404)"),
        ([TO_STORAGE, httpx.Response(200, content=b"x" * 101)], "the answer has more than 100 bytes"),
        (
            [httpx.Response(302, headers={"location": STORAGE.replace("https", "http")}), FILE],
            "the API at ghes.example points to another host, blob.example: not followed",
        ),
        ([TO_STORAGE, *[httpx.ConnectError("no route")] * 9], "GitHub cannot be reached: no route"),
        ([httpx.Response(410, json={"message": "Artifact has expired"})], "it is there no more (410 Artifact"),
    ],
)
def test_a_file_that_does_not_come_is_one_message_without_the_secret_url(
    answers: list[Answers], message: str
) -> None:
    with pytest.raises(ServiceError, match=re.escape(message)) as caught:
        Api(answers).download()
    assert "SIGNATURE" not in str(caught.value)
    assert TOKEN not in str(caught.value)
