"""When the client asks again, how long it waits before, and when it gives up."""

import httpx
import pytest

from github_server.canned import API, DONE, TOKEN, Answers, Api
from leakgate.errors import ServiceError
from leakgate.github.client import connect

LIMITED = httpx.Response(403, json={"message": "You have exceeded a secondary rate limit"})
TOO_MANY = httpx.Response(429)
BROKEN = httpx.Response(502)


def hinted(answer: httpx.Response, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(answer.status_code, content=answer.content, headers=names)


@pytest.mark.parametrize(
    ("answers", "slept"),
    [
        ([hinted(LIMITED, retry_after="7")], [7]),
        ([hinted(TOO_MANY, retry_after="7"), hinted(LIMITED, retry_after="30")], [7, 30]),
        ([hinted(TOO_MANY, retry_after="0")], [0.5]),
        ([hinted(TOO_MANY, retry_after="Fri, 15 Jan 2027 08:00:40 GMT")], [40]),
        (
            [
                hinted(
                    TOO_MANY,
                    date="Fri, 15 Jan 2027 07:00:00 GMT",
                    retry_after="Fri, 15 Jan 2027 07:00:09 GMT",
                )
            ],
            [9],
        ),
        ([hinted(LIMITED, x_ratelimit_remaining="0", x_ratelimit_reset="1800000045")], [45]),
        ([hinted(LIMITED, x_ratelimit_remaining="12", x_ratelimit_reset="1800000045")], [60]),
        ([LIMITED], [60]),
        ([hinted(TOO_MANY, retry_after="soon")], [60]),
        ([BROKEN, BROKEN, BROKEN, BROKEN], [0.5, 1, 2, 4]),
        ([hinted(httpx.Response(503), retry_after="11")], [11]),
        ([httpx.ConnectError("refused"), httpx.ReadTimeout(""), httpx.RemoteProtocolError("cut")], [0.5, 1, 2]),
        ([httpx.Response(200, content=b'{"id":', headers={"content-type": "application/json"})], [0.5]),
    ],
)
def test_what_passes_is_waited_for_as_the_server_asks(answers: list[Answers], slept: list[float]) -> None:
    api = Api([*answers, DONE])
    assert api.get() == {"id": 2}
    assert api.clock.slept == slept


@pytest.mark.parametrize(
    ("answer", "slept", "message"),
    [
        (
            hinted(TOO_MANY, retry_after="3600"),
            [],
            (
                "GitHub's rate limit is used up (429 Too Many Requests), and wants to be asked again from "
                "2027-01-15 09:00:00 UTC"
            ),
        ),
        (
            hinted(LIMITED, x_ratelimit_remaining="0", x_ratelimit_reset="1800003600"),
            [],
            (
                "GitHub's rate limit is used up (403 You have exceeded a secondary rate limit), and wants to be "
                "asked again from 2027-01-15 09:00:00 UTC"
            ),
        ),
        (
            hinted(TOO_MANY, retry_after="50"),
            [50, 50],
            (
                "GitHub's rate limit is used up (429 Too Many Requests), and wants to be asked again from "
                "2027-01-15 08:02:30 UTC"
            ),
        ),
        (LIMITED, [60], "GitHub's rate limit is used up (403 You have exceeded a secondary rate limit)"),
        (BROKEN, [0.5, 1, 2, 4], "GitHub is in trouble (502 Bad Gateway)"),
    ],
)
def test_patience_ends_and_says_until_when(answer: httpx.Response, slept: list[float], message: str) -> None:
    api = Api([answer])
    with pytest.raises(ServiceError) as caught:
        api.get()
    assert caught.value.what == message
    assert api.clock.slept == slept


def test_there_is_one_limit_over_all_requests() -> None:
    """Time that is lost in requests counts as well."""

    def slow(_: httpx.Request) -> httpx.Response:
        api.clock.now += 50
        raise httpx.ReadTimeout("")

    api = Api([slow, DONE, hinted(TOO_MANY, retry_after="65"), DONE, hinted(TOO_MANY, retry_after="10"), DONE])
    with api.client() as client:
        assert [client.get("/a", dict[str, int]) for _ in range(2)] == [{"id": 2}] * 2
        with pytest.raises(ServiceError, match="rate limit is used up"):
            client.get("/a", dict[str, int])
    assert api.clock.slept == [0.5, 65]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, json={"message": "Resource not accessible by integration"}),
        hinted(
            httpx.Response(403, json={"message": "Resource not accessible by personal access token"}),
            x_ratelimit_remaining="0",
            x_ratelimit_reset="1800000045",
        ),
        httpx.Response(401),
        httpx.Response(404),
        httpx.Response(422),
        httpx.Response(200, text="<html>", headers={"content-type": "text/html"}),
        httpx.Response(200, json={"id": "1"}),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
    ],
)
def test_what_does_not_pass_is_not_asked_again(answer: Answers) -> None:
    api = Api([answer, DONE])
    with pytest.raises(ServiceError):
        api.get()
    assert len(api.requests) == 1


CUT = httpx.Response(201, content=b'{"id":', headers={"content-type": "application/json"})


@pytest.mark.parametrize("answer", [httpx.ReadTimeout(""), httpx.ReadError("reset"), BROKEN, CUT])
def test_a_write_that_may_have_been_done_is_looked_for_before_it_is_repeated(answer: Answers) -> None:
    done = Api([answer, httpx.Response(201, json={"id": 3})])
    assert done.post(found={"id": 9}) == {"id": 9}
    assert len(done.requests) == 1
    not_done = Api([answer, httpx.Response(201, json={"id": 3})])
    assert not_done.post(found=None) == {"id": 3}
    assert len(not_done.requests) == 2


@pytest.mark.parametrize(
    "answer", [hinted(LIMITED, retry_after="7"), LIMITED, httpx.ConnectError(""), httpx.ConnectTimeout("")]
)
def test_a_write_that_was_certainly_not_done_is_simply_repeated(answer: Answers) -> None:
    api = Api([answer, httpx.Response(201, json={"id": 3})])
    assert api.post(found={"id": 9}) == {"id": 3}


def test_deleting_what_is_gone_is_done() -> None:
    api = Api([httpx.ReadTimeout(""), httpx.Response(404)])
    with api.client() as client:
        client.delete("/x")
    assert api.asked == [f"DELETE {API}/x"] * 2


def test_writes_keep_the_distance_that_github_asks_for() -> None:
    api = Api([DONE])
    patience = api.clock.patience(between_writes=1.0)
    with connect(API, TOKEN, patience=patience, transport=httpx.MockTransport(api.handle)) as client:
        client.patch("/a", {}, dict[str, int])
        client.get("/a", dict[str, int])
        api.clock.now += 0.25
        client.patch("/b", {}, dict[str, int])
        api.clock.now += 5
        client.delete("/c")
    assert api.clock.slept == [0.75]
