"""The AWS gateway: the only part of the console that knows boto3."""
