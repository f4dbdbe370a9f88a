"""Answers and files that are malformed or made to be large, given to each reader: what they cost, and what is said.

    python -m integration_tests.reliability.hostile [PART OF A NAME]

Each is read by the whole connector in a process of its own. `test_hostile_sizes.py` tries some of them.
"""

import argparse
import gzip
import logging
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from integration_tests.support.connector import sync
from integration_tests.support.console import FORKING
from integration_tests.support.ways import (
    BILLING_SUMMARY,
    BUDGETS,
    COST_CENTERS,
    METRICS,
    REPORT,
    SEATS,
    USAGE,
    USAGE_BY_APP,
    USER_METRICS,
    USER_REQUESTS,
    Way,
    small_sandbox,
)
from sandbox import Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

MEGABYTE = 1024 * 1024
MOST_MEGABYTES, MOST_SECONDS = 300, 10
Body = Callable[[], bytes]


@dataclass(frozen=True)
class Reader:
    """:param where: a pattern of the paths that get the hostile answer, or storage
    :param list_name: of the list that it reads
    """

    name: str
    way: Way
    where: str
    list_name: str = "items"


@dataclass(frozen=True)
class Case:
    name: str
    reader: Reader
    body: Body
    zipped: bool = True
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def inject(self, sandbox: Sandbox) -> None:
        body, headers = self.body(), dict(self.headers)
        if self.zipped:
            body, headers["content-encoding"] = gzip.compress(body, compresslevel=1), "gzip"
        where = self.reader.where
        fault = Fault("json", times=None, body=body, status=self.status, headers=headers)
        sandbox.inject(replace(fault, host="storage") if where == "storage" else replace(fault, path=where))


@dataclass(frozen=True)
class Outcome:
    """:param megabytes: the most memory that the process had at once, Python and the CDK (80 MB) included
    :param seconds: of the processor
    :param clock_seconds: they also grow by what else runs
    """

    megabytes: int
    seconds: float
    clock_seconds: float
    errors: list[str]
    row_count: int


ANSWERS = (
    USAGE_ANSWER := Reader("line items", USAGE, r"billing/usage\?", "usageItems"),
    Reader("totals", BILLING_SUMMARY, "usage/summary", "usageItems"),
    Reader("credits of a user", USER_REQUESTS, "ai_credit/usage", "usageItems"),
    Reader("seats", SEATS, "billing/seats", "seats"),
    Reader("cost centers", COST_CENTERS, "cost-centers", "costCenters"),
    Reader("budgets", BUDGETS, "billing/budgets", "budgets"),
    Reader("installations", USAGE_BY_APP, r"app/installations\?"),
    Reader("token of an installation", USAGE_BY_APP, "access_tokens"),
    Reader("links of metrics", METRICS, "metrics/reports", "download_links"),
    Reader("order of a report", REPORT, "billing/reports", "usage_report_exports"),
)
LINKED = ("order of a report", "links of metrics")
CSV_FILE = Reader("file of a report", REPORT, "storage")
JSON_FILES = (
    METRICS_FILE := Reader("file of metrics", METRICS, "storage"),
    Reader("file of users' metrics", USER_METRICS, "storage"),
    Reader("file of users' teams", replace(USER_METRICS, name="users' teams", stream="user_teams"), "storage"),
)

HEADER = (
    b"date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    b"net_amount,organization,repository,cost_center_name\n"
)
ITEM = (
    b'{"date":"%s","product":"copilot","sku":"Copilot AI Credits","quantity":%d.5,"unitType":"ai-credits",'
    b'"pricePerUnit":0.01,"grossAmount":1.25,"discountAmount":0.25,"netAmount":1.0,"organizationName":"acme-data",'
    b'"repositoryName":"acme/repository-%d"}'
)


def filled(start: bytes, part: bytes, end: bytes, megabytes: float) -> Body:
    return lambda: start + part * int(megabytes * MEGABYTE / len(part)) + end


def numbered(start: bytes, part: bytes, end: bytes, count: int) -> Body:
    """:param part: takes a number once or more"""
    places = part.count(b"%d")
    return lambda: start + b"".join(part % ((number,) * places) for number in range(count)) + end


