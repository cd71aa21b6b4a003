"""Networks need the extra `train`."""

import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")
