"""What CloudTrail's event history cannot show, said with every answer."""

from __future__ import annotations

from collections.abc import Sequence

from console.aws.cloudtrail import DAYS_KEPT
from console.models.pipeline import Pipeline
from console.operations.trail_subjects import Subjects

DELAY = (
    "CloudTrail usually shows a call within about 5 minutes, and can take 15: the newest may be"
    " missing."
)
NO_DATA_EVENTS = (
    "The event history holds management events only: no PutObject, SendMessage, ReceiveMessage or"
    " DeleteMessage. That none is there proves nothing."
)


def notes_of(pipeline: Pipeline, regions: Sequence[str], subjects: Subjects) -> tuple[str, ...]:
    """What the answer leaves open, in sentences."""
    account = f"account {pipeline.identity.account}" if pipeline.identity else "this account"
    places = " and ".join(regions)
    notes = [
        DELAY,
        NO_DATA_EVENTS,
        f"It goes back {DAYS_KEPT} days, and was asked for {account} in {places} only: what another"
        " account owns is in that account's.",
    ]
    if subjects.bucket is None:
        notes.append("No bucket is known: changes of its notifications were not looked for.")
    if not subjects.has("queue"):
        notes.append("No queue is known: changes of its attributes were not looked for.")
    return tuple(notes)
