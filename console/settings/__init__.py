"""What the user named: flags, then the environment, then `config.toml`. No AWS call is made."""

from console.settings.model import Flags, Settings
from console.settings.resolve import load_settings

__all__ = ["Flags", "Settings", "load_settings"]
