"""event-console: the on-call console for S3 to SQS event pipelines."""

__version__ = "0.1.0"
