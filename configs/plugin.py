"""From a configuration in this folder to the plug-in of the same clone.

asv looks for a plug-in beside the configuration. Were it left to what is installed, that
might be the package of another clone.
"""

import sys
from pathlib import Path

# not at place 0, which asv takes away again after the import
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from zarr_cryoet.site import setup  # noqa: F401  asv calls it
