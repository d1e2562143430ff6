"""`event-console completion`: the script that teaches a shell to complete this command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from console.cli.options import given

_EPILOG = """\b
Examples:
  event-console completion bash > ~/.local/share/bash-completion/completions/event-console
  event-console completion zsh > ~/.zfunc/_event-console
  event-console completion fish > ~/.config/fish/completions/event-console.fish

\b
The script asks the command itself through the variable _EVENT_CONSOLE_COMPLETE.
"""


@click.command("completion", short_help="Print a shell's completion script.", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the completion script for SHELL."""
    from console.cli.main import COMPLETE_VARIABLE, PROGRAM, cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} cannot be completed for.", context)
    given(context).output().plain(kind(cli, {}, PROGRAM, COMPLETE_VARIABLE).source().rstrip())
    return 0
