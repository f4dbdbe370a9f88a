"""Some of what `hostile.py` tries, one for each reader and bound: read by a process of its own, within memory and time.

Twice the time of `hostile.py` is allowed: other tests run beside these.
"""

import pytest

from integration_tests.reliability.hostile import MOST_MEGABYTES, MOST_SECONDS, cases, run

CASES = {f"{case.reader.name}: {case.name}": case for case in cases()}
TRIED = {
    "line items: empty objects": "objects",
    "budgets: empty objects": "objects",
    "order of a report: one text": "",
    "order of a report: links without end": "download_urls, and a report has no more than 500",
    "links of metrics: links without end": "download_links, and a report has no more than 500",
    "file of a report: one line of 512 MB": "a line is longer than 1 MB",
    "file of a report: a header of many columns": "the header has more than 1,000 columns",
    "file of a report: line breaks": "lines in",
    "file of a report: long repositories": "its texts have more than 4,000 characters together",
    "file of a report: products without end": "products, SKUs and units",
    "file of metrics: zipped line breaks": "lines in",
    "file of metrics: a list of empty objects": "",
}


@pytest.mark.parametrize("name", TRIED)
def test_what_is_made_to_be_large_costs_little_and_is_an_error(name: str) -> None:
    outcome = run(CASES[name])
    assert outcome.megabytes <= MOST_MEGABYTES
    assert outcome.seconds <= 2 * MOST_SECONDS
    assert any(TRIED[name] in error for error in outcome.errors)
    assert not outcome.row_count
