"""`make bench`: the figures of speed, memory and requests; nothing here passes or fails."""

from integration_tests.bench import report_export, user_metrics, user_requests
from integration_tests.bench.peers import comparison

report_export.main()
print()
user_requests.main()
print()
user_metrics.main()
print()
comparison.main()
