"""Sessions: roles, lazy clients, bounded retries, and receives that are never repeated."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from console import __version__
from console.aws.gateway import Gateway, open_gateway
from console.aws.session import ATTEMPTS, Access, ClientFactory
from console.errors import AwsError
from console.models.pipeline import PipelineSettings, QueueRef
from tests.conftest import Installation


def test_a_role_is_assumed_for_every_call(
    installation: Installation,
    credentials: Callable[[Installation], None],
    aws: Callable[[str], Any],
) -> None:
    credentials(installation)
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    arn = aws("iam").create_role(RoleName="operator", AssumeRolePolicyDocument=json.dumps(trust))[
        "Role"
    ]["Arn"]
    gateway = open_gateway(
        PipelineSettings(
            role_arn=arn, region=installation.region, endpoint_url=installation.endpoint_url
        )
    )
    assert "assumed-role/operator/event-console" in gateway.sts.identity().arn


def test_a_bucket_of_another_account_has_credentials_of_its_own() -> None:
    shared = open_gateway(PipelineSettings(profile="main"))
    own = open_gateway(PipelineSettings(profile="main", bucket_profile="storage"))
    assert own.s3._clients is not own.sqs._clients
    assert own.s3._clients.access.profile == "storage"
    assert shared.s3._clients is shared.sqs._clients


def test_making_a_gateway_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a session was made before the first call")

    monkeypatch.setattr("console.aws.session.boto3.Session", forbidden)
    assert isinstance(open_gateway(PipelineSettings(profile="main")), Gateway)


def test_clients_are_made_once_and_again_after_forgetting(
    installation: Installation, credentials: Callable[[Installation], None]
) -> None:
    credentials(installation)
    clients = ClientFactory(Access(region="us-east-2", endpoint_url=installation.endpoint_url))
    first = clients.client("sqs")
    assert clients.client("sqs") is first
    clients.forget()
    assert clients.client("sqs") is not first


class Refusing(HTTPServer):
    """Answers every request with 503 and counts them."""

    def __init__(self) -> None:
        self.count = 0
        self.agents: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.count += 1
                server.agents.add(self.headers.get("User-Agent", ""))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.mark.parametrize(("call", "requests"), [("attributes", ATTEMPTS), ("receive", 1)])
def test_reads_are_retried_and_a_receive_never_is(
    call: str, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with Refusing() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        queue = QueueRef("q", f"{url}/1/q", "arn:aws:sqs:us-east-2:111122223333:q")
        sqs = open_gateway(PipelineSettings(region="us-east-2", endpoint_url=url)).sqs
        calls = {
            "attributes": lambda: sqs.attributes(queue),
            "receive": lambda: sqs.receive(
                queue, limit=10, visibility=30, wait=0, max_receive_count=3
            ),
        }
        with pytest.raises(AwsError) as caught:
            calls[call]()
        server.shutdown()
    assert caught.value.kind == "failed"
    assert server.count == requests
    (agent,) = server.agents
    assert agent.startswith(f"event-console/{__version__} Botocore/")


def test_a_role_without_credentials_to_assume_it_says_so() -> None:
    gateway = open_gateway(
        PipelineSettings(role_arn="arn:aws:iam::123456789012:role/x", region="us-east-2")
    )
    with pytest.raises(AwsError) as caught:
        gateway.sts.identity()
    assert caught.value.kind == "no-credentials"
