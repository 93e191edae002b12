"""Configuration: one TOML file plus environment, read once into frozen settings.

`settings` holds the records and their defaults, `reading` turns a file into them or into a
list of problems, `safety` refuses pairs of values that are each fine and together unsafe.
"""

from idp.config.settings import Settings

__all__ = ["Settings"]
