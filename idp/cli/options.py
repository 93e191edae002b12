"""Options that many commands share."""

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from idp.config.settings import Settings

CONFIG_VARIABLE = "IDP_CONFIG"

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """`--config FILE`, read into the parameter `settings`."""

    @click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar=CONFIG_VARIABLE,
        default="config.toml",
        show_default=True,
        help="The configuration file; IDP_CONFIG may name it too.",
    )
    @functools.wraps(command)
    def read(*args: Any, config_file: Path, **kwargs: Any) -> Any:
        return command(*args, settings=settings_of(config_file), **kwargs)

    return read  # type: ignore[return-value]


def settings_of(config_file: Path) -> Settings:
    """Raises `ConfigurationProblems`."""
    from idp.config.reading import read_settings

    return read_settings(config_file, overrides())


def overrides() -> dict[str, str]:
    """The environment without the variable that names the file: the rest of IDP_… are settings."""
    return {name: value for name, value in os.environ.items() if name != CONFIG_VARIABLE}


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def echo_json(value: object) -> None:
    """JSON as scripts read it."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
