"""What the service promises, as tests."""

import pytest

# What these assert is shown with its values, as in the tests themselves.
pytest.register_assert_rewrite("tests.support", "tests.kills.trial", "tests.kills.senders")
