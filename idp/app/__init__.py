"""The composition root: settings become a house, a house becomes a Starlette application. Adapters are constructed here
alone; every other room receives what it needs as arguments.
"""

from idp.app.application import create_app
from idp.app.house import House, open_house

__all__ = ["House", "create_app", "open_house"]
