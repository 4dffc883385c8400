"""``config.yaml``: every setting of a deployment, validated before anything starts.

An unknown key or a wrong value is reported with its path and its line. Values may be overridden by environment
variables ``CALLCENTER_SECTION__KEY`` (for example ``CALLCENTER_DATABASE__URL``), which is where secrets belong. Lower
packages never read this module: :mod:`callcenter.server` hands each of them its own plain settings.
"""

from __future__ import annotations

from callcenter.config.file import ConfigError as ConfigError
from callcenter.config.file import load_config as load_config
from callcenter.config.model import Config as Config
from callcenter.config.model import LastStore as LastStore
from callcenter.config.model import Trunk as Trunk
