"""boto3 clients for the local backend itself: installation, uploads, consumer, metrics."""

from __future__ import annotations

import threading
from typing import Any

from boto3.session import Session
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    s3={"addressing_style": "path"},
)


class Caller:
    """One identity at one endpoint, from which clients are made."""

    def __init__(self, endpoint_url: str, region: str, access_key: str, secret_key: str) -> None:
        self._endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str | None], Any] = {}
        self._session = Session(
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
        )

    def client(self, service: str, region: str | None = None) -> Any:
        """The client of `service`, in another region where one is named; threads share it."""
        with self._lock:
            if (service, region) not in self._made:
                self._made[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=self._endpoint_url, config=_CONFIG
                )
            return self._made[service, region]
