"""What is measured: one file a question.

asv runs this in the environments under test, where the package is not installed
(asv would not renew it), so its root is put on the path.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

if "ASV_ENV_NAME" in os.environ:  # not where the suite is only listed
    from zarr_cryoet.core.measure import affinity

    affinity.pin()
