"""Pages of a listing: where they begin and end, and what is in them."""

from __future__ import annotations

from typing import Any

from console.aws.bucket_pages import BucketPages
from console.aws.errors import CallContext


class Answers:
    """Clients whose listings answer what the test says, and which remember what was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers, self.asked = list(answers), list[dict[str, Any]]()

    def client(self, service: str, region: str | None) -> Answers:
        return self

    def context(self, operation: str, resource: str) -> CallContext:
        return CallContext(operation, resource)

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return self.answers.pop(0)

    list_object_versions = list_objects_v2


def pages(*answers: dict[str, Any]) -> tuple[BucketPages, Answers]:
    made = Answers(*answers)
    return BucketPages(made, "us-east-2"), made  # type: ignore[arg-type]


def test_an_empty_answer_that_is_not_the_last_is_no_end() -> None:
    empty = {"IsTruncated": True, "NextContinuationToken": "more"}
    listing, made = pages(empty, {"Contents": [{"Key": "b", "Size": 1, "ETag": '"e"'}]})
    page = listing.page("bucket", "", "a")
    assert [(o.key, o.etag) for o in page.objects] == [("b", "e")]
    assert (page.last, page.more) == ("b", False)
    assert made.asked[0]["StartAfter"] == "a"
    assert made.asked[1]["ContinuationToken"] == "more"
    assert "StartAfter" not in made.asked[1]


def test_an_empty_bucket_is_an_end() -> None:
    listing, _ = pages({"IsTruncated": False})
    page = listing.page("bucket", "", "")
    assert (page.objects, page.last, page.more) == ((), None, False)


def test_the_newest_versions_count_and_the_last_key_is_where_it_goes_on() -> None:
    answer = {
        "IsTruncated": True,
        "Versions": [
            {"Key": "a", "VersionId": "2", "IsLatest": True},
            {"Key": "a", "VersionId": "1", "IsLatest": False},
            {"Key": "b", "VersionId": "null", "IsLatest": True},
        ],
        "DeleteMarkers": [{"Key": "c", "VersionId": "3", "IsLatest": True}],
    }
    listing, made = pages(answer, {"IsTruncated": True, "NextKeyMarker": "d"})
    page = listing.version_page("bucket", "", "")
    assert [(o.key, o.version_id) for o in page.objects] == [("a", "2"), ("b", None)]
    assert (page.last, page.more) == ("c", True)
    assert listing.version_page("bucket", "", "c").last == "d"
    assert made.asked[1]["KeyMarker"] == "c"