def items(last: bytes, megabytes: int = 60) -> Body:
    """Line items of today as GitHub's are, and something else behind them."""

    def body() -> bytes:
        day = small_sandbox().bill.today.isoformat().encode() + b"T00:00:00Z"
        count = megabytes * MEGABYTE // 300
        return b'{"usageItems":[' + b",".join(ITEM % (day, number, number) for number in range(count)) + last

    return body


def answers_for_all(reader: Reader) -> Iterator[Case]:
    """What each reader of an answer must bear."""
    name = reader.list_name.encode()
    yield Case("empty objects", reader, filled(b'{"%s":[' % name, b"{},", b"{}]}", 60))
    yield Case("a list of empty objects alone", reader, filled(b"[", b"{},", b"{}]", 60))
    yield Case("numbers", reader, filled(b'{"%s":[' % name, b"1.5,", b"1]}", 60))
    yield Case("one text", reader, filled(b'{"%s":"' % name, b"a", b'"}', 60))
    yield Case("a refusal of empty objects", reader, filled(b'{"message":[', b"{},", b"{}]}", 60), status=403)


def answers() -> Iterator[Case]:
    """What only large answers are broken with."""
    reader = USAGE_ANSWER
    start, end = b'{"usageItems":[', b"{}]}"
    yield Case("spaces and no value", reader, filled(b"", b" ", b"", 60))
    yield Case("spaces, more than is read", reader, filled(b"", b" ", b"{}", 70))
    yield Case("empty lists", reader, filled(start, b"[],", end, 60))
    yield Case("lists in lists", reader, filled(b"", b"[", b"", 60))
    yield Case("objects in objects", reader, filled(b"", b'{"a":', b"", 60))
    yield Case("objects in objects, short of the limit", reader, filled(b"", b'{"a":', b"1" + b"}" * 800_000, 3.8))
    yield Case("small objects, short of the limit", reader, filled(start, b'{"abc":"def"},' + b" " * 4, end, 3.9))
    yield Case("small objects, many", reader, filled(start, b'{"abc":"defgh","ijk":"lmn"},', end, 60))
    yield Case("numbers, short of the limit", reader, filled(start, b"1.5,", b"1]}", 3.9))
    yield Case("names, short of the limit", reader, numbered(b'{"usageItems":[{', b'"%d":1,', b'"a":1}]}', 400_000))
    yield Case("names of one object", reader, numbered(b'{"usageItems":[{', b'"%d":1,', b'"a":1}]}', 4_000_000))
    yield Case("names of the answer", reader, numbered(b"{", b'"%d":1,', b'"a":1}', 4_000_000))
    yield Case("names of empty lists", reader, numbered(b"{", b'"%d":[],', b'"a":1}', 4_000_000))
    yield Case("characters of four bytes", reader, filled(b'{"usageItems":"', "😀".encode(), b'"}', 60))
    yield Case("escapes", reader, filled(b'{"usageItems":"', b"\\ud83d\\ude00", b'"}', 60))
    yield Case("halves of characters", reader, filled(b'{"usageItems":[{"a":"', b"\\ud83d", b'"}]}', 60))
    yield Case("no UTF-8", reader, filled(b'{"usageItems":"', b"\xff", b'"}', 60))
    yield Case("one whole number", reader, filled(b'{"usageItems":[', b"9", b"]}", 60))
    yield Case("whole numbers of many digits", reader, filled(start, b"9" * 4_000 + b",", b"1]}", 3.9))
    yield Case("an exponent", reader, filled(b'{"usageItems":[{"quantity":1e', b"9", b"}]}", 3))
    yield Case("a page of HTML", reader, filled(b"<html>", b"<p>", b"</html>", 60))
    yield Case("zeros", reader, filled(b"", b"\0", b"", 60))
    yield Case("line items that are cut off", reader, items(b',{"date":'))
    yield Case("line items, and one list twice", reader, items(b'],"usageItems":[]}'))
    yield Case("line items without a last field", reader, items(b',{"date":"2026-11-01"}]}'))
    yield Case("products without end", reader, numbered(start, b'{"product":"%d","sku":"a"},', end, 2_000_000))
    yield Case("a redirect with a body", reader, filled(b"", b"a", b"", 400), status=302, headers={"location": "/x"})
    yield Case("a failure with a body", reader, filled(b"", b"{},", b"", 60), status=502)
    yield Case("zipped twice", reader, lambda: gzip.compress(filled(start, b"{},", end, 60)()))


