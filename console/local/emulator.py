"""The emulator, served from a thread of this process on the loopback interface only."""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import threading
from pathlib import Path
from typing import Any

from console.local.names import REGION

_HOST = "127.0.0.1"
_BACKLOG = 512
_IDLE_SECONDS = 3600.0


def start_emulator(folder: Path, account: str, secret: str) -> str:
    """Serve the emulator on a free port and return its endpoint URL.

    It keeps its state in memory and may write below `folder` only. `account` is the twelve
    digits of the default account, which are also the access key of its root, with `secret`.
    Its state is global to the process: call this once. Requests may be sent at once, they
    wait until the first is served.
    """
    listener = socket.create_server((_HOST, 0), backlog=_BACKLOG)
    port = int(listener.getsockname()[1])
    os.environ.update(_settings(folder, account, secret, port))
    application: Any = importlib.import_module("ministack.app").app
    threading.Thread(
        target=_serve, args=(application, listener), name="emulator", daemon=True
    ).start()
    return f"http://{_HOST}:{port}"


def service(name: str) -> Any:
    """The emulator's own module of one service, such as `sqs`; only for this package."""
    return importlib.import_module(f"ministack.services.{name}")


def _settings(folder: Path, account: str, secret: str, port: int) -> dict[str, str]:
    """The emulator reads these when it is imported."""
    return {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": secret,
        "BIND_HOST": _HOST,
        "CLOUDTRAIL_RECORDING": "1",
        # A socket that is not there keeps the emulator from asking Docker for containers.
        "DOCKER_HOST": f"unix://{folder / 'no-docker.sock'}",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_HOST": _HOST,
        "MINISTACK_REGION": REGION,
        "S3_DATA_DIR": str(folder / "emulator" / "s3"),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder / "emulator" / "state"),
    }


def _serve(application: Any, listener: socket.socket) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = _IDLE_SECONDS
    config.loglevel = "WARNING"

    async def serve_for_ever() -> None:
        # A trigger of our own keeps the server from installing signal handlers in a thread.
        await serve(application, config, shutdown_trigger=asyncio.Event().wait)

    asyncio.run(serve_for_ever())
