"""A proxy in front of the emulator that adds latency and does what real networks and AWS do wrong.

One asyncio loop in a thread of its own; requests go on byte for byte, so their signatures stay
valid. A fault is a value that is scripted for an SQS action and a number of its requests.
"""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    `answer`: this status and JSON body instead of the emulator's. `reset`: half an answer, then
    the connection is cut. `hang`: no answer at all. `edit` changes the emulator's JSON answer.
    `page`: HTML with status 200.
    With `carried_out` the emulator gets the request all the same.
    """

    kind: Literal["answer", "reset", "hang", "edit", "page"]
    carried_out: bool = False
    status: int = 400
    body: Body = field(default_factory=dict)
    edit: Callable[[Body, Body], Body] | None = None


def error(code: str, status: int = 400, *, carried_out: bool = False) -> Fault:
    """An AWS error answer."""
    body = {"__type": f"com.amazonaws.sqs#{code}", "message": f"{code} by the proxy"}
    return Fault("answer", carried_out, status, body)


def reset(*, carried_out: bool = True) -> Fault:
    """The connection is cut in the middle of the answer."""
    return Fault("reset", carried_out)


def hang(*, carried_out: bool = False) -> Fault:
    """No answer ever comes."""
    return Fault("hang", carried_out)


def refuse_entries(*numbers: int, sender_fault: bool = True, code: str = "Refused") -> Fault:
    """All entries are carried out but the answer says that some failed: the worst case."""

    def edit(_: Body, answer: Body) -> Body:
        good = answer.get("Successful", [])
        bad = [entry for index, entry in enumerate(good) if index in numbers]
        failed = [
            {"Id": e["Id"], "Code": code, "Message": "by the proxy", "SenderFault": sender_fault}
            for e in bad
        ]
        kept = [entry for entry in good if entry not in bad]
        return {**answer, "Successful": kept, "Failed": [*answer.get("Failed", []), *failed]}

    return Fault("edit", True, edit=edit)


def refuse_all(code: str = "ReceiptHandleIsInvalid") -> Fault:
    """No entry is carried out, and the answer blames the sender for each."""

    def entries(request: Body, _: Body) -> Body:
        failed = [
            {"Id": e["Id"], "Code": code, "Message": "by the proxy", "SenderFault": True}
            for e in request.get("Entries", [])
        ]
        return {"Successful": [], "Failed": failed}

    return Fault("edit", False, edit=entries)


def swallow() -> Fault:
    """The answer says that every entry succeeded, and nothing was carried out: a stale handle."""

    def entries(request: Body, _: Body) -> Body:
        return {"Successful": [{"Id": e["Id"]} for e in request.get("Entries", [])]}

    return Fault("edit", False, edit=entries)


def untold(*, carried_out: bool = False) -> Fault:
    """The answer speaks of no entry."""
    return Fault("edit", carried_out, edit=lambda *_: {})


def login_page() -> Fault:
    """What answers is no AWS at all, and says 200."""
    return Fault("page")


@dataclass
class _Rule:
    action: str
    fault: Fault
    skip: int
    times: int | None

    def take(self, action: str) -> Fault | None:
        if action != self.action:
            return None
        if self.skip:
            self.skip -= 1
            return None
        if self.times is not None:
            if not self.times:
                return None
            self.times -= 1
        return self.fault


class FaultProxy:
    """`with FaultProxy(url, latency=0.02) as proxy: … proxy.endpoint_url`.

    `requests` counts by action; `times` has each action's first request and last answer.
    """

    def __init__(self, target: str, *, latency: float = 0.0) -> None:
        parts = urlsplit(target)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._latency = latency
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.times: dict[str, tuple[float, float]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._handlers: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        start = asyncio.start_server(self._client, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.endpoint_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def on(self, action: str, fault: Fault, *, times: int | None = 1, skip: int = 0) -> None:
        """Let the next requests of an action meet a fault; all of them with `times=None`."""
        with self._lock:
            self._rules.append(_Rule(action, fault, skip, times))

    def mend(self) -> None:
        """No more faults."""
        with self._lock:
            self._rules.clear()

    async def _close(self) -> None:
        self._server.close()
        for _, writer in self._idle:
            writer.close()
        for task in self._handlers:
            task.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            while (request := await _read(reader)) is not None:
                if not await self._answer(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._handlers.discard(task)
            writer.close()

    async def _answer(self, request: tuple[bytes, bytes], writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection goes on."""
        head, body = request
        action = _action(head, body)
        begun = self._loop.time()
        fault = self._fault(action)
        if self._latency:
            await asyncio.sleep(self._latency)
        if fault is None:
            writer.write(await self._forward(head, body))
            await writer.drain()
            self.times[action] = (self.times.get(action, (begun, 0.0))[0], self._loop.time())
            return True
        answer = await self._forward(head, body) if fault.carried_out else b""
        if fault.kind == "hang":
            await asyncio.Event().wait()
        if fault.kind == "reset":
            _cut(writer, answer or _http(200, b'{"half": "an answer"}'))
            return False
        if fault.kind == "edit":
            assert fault.edit is not None
            known = json.loads(answer.partition(b"\r\n\r\n")[2]) if answer else {}
            edited = fault.edit(json.loads(body), known)
            writer.write(_http(200, json.dumps(edited).encode()))
        elif fault.kind == "page":
            writer.write(_http(200, b"<html><body>Log in</body></html>"))
        else:
            writer.write(_http(fault.status, json.dumps(fault.body).encode()))
        await writer.drain()
        return True

    def _fault(self, action: str) -> Fault | None:
        with self._lock:
            self.requests[action] += 1
            return next((f for rule in self._rules if (f := rule.take(action)) is not None), None)

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        """The emulator's whole answer."""
        for fresh in (False, True):
            pooled = self._idle.pop() if self._idle and not fresh else None
            reader, writer = pooled or await asyncio.open_connection(self._host, self._port)
            try:
                writer.write(head + body)
                answer = await _read(reader, bodiless=head.startswith(b"HEAD "))
            except (ConnectionError, asyncio.IncompleteReadError):
                answer = None
            if answer is not None:
                self._idle.append((reader, writer))
                return answer[0] + answer[1]
            writer.close()
            if pooled is None:
                break
        return _http(502, b"{}")


async def _read(
    reader: asyncio.StreamReader, *, bodiless: bool = False
) -> tuple[bytes, bytes] | None:
    """Head and body of one HTTP message; `None` at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lower = head.lower()
    if bodiless:
        return head, b""
    if b"transfer-encoding: chunked" in lower:
        return head, await _chunks(reader)
    at = lower.find(b"content-length:")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
    return head, await reader.readexactly(length)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        piece = await reader.readexactly(size + 2)
        body += line + piece
        if not size:
            return body


def _action(head: bytes, body: bytes) -> str:
    """The SQS action, of the JSON or the older query protocol; else the HTTP method."""
    lower = head.lower()
    at = lower.find(b"x-amz-target:")
    if at < 0 and body.startswith(b"Action="):
        return body[7:].split(b"&", 1)[0].decode()
    if at < 0:
        return head.split(b" ", 1)[0].decode()
    return head[at + 13 : head.index(b"\r\n", at)].strip().rpartition(b".")[2].decode()


def _http(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _cut(writer: asyncio.StreamWriter, answer: bytes) -> None:
    """Half of the answer, then a reset."""
    writer.write(answer[: len(answer) // 2])
    sock = writer.get_extra_info("socket")
    sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SOL_SOCKET, SO_LINGER: close by RST
    writer.transport.abort()
