"""The gateway: every AWS call the console makes goes through one of these objects."""

from __future__ import annotations

from console.aws.bucket_listing import BucketListing
from console.aws.cloudwatch import CloudWatch
from console.aws.identity import Sts
from console.aws.move_tasks import MoveTasks
from console.aws.s3 import S3
from console.aws.session import Access, ClientFactory
from console.aws.sqs import Sqs
from console.models.pipeline import PipelineSettings


class Gateway:
    """Typed access to AWS for one pipeline; cheap to make, connects on the first call.

    The bucket may be reached with credentials of its own, where it lives in another account.
    """

    def __init__(self, queue_access: Access, bucket_access: Access | None = None) -> None:
        self._clients = ClientFactory(queue_access)
        self._bucket_clients = (
            self._clients
            if bucket_access in (None, queue_access)
            else ClientFactory(bucket_access or queue_access)
        )
        self.sqs = Sqs(self._clients)
        self.move_tasks = MoveTasks(self._clients)
        self.s3 = S3(self._bucket_clients, queue_access.region)
        self.listing = BucketListing(self._bucket_clients, queue_access.region)
        self.sts = Sts(self._clients)

    def cloudwatch(self, region: str) -> CloudWatch:
        """CloudWatch in `region`."""
        return CloudWatch(self._clients, region)

    def default_region(self) -> str | None:
        """The region given or found in AWS's own chain; `None` where there is none."""
        return self._clients.region()

    def use_bucket_region(self, region: str) -> None:
        """From now on speak to S3 in the bucket's own region."""
        self.s3 = self.s3.in_region(region)
        self.listing = self.listing.in_region(region)

    def forget_credentials(self) -> None:
        """Read credentials and profiles anew at the next call, as after a login elsewhere."""
        self._clients.forget()
        self._bucket_clients.forget()


def open_gateway(settings: PipelineSettings) -> Gateway:
    """The gateway for what the user named; no call is made yet."""
    access = Access(settings.profile, settings.role_arn, settings.region, settings.endpoint_url)
    if not (settings.bucket_profile or settings.bucket_role_arn):
        return Gateway(access)
    bucket_access = Access(
        settings.bucket_profile or settings.profile,
        settings.bucket_role_arn,
        settings.region,
        settings.endpoint_url,
    )
    return Gateway(access, bucket_access)
