"""`make bench`: the figures of speed, memory, requests, silence and nearness; nothing here passes or fails."""

from integration_tests.bench import answers, report_export, user_requests
from integration_tests.support.silence import DAYS, QUOTA, USERS, read_large_enterprise
from source_github_copilot_billing.sync.heartbeat import LONGEST_SILENCE_SECONDS

report_export.main()
print()
user_requests.main()
print()
answers.main()
print()
read = read_large_enterprise()
print(f"Silence: AI credits by user of {USERS:,} users, {DAYS} days and {QUOTA:,} requests an hour.")
print(f"{read.requests:,} requests in {read.seconds / 3_600:.1f} simulated hours; at the longest ", end="")
print(f"{read.longest_silence:.0f} seconds without a record or a state (of {LONGEST_SILENCE_SECONDS} allowed)")