def links() -> Iterator[Case]:
    """More files than a report has. Each is small."""
    link = b'"http://127.0.0.1:9/%d",'
    order, metrics = (next(reader for reader in ANSWERS if reader.name == name) for name in LINKED)
    report = b'{"usage_report_exports":[],"id":1,"status":"completed","download_urls":['
    yield Case("links without end", order, numbered(report, link, b'"http://127.0.0.1:9"]}', 100_000))
    yield Case("links without end", metrics, numbered(b'{"download_links":[', link, b'"http://127.0.0.1:9"]}', 100_000))


def csv_files() -> Iterator[Case]:
    reader = CSV_FILE
    line = b"%s,ann,copilot,copilot_ai_credit,gpt,1.5,ai-credits,0.01,0.015,0,0.015,acme-data,,\n"

    def lines(build: Callable[[bytes], bytes]) -> Body:
        """Of the first day: what is wrong with them is said of the first report."""
        return lambda: build((small_sandbox().bill.today - timedelta(days=REPORT.days)).isoformat().encode())

    yield Case("one line of 512 MB", reader, filled(HEADER, b"a", b"", 512))
    yield Case("a header of 512 MB", reader, filled(b"", b"date,", b"", 512))
    yield Case("a header of many columns", reader, numbered(HEADER.strip(), b",a%d", b"\n", 100_000))
    yield Case("line breaks", reader, filled(HEADER, b"\n", b"", 64))
    yield Case("line breaks with returns", reader, filled(HEADER, b"\r\n", b"", 64))
    yield Case("returns", reader, filled(HEADER, b"\r", b"", 64))
    yield Case("commas", reader, filled(HEADER, b",", b"", 64))
    yield Case("a quote without end", reader, filled(HEADER + b'"', b"a" * 99 + b"\n", b"", 64))
    yield Case("a record without end", reader, filled(HEADER, b'ab,cd,"' + b"e" * 60 + b'\n",', b"", 64))
    yield Case("zeros", reader, filled(HEADER, b"\0", b"", 64))
    yield Case("no UTF-8", reader, filled(HEADER, b"\xff", b"", 64))
    yield Case("characters of four bytes", reader, filled(HEADER, "😀".encode(), b"", 64))
    yield Case("nothing", reader, filled(b"", b"a", b"", 0))
    yield Case("a document of JSON", reader, filled(b"[", b'{"a":1},', b"{}]", 64))
    yield Case(
        "a page of HTML", reader, filled(b"<html>", b"<p>\n", b"</html>", 64), headers={"content-type": "text/html"}
    )
    yield Case(
        "numbers of many digits", reader, lines(lambda day: HEADER + line.replace(b"1.5", b"9" * 100_000, 1) % day)
    )
    yield Case(
        "products without end",
        reader,
        lines(lambda day: HEADER + b"".join(line.replace(b"copilot,", b"p%d,", 1) % (day, n) for n in range(300_000))),
    )
    yield Case(
        "units without end",
        reader,
        lines(
            lambda day: (
                HEADER
                + b"".join(line.replace(b"ai-credits", b"unit-%d", 1) % (day, n) for n in range(300_000))
                + b"x\n"
            )
        ),
    )
    long = b"a" * 100_000  # thousands are kept, because most lines have those of an earlier one
    yield Case(
        "long users",
        reader,
        lines(lambda day: HEADER + b"".join(line.replace(b"ann", b"%d%s", 1) % (day, n, long) for n in range(4_000))),
    )
    yield Case(
        "long repositories",
        reader,
        lines(lambda day: HEADER + b"".join(line.replace(b",,", b",%d%s,", 1) % (day, n, long) for n in range(4_000))),
    )
    yield Case("one line again and again", reader, lines(lambda day: HEADER + (line % day) * 500_000 + b"x\n"))


