"""Tests that take minutes: only with KT_TEST_SLOW=1."""

import os

collect_ignore_glob = [] if os.environ.get("KT_TEST_SLOW") == "1" else ["test_*.py"]
