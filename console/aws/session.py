"""Sessions and clients: made lazily, in whatever thread asks first, and thrown away on demand."""

from __future__ import annotations

import platform
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.parsers import ResponseParserError

from console import __version__
from console.aws.errors import CallContext, aws_call

# SQS and S3 accept any number of connections; a console never needs more than its workers.
POOL_CONNECTIONS = 32
CONNECT_TIMEOUT = 4
READ_TIMEOUT = 10
ATTEMPTS = 3

# Given whole, for otherwise botocore puts it together from its parts again, twice a request, which
# is a seventh of what a request costs.
_USER_AGENT = (
    f"event-console/{__version__} Botocore/{botocore.__version__} "
    f"Python/{platform.python_version()}"
)


@dataclass(frozen=True, slots=True)
class Access:
    """How AWS is reached: profile, role to assume, region and endpoint; `None` leaves it to AWS's
    own chain."""

    profile: str | None = None
    role_arn: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


class ClientFactory:
    """Makes and keeps one client per service and region for one `Access`. Thread-safe."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._lock = threading.RLock()
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str | None, int], Any] = {}

    def client(self, service: str, region: str | None = None, *, attempts: int = ATTEMPTS) -> Any:
        """The client for `service`; made on the first call (tens of milliseconds of blocking).

        `attempts` of 1 is for calls that must not be repeated behind the caller's back. Raises
        `AwsError` of kind `profile` where profile or region cannot be used.
        """
        key = (service, region, attempts)
        # One that is there waits for no other that is being made, which can take long: EC2's.
        made = self._clients.get(key)
        if made is not None:
            return made
        with self._lock:
            if key not in self._clients:
                with aws_call(self.context(f"{service}:CreateClient")):
                    self._clients[key] = self._make(service, region, attempts)
            return self._clients[key]

    def forget(self) -> None:
        """Drop session and clients, so that the next call reads credentials and profiles anew."""
        with self._lock:
            clients, self._clients, self._session = self._clients, {}, None
        for client in clients.values():
            client.close()

    def region(self) -> str | None:
        """The region of this access: given, or from AWS's own chain; `None` where there is none."""
        with self._lock, aws_call(self.context("sts:ReadConfiguration")):
            return self.access.region or self._made_session().region_name

    def context(self, operation: str, resource: str | None = None) -> CallContext:
        """What an error message may say about a call made through this access."""
        return CallContext(
            operation, resource, profile=self.access.profile, endpoint=self.access.endpoint_url
        )

    def _made_session(self) -> boto3.Session:
        if self._session is None:
            self._session = _new_session(self.access)
        return self._session

    def _make(self, service: str, region: str | None, attempts: int) -> Any:
        session = self._made_session()
        client = self._build(session, service, region, _config(attempts))
        if service == "s3" and _wants_path_style(client):
            client.close()
            path_style = _config(attempts, s3={"addressing_style": "path"})
            client = self._build(session, service, region, path_style)
        return client

    def _build(
        self, session: boto3.Session, service: str, region: str | None, config: Config
    ) -> Any:
        client = session.client(
            service,
            region_name=region or self.access.region,
            endpoint_url=self.access.endpoint_url,
            config=config,
        )
        if service == "sqs":
            client.meta.events.register("after-call.sqs", _need_json)
        return client


def _config(attempts: int = ATTEMPTS, **more: Any) -> Config:
    """Calls that are made once are those that move messages, ten at a time: types are checked
    before the code runs, and botocore's check of each message again costs a tenth of the call."""
    return Config(
        parameter_validation=attempts > 1,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=POOL_CONNECTIONS,
        tcp_keepalive=True,
        user_agent=_USER_AGENT,
        **more,
    )


def _need_json(http_response: Any, **_: Any) -> None:
    """Raises `ResponseParserError` for an answer that is no JSON object: a login page or a proxy
    that answers 200. botocore reads it as an answer without any content: nothing received,
    nothing failed."""
    content = http_response.content.lstrip()
    if content and not content.startswith(b"{"):
        raise ResponseParserError("not a JSON object")


def _wants_path_style(client: Any) -> bool:
    """Whether buckets go into the path: a host that is not AWS's need not resolve
    `BUCKET.host`, unless the user's own AWS configuration decides."""
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    decided = (client.meta.config.s3 or {}).get("addressing_style")
    return decided is None and ".amazonaws." not in f"{host}."


def _new_session(access: Access) -> boto3.Session:
    base = boto3.Session(profile_name=access.profile, region_name=access.region)
    if not access.role_arn:
        return base
    source = base.get_credentials()
    if source is None:
        raise NoCredentialsError
    core = base._session  # pyright: ignore[reportPrivateUsage]
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=_sts_creator(base, access),
        source_credentials=source,
        role_arn=access.role_arn,
        extra_args={"RoleSessionName": "event-console"},
    )
    assumed = boto3.Session(region_name=access.region or base.region_name)
    assumed_core = assumed._session  # pyright: ignore[reportPrivateUsage]
    assumed_core.set_config_variable("profile", core.get_config_variable("profile"))
    assumed_core._credentials = DeferredRefreshableCredentials(  # pyright: ignore[reportPrivateUsage]
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    return assumed


def _sts_creator(base: boto3.Session, access: Access) -> Any:
    def create(service: str, **kwargs: Any) -> Any:
        return base.client(service, endpoint_url=access.endpoint_url, config=_config(), **kwargs)

    return create
