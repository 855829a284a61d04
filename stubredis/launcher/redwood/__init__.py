"""Reading Redwood's configuration: folders of YAML and JSON, as the library @incanta/config 2.1 reads them.

Everything that the library does with the files happens here in the same order, since a backend and its launcher must
never disagree: an environment and its parents are found (`environments`), their files become one tree of values
(`folders`, `dialects`, `values`), names and references are worked out (`casing`, `references`), and what the tree
says of Redis becomes the launcher's settings (`redis`). Nothing here knows of sockets or processes.
"""

from stubredis.launcher.redwood.configuration import Configuration
from stubredis.launcher.redwood.redis import read_settings

__all__ = ["Configuration", "read_settings"]
