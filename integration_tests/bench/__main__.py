"""`make bench`: the figures of speed, memory and requests; nothing here passes or fails."""

from integration_tests.bench import report_export, user_metrics, user_requests

report_export.main()
print()
user_requests.main()
print()
user_metrics.main()