def json_files_for_all(reader: Reader) -> Iterator[Case]:
    """What each reader of a file of JSON must bear."""
    yield Case("line breaks", reader, filled(b"", b"\n", b"", 64))
    yield Case("zipped line breaks", reader, lambda: gzip.compress(b"\n" * 64 * MEGABYTE), zipped=False)
    yield Case("empty objects", reader, filled(b"", b"{}\n", b"", 64))
    yield Case("a list of empty objects", reader, filled(b"[", b"{},", b"{}]", 60))
    yield Case("one line of 512 MB", reader, filled(b'{"a":"', b"a", b'"}', 512))


def json_files() -> Iterator[Case]:
    reader = METRICS_FILE
    users = b'{"user_id":%d,"user_login":"u%d","team_id":%d,"team_slug":"t%d","day":"2026-11-01"}\n'
    yield Case("lines without end", JSON_FILES[2], numbered(b"", users, b"", 4_000_000))
    yield Case("zipped to 1 GB", reader, lambda: gzip.compress(b" " * MEGABYTE * 1024, 1), zipped=False)
    yield Case("lines of megabytes", reader, filled(b"", b'{"a":"' + b"a" * 6_000_000 + b'"}\n', b"", 512))
    yield Case("a list, short of the limit", reader, filled(b"[", b'{"a":1},' + b" " * 9, b"{}]", 5.9))
    yield Case("numbers, short of the limit", reader, filled(b'{"a":[', b"1.5,", b"1]}", 5.9))
    yield Case("names, short of the limit", reader, numbered(b"{", b'"%d":1,', b'"a":1}', 520_000))
    yield Case("lists in lists", reader, filled(b"", b"[", b"", 7))
    yield Case("a document over many lines", reader, filled(b"[\n", b'{"a":\n1},\n', b"{}]", 64))
    yield Case("no JSON", reader, filled(b"", b"x" * 99 + b"\n", b"", 64))
    yield Case("no UTF-8", reader, filled(b'{"a":"', b"\xff", b'"}', 7))
    yield Case("a zip that is damaged", reader, lambda: gzip.compress(b"{}\n" * MEGABYTE)[:-20], zipped=False)
    yield Case("many small zips", reader, lambda: gzip.compress(b"") * 200_000, zipped=False)


def cases() -> list[Case]:
    found = [case for reader in ANSWERS for case in answers_for_all(reader)]
    found += [*answers(), *links(), *csv_files()]
    found += [case for reader in JSON_FILES for case in json_files_for_all(reader)]
    return [*found, *json_files()]


def run(case: Case) -> Outcome:
    """Read by a process of its own.

    :raises EOFError: it died
    """
    with small_sandbox(days=case.reader.way.days) as sandbox:
        case.inject(sandbox)
        config = case.reader.way.config(sandbox, num_workers=1)
        reader, writer = FORKING.Pipe(duplex=False)
        process = FORKING.Process(target=read, args=(case.reader.way.stream, config, writer))
        process.start()
        writer.close()
        with reader:
            outcome: Outcome = reader.recv()
        process.join()
        return outcome


def read(stream: str, config: Mapping[str, Any], writer: Connection) -> None:
    """In the child, without its logs: pauses between tries take no time."""
    logging.disable()
    began = time.monotonic()
    result = sync(config, [stream], clock=VirtualClock())
    clock_seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime
    writer.send(Outcome(peak_megabytes(), seconds, clock_seconds, list(result.errors), len(result.rows[stream])))


def peak_megabytes() -> int:
    """The most memory that this process had. Linux counts what its parent had into ru_maxrss."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="", help="of the cases' names")
    options = parser.parse_args()
    chosen = [case for case in cases() if options.part in f"{case.reader.name}: {case.name}"]
    broken = 0
    for case in chosen:
        outcome = run(case)
        is_held = outcome.megabytes <= MOST_MEGABYTES and outcome.seconds <= MOST_SECONDS and bool(outcome.errors)
        broken += not is_held
        error = outcome.errors[0] if outcome.errors else f"no error, {outcome.row_count} rows"
        print(
            f"{'held' if is_held else 'NOT HELD':8} {outcome.megabytes:5} MB {outcome.seconds:6.1f} s "
            f"({outcome.clock_seconds:5.1f} by the clock)  "
            f"{case.reader.name}: {case.name}\n         {error[:300]}",
            flush=True,
        )
    print(f"{len(chosen)} tried, {broken} not held within {MOST_MEGABYTES} MB and {MOST_SECONDS} s with an error")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
