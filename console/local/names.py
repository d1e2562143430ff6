"""What the reference installation is called; known before anything is started."""

from __future__ import annotations

REGION = "us-east-2"
BUCKET = "presigned-url-api-us-east-2"
QUEUE = "audio-client-server-prod-sqs-file-processing-use2"
DLQ = f"{QUEUE}-dlq"
SUFFIX = ".mp3"
OPERATOR = "on-call"
PRODUCER = "upload-api"
TEST_PREFIX = "event-console-test/"
"""Keys of the console's own upload tests, which the local consumer gives back."""
LIVE_UPLOADS_PER_MINUTE = 15.0
