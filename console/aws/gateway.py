"""The gateway: every AWS call the console makes goes through one of these objects."""

from __future__ import annotations

from console.aws.bucket_pages import BucketPages
from console.aws.bucket_security import BucketSecurity
from console.aws.cloudtrail import CloudTrail
from console.aws.cloudwatch import CloudWatch
from console.aws.configuring import Configuring
from console.aws.ec2 import Ec2
from console.aws.iam import Iam
from console.aws.identity import Sts
from console.aws.kms import Kms
from console.aws.move_tasks import MoveTasks
from console.aws.object_listing import ObjectListing
from console.aws.routes import Routes
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
        self.sts = Sts(self._clients)
        self.routes = Routes(self._bucket_clients)
        self.bucket_sts = Sts(self._bucket_clients)
        self.iam = Iam(self._clients, queue_access.region)
        self.bucket_iam = Iam(self._bucket_clients, queue_access.region)

    @property
    def listing(self) -> ObjectListing:
        """S3's listings, in the region that S3 is spoken to now."""
        return ObjectListing(self._bucket_clients, self.s3.region)

    @property
    def pages(self) -> BucketPages:
        """The bucket's objects page by page, in the region that S3 is spoken to now."""
        return BucketPages(self._bucket_clients, self.s3.region)

    @property
    def bucket_security(self) -> BucketSecurity:
        """The bucket's protection, in the region that S3 is spoken to now."""
        return BucketSecurity(self._bucket_clients, self.s3.region)

    def cloudwatch(self, region: str) -> CloudWatch:
        """CloudWatch in `region`."""
        return CloudWatch(self._clients, region)

    def kms(self, region: str) -> Kms:
        """KMS in `region`."""
        return Kms(self._clients, region)

    def cloudtrail(self, region: str) -> CloudTrail:
        """The event history that the queue's credentials see in `region`."""
        return CloudTrail(self._clients, region)

    def bucket_cloudtrail(self, region: str) -> CloudTrail:
        """The event history that the bucket's credentials see in `region`."""
        return CloudTrail(self._bucket_clients, region)

    def ec2(self, region: str) -> Ec2:
        """EC2 in `region`."""
        return Ec2(self._clients, region)

    def configuring(self) -> Configuring:
        """Reads configuration to write it back changed."""
        return Configuring(self._clients, self._bucket_clients, self.s3.region)

    def default_region(self) -> str | None:
        """The region given or found in AWS's own chain; `None` where there is none."""
        return self._clients.region()

    def use_bucket_region(self, region: str) -> None:
        """From now on speak to S3 in the bucket's own region."""
        self.s3 = self.s3.in_region(region)

    @property
    def profile(self) -> str | None:
        """The profile of the AWS configuration that is used; `None` leaves it to AWS's chain."""
        return self._clients.access.profile

    @property
    def bucket_profile(self) -> str | None:
        """The same of the bucket's credentials."""
        return self._bucket_clients.access.profile

    @property
    def has_bucket_access(self) -> bool:
        """Whether the bucket is reached with credentials of its own."""
        return self._bucket_clients is not self._clients

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
