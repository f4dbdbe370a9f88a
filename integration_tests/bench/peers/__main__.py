"""`python -m integration_tests.bench.peers [ROWS]`: the comparison alone, with a report of so many rows."""

import sys

from integration_tests.bench.peers.comparison import main

main(*map(int, sys.argv[1:]))
