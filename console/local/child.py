"""The child process: emulator, installation, traffic and metrics, until the parent is gone."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.local.lifeline import Lifeline
from console.local.names import REGION
from console.local.settings import ChildSettings, Ready

if TYPE_CHECKING:
    from console.local.clients import Caller
    from console.local.meter import Meter
    from console.local.reference import Plan
    from console.local.scenarios import Scenario, Stage

_LONGEST_SETTINGS = 65_536
# How long ago CloudTrail says that the installation was made.
_STANDING_FOR = timedelta(hours=20)
# Three hours of minutes, which charts show first.
_SHOWN_AT_ONCE = 180
_HISTORY_GROUPS_PER_TURN = 50
_HISTORY_TURN_PAUSE = 0.05


def main(private_folder: str) -> None:
    """Create the folder, read the settings from standard input, answer ready, and run.

    Returns only when the parent was gone before it told the settings; otherwise the process
    ends when its standard input does.
    """
    settings = _read_settings()
    if settings is None:
        return
    folder = Path(private_folder)
    lifeline = Lifeline(folder)
    lifeline.watch()
    lifeline.open_folder()
    _run(settings, folder, lifeline)


def _read_settings() -> ChildSettings | None:
    """None where the parent was gone before it wrote them."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_SETTINGS:
        chunk = os.read(0, _LONGEST_SETTINGS)
        if not chunk:
            return None
        line += chunk
    return ChildSettings.from_line(line)


def _run(settings: ChildSettings, folder: Path, lifeline: Lifeline) -> None:
    # Imported here, after the lifeline is tied: this is what takes time at the start.
    from console.local.alarms import teach_dimensions
    from console.local.clients import Caller
    from console.local.emulator import start_emulator
    from console.local.recording import teach_trail
    from console.local.teaching import teach_deliveries, teach_filters, teach_promptness

    endpoint_url = start_emulator(folder, settings.account, settings.secret)
    teach_dimensions()
    teach_filters()
    teach_deliveries()
    teach_promptness()
    teach_trail()
    if not settings.installation:
        lifeline.answer(Ready(endpoint_url, settings.account, settings.secret).to_line())
        threading.Event().wait()
    root = Caller(endpoint_url, REGION, settings.account, settings.secret)
    _run_installation(settings, root, endpoint_url, lifeline)


def _run_installation(
    settings: ChildSettings, root: Caller, endpoint_url: str, lifeline: Lifeline
) -> None:
    from console.local.meter import Meter
    from console.local.recording import set_back
    from console.local.reference import build
    from console.local.scenarios import NOTHING_BROKEN, SCENARIOS, Stage
    from console.local.users import create_operator

    scenario = SCENARIOS[settings.scenario] if settings.scenario else NOTHING_BROKEN
    built = build(scenario.change(_plan(settings)), root.client("sqs"), root.client("s3"))
    set_back(_STANDING_FOR)
    shown = scenario.shown(built.plan)
    meter = Meter([shown.queue_arn(name) for name in _queues(shown)])
    meter.install()
    access_key, secret_key = create_operator(root.client("iam"))
    stage = Stage(built, root.client, _producer(root, endpoint_url))
    scenario.break_it(stage)
    past = _Past(root.client("cloudwatch"), shown) if settings.traffic and shown.dlq else None
    if past:
        past.publish(_SHOWN_AT_ONCE)
    lifeline.answer(Ready(endpoint_url, access_key, secret_key).to_line())
    _work(settings, scenario, stage, meter, past)


def _plan(settings: ChildSettings) -> Plan:
    from console.local.reference import Plan

    # The least that AWS advises: at three, one peek leaves a failing file short of attempts.
    return Plan(account=settings.account, max_receive_count=5)


def _queues(plan: Plan) -> list[str]:
    return [plan.queue] if plan.dlq is None else [plan.queue, plan.dlq]


def _producer(root: Caller, endpoint_url: str) -> Any:
    """The client of S3 of the service that uploads."""
    from console.local.clients import Caller
    from console.local.users import create_producer

    return Caller(endpoint_url, REGION, *create_producer(root.client("iam"))).client("s3")


def _work(
    settings: ChildSettings,
    scenario: Scenario,
    stage: Stage,
    meter: Meter,
    past: _Past | None,
) -> None:
    """Everything that may come after ready: consumer, uploads, alarms, metrics."""
    from console.local.alarms import create_alarms
    from console.local.metrics import Publisher
    from console.local.workers import start_worker

    shown = scenario.shown(stage.plan)
    stop = threading.Event()
    if settings.traffic:
        _start_traffic(settings, scenario, stage, stop)
    cloudwatch = stage.client("cloudwatch")
    create_alarms(shown, cloudwatch)
    if past:
        threading.Thread(target=past.publish_rest, name="history", daemon=True).start()
    publisher = Publisher(cloudwatch, meter, _queues(shown))
    start_worker("metrics", publisher.run, stop).join()


def _start_traffic(
    settings: ChildSettings, scenario: Scenario, stage: Stage, stop: threading.Event
) -> None:
    from console.local.consumer import Consumer
    from console.local.traffic import Uploader
    from console.local.workers import start_worker

    url = stage.built.queue_url
    consumer = Consumer(stage.sqs, stage.s3, url, take_tests=settings.take_tests)
    start_worker("consumer", scenario.consuming(stage) or consumer.run, stop)
    # One known cause: nothing else shall be wrong in a scenario.
    uploader = Uploader(stage.producer, stage.plan.bucket, poison=settings.scenario is None)
    start_worker("uploads", uploader.run, stop)


class _Past:
    """The metrics of the past two weeks, published newest first."""

    def __init__(self, cloudwatch: Any, plan: Plan) -> None:
        from console.local.history import condensed, past_minutes

        self._cloudwatch = cloudwatch
        self._plan = plan
        self._groups = condensed(past_minutes(time.time()))

    def publish(self, groups: int) -> bool:
        """Publish the next so many points of every metric; false when there are no more."""
        from console.local.history import history_data
        from console.local.metrics import put

        turn = list(islice(self._groups, groups))
        if turn and self._plan.dlq:
            put(self._cloudwatch, history_data(turn, self._plan.queue, self._plan.dlq))
        return bool(turn)

    def publish_rest(self) -> None:
        """Publish what is left, in turns that leave the machine to the console."""
        while self.publish(_HISTORY_GROUPS_PER_TURN):
            time.sleep(_HISTORY_TURN_PAUSE)
