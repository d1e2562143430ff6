"""Whether the object that is asked about shows that it was processed, so that no event is missing.

What a missing event would explain is then no cause.
"""

from __future__ import annotations

from console.errors import ConsoleError
from console.models.listing import ListedObject
from console.models.signs import SignStatus
from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import upload_time
from console.operations.signs import SignReader


def sign_status(facts: Facts) -> SignStatus:
    """What the pipeline's signs say of the asked object, as it is now or was when it was there;
    unknown where none is configured, or none can be read."""
    if not facts.pipeline.signs or facts.key is None:
        return "unknown"
    asked = ListedObject(facts.key, 0, "", facts(upload_time))
    try:
        return SignReader(facts.bench).look(asked).status
    except ConsoleError:
        return "unknown"


def processed(facts: Facts) -> bool:
    """Whether a sign says that the asked object was processed."""
    return facts(sign_status) == "processed"
