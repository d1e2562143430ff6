"""Options that name the pipeline: accepted before and after the subcommand, the later wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from console.cli.output import Output
from console.settings import Flags

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Given:
    """Every shared option of one call, in the order of the command line."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def flags(self) -> Flags:
        """What the settings need to know."""
        known = {f.name for f in fields(Flags)}
        return Flags(**{name: value for name, value in self.values.items() if name in known})

    def output(self) -> Output:
        """Where this call writes."""
        return Output(as_json=self.as_json, no_color=bool(self.values.get("no_color")))

    @property
    def as_json(self) -> bool:
        """Whether `--json` was given."""
        return bool(self.values.get("as_json"))


def given(context: click.Context) -> Given:
    """What was given so far on the command line of `context`."""
    return context.ensure_object(Given)


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value is not None and value is not False and parameter.name:
        given(context).values[parameter.name] = value


def _option(*names: str, help: str, **attributes: Any) -> Callable[[F], F]:
    return click.option(*names, help=help, expose_value=False, callback=_remember, **attributes)


def _pipeline_names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The pipelines of `config.toml`, for shell completion."""
    from console.errors import UsageError
    from console.settings.resolve import config_file

    try:
        names = config_file(given(context).flags(), _environment()).pipelines
    except UsageError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _environment() -> Mapping[str, str]:
    import os

    return os.environ


def _remember_scenario(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> None:
    """Remember a scenario that there is; `list` prints them all and ends the command."""
    if value is None or context.resilient_parsing:
        return
    from console.cli.scenarios import LIST, show_list
    from console.local.scenarios import choose

    if value == LIST:
        show_list(given(context).output())
        context.exit()
    choose(value)
    _remember(context, parameter, value)


def _scenario_names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from console.local.scenarios import listing

    del context, parameter
    found = ((name, line) for name, line in listing() if name.startswith(incomplete))
    return [CompletionItem(name, help=line) for name, line in found]


_PIPELINE = {
    "bucket": _option("--bucket", metavar="NAME", help="The bucket that uploads go to."),
    "queue": _option(
        "--queue", metavar="QUEUE", help="The queue that gets the events: name, URL or ARN."
    ),
    "dlq": _option(
        "--dlq", metavar="QUEUE", help="The dead-letter queue, if the redrive policy is not it."
    ),
    "region": _option("--region", metavar="REGION", help="The AWS region of the queue."),
    "profile": _option("--profile", metavar="NAME", help="A profile of your AWS configuration."),
    "role_arn": _option("--role-arn", metavar="ARN", help="A role to assume before anything else."),
    "endpoint_url": _option(
        "--endpoint-url", metavar="URL", help="Another endpoint than AWS's own, for every service."
    ),
    "prefix": _option(
        "--prefix", metavar="TEXT", help="The prefix that the notification rule should have."
    ),
    "suffix": _option(
        "--suffix", metavar="TEXT", help="The suffix that the notification rule should have."
    ),
    "pipeline": _option(
        "--pipeline",
        metavar="NAME",
        shell_complete=_pipeline_names,
        help="A pipeline of config.toml; the environment's pipeline fields are then ignored.",
    ),
    "config": _option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Another config.toml than the one in your configuration folder.",
    ),
    "local": _option(
        "--local", is_flag=True, help="Use a local backend of its own: no AWS account is needed."
    ),
    "scenario": click.option(
        "--scenario",
        metavar="NAME",
        expose_value=False,
        callback=_remember_scenario,
        shell_complete=_scenario_names,
        help="Start the local backend broken in a known way; list shows them, random any.",
    ),
    "read_only": _option(
        "--read-only", is_flag=True, help="Change nothing; a peek counts as a change."
    ),
    "write": _option(
        "--write", is_flag=True, help="Allow changes in a production pipeline, read-only otherwise."
    ),
    "allow_peek": _option(
        "--allow-peek", is_flag=True, help="Allow peeking, and nothing else, while read-only."
    ),
    "no_color": _option("--no-color", is_flag=True, help="No colour; NO_COLOR does the same."),
}


def pipeline_options(*, without: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Add the shared options to a command, but those whose name it uses for something else."""

    def add(function: F) -> F:
        for name, option in reversed(_PIPELINE.items()):
            if name not in without:
                function = option(function)
        return function

    return add


scenario_option = _PIPELINE["scenario"]
json_option = _option(
    "--json", "as_json", is_flag=True, help="Print JSON on stdout instead of tables for people."
)
refresh_option = _option(
    "--refresh",
    type=float,
    metavar="SECONDS",
    help="How often the console reads SQS, at least every 1 second apart; 5 by default.",
)
