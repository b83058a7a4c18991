"""Settings for all tests: hypothesis measures no time, and in CI every run tries the same examples; an exception in a thread that
nobody handles is a failure of the test that began it.
"""

import os

from hypothesis import settings

settings.register_profile("lexarray", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("lexarray")


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error::pytest.PytestUnhandledThreadExceptionWarning")
