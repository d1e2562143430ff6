"""Where `backfill` gets its keys from: a file, standard input or an S3 Inventory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from console.operations.inventory import Inventory
    from console.operations.workbench import Workbench


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where keys come from, where it is not a listing."""

    keys: str | None = None
    manifest: Path | None = None
    columns: tuple[str, ...] | None = None

    @property
    def is_listing(self) -> bool:
        """Whether the bucket is listed instead."""
        return self.keys is None and self.manifest is None

    @property
    def is_stdin(self) -> bool:
        """Whether keys come from standard input, which can be read once only."""
        return self.keys == "-"

    @property
    def words(self) -> str:
        """What the keys are, for a sentence."""
        if self.is_stdin:
            return "the keys on standard input"
        return f"the keys in {self.keys or self.manifest}"

    def inventory(self, bench: Workbench) -> Inventory | None:
        """The inventory that is to be read, where it is one."""
        if self.manifest is None:
            return None
        from console.operations.inventory import Inventory

        return Inventory(bench.need_bucket(), self.columns)

    def keys_of(self, inventory: Inventory | None) -> Iterator[str] | None:
        """The keys, as they are read; `None` for a listing."""
        from console.operations import key_files

        if inventory is not None and self.manifest is not None:
            return key_files.keys_of_inventory(self.manifest, inventory)
        if self.is_stdin:
            return key_files.keys_of_stream(sys.stdin)
        return None if self.keys is None else key_files.keys_of_file(Path(self.keys))


def key_source(named: dict[str, Any]) -> KeySource:
    """Take the options that name keys out of a command's arguments.

    Raises `click.UsageError` for what does not go together, `UsageError` for columns that are
    none.
    """
    keys, manifest, columns = (named.pop(n) for n in ("keys", "manifest", "manifest_columns"))
    if keys is not None and manifest is not None:
        raise click.UsageError("--keys and --manifest cannot be given together.")
    if columns is not None and manifest is None:
        raise click.UsageError("--manifest-columns goes with --manifest.")
    since, until = named["since"], named["until"]
    if since is not None and until is not None and since >= until:
        raise click.UsageError("Nothing is both --since and before --until these times.")
    if columns is None:
        return KeySource(keys, manifest)
    from console.operations.inventory import columns_named

    return KeySource(keys, manifest, columns_named(columns))
