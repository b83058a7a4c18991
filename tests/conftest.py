"""Settings for all tests: hypothesis measures no time, and in CI every run tries the same examples."""

import os

from hypothesis import settings

settings.register_profile("lexarray", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("lexarray")
