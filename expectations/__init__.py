"""Great Expectations suites as code; the only place that imports great_expectations."""

import logging

logging.getLogger("great_expectations").setLevel(logging.WARNING)
