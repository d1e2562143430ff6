"""How it can be seen that an object was processed: as configured, and as it was found. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Literal

TEMPLATE_FIELDS = ("key", "dir", "name", "stem")
TEMPLATE_WANTED = "a key such as results/{stem}.json, made of {key}, {dir}, {name} or {stem}"
LABEL_WANTED = "a name, or a name and value such as status=done"
_OF_THE_OBJECT = frozenset(("key", "name", "stem"))

SignStatus = Literal["processed", "not-processed", "unknown"]


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that a pipeline's consumer leaves; `None` and false are not configured.

    `object` is a template for the key of another object in the bucket, `tag` and `metadata` are a
    name, or name and value as `status=done`. `journal` is what this console itself has processed.
    """

    object: str | None = None
    tag: str | None = None
    metadata: str | None = None
    journal: bool = False

    def __bool__(self) -> bool:
        return bool(self.object or self.tag or self.metadata or self.journal)


@dataclass(frozen=True, slots=True)
class SignResult:
    """Whether an object shows a sign, why that is said, and when the sign was made, where known."""

    status: SignStatus
    reason: str
    at: datetime | None = None


def is_template(text: object) -> bool:
    """Whether a text is a template whose fields are known and tell one object from another."""
    if not isinstance(text, str):
        return False
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        return False
    names = [name for _, name, _, _ in parsed if name is not None]
    plain = all(not spec and not conversion for _, name, spec, conversion in parsed if name)
    return plain and set(names) <= set(TEMPLATE_FIELDS) and bool(_OF_THE_OBJECT & set(names))


def expand(template: str, key: str) -> str:
    """The key that a template stands for.

    Of `in/2026/a.mp3`, `{key}` is all, `{dir}` `in/2026`, `{name}` `a.mp3` and `{stem}` `a`. For a
    key without a folder `{dir}/` is nothing.
    """
    folder, _, name = key.rpartition("/")
    dot = name.rfind(".")
    stem = name[:dot] if dot > 0 else name
    if not folder:
        template = template.replace("{dir}/", "")
    return template.format(key=key, dir=folder, name=name, stem=stem)


def is_label(text: object) -> bool:
    """Whether a text names a tag or a metadata entry, with or without a value."""
    return isinstance(text, str) and text.partition("=")[0].strip() != ""
