"""What holds for every test."""

import signal

from hypothesis import settings

# A busy machine is no failure: time is measured in benchmarks/, never in a test.
settings.register_profile("leakgate", settings(), deadline=None)
settings.load_profile("leakgate")

# A shell starts its background jobs with SIGINT ignored, and every process below inherits that. Tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
