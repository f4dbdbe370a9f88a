"""Stream `detailed_usage`: the bill's lines by user, from GitHub's detailed report: what each person costs.

Seats stand here by user, with their cost center, and so do those of people who left. Beside the products that the user
chose it has what Copilot's agents cost in Actions. GitHub makes the report for enterprises alone.

https://docs.github.com/en/billing/reference/billing-reports
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, fetch_totals
from source_github_copilot_billing.endpoints.copilot_minutes import CopilotCause, copilot_cause
from source_github_copilot_billing.endpoints.period import Period
from source_github_copilot_billing.endpoints.spelling import ChargeType, canonical, canonical_names, plan_of
from source_github_copilot_billing.endpoints.usage_report_lines import LABELS, NEEDED, WORKFLOW_PATH, Selection
from source_github_copilot_billing.streams.ai_credit_usage.by_report import ReportedUsage, read_by_report
from source_github_copilot_billing.streams.left_out import LeftOut
from source_github_copilot_billing.streams.usage import mode_of
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream

NAME = "detailed_usage"
OPTIONAL = ("organization", "repository", "cost_center_name", WORKFLOW_PATH)
NOT_IN_THE_REPORT = frozenset(
    {"model", "monthly_quota", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"}
)
PRODUCT, UNIT, PATH = (LABELS.index(name) for name in ("product", "unit_type", WORKFLOW_PATH))


def _open(account: Account, context: Context) -> AccountReader:
    products = canonical_names(context.products)
    report = ReportedUsage(
        report_type="detailed",
        name="the detailed report",
        counted="these products",
        selection=lines_of(products),
        totals=partial(_totals, products),
        stream=NAME,
        access="The detailed report needs the same access as the enterprise's usage.",
        usual_columns=frozenset(OPTIONAL),
    )
    reader = read_by_report(report, account, context, mode_of(products))
    return AccountReader(reader.slices, lambda slice: _finished(reader.read(slice), account, context), reader.mode)


def lines_of(products: Set[str]) -> Selection:
    """The lines of these products, and those that Copilot causes.

    :param products: names in the spelling of `canonical`
    """

    def is_wanted(texts: Sequence[str], login: str) -> bool:
        product = texts[PRODUCT]
        return canonical(product) in products or copilot_cause(product, texts[UNIT], login, texts[PATH]) is not None

    return Selection(is_wanted, needed=tuple(name for name in NEEDED if name != "model"), optional=OPTIONAL)


def _totals(products: Set[str], account: Account, period: Period) -> Iterable[BillItem]:
    return (total for total in fetch_totals(account, period).values() if total.product_key in products)


def _finished(given: Iterable[Row | Finished], account: Account, context: Context) -> Iterator[Row | Finished]:
    unknown: Counter[str] = Counter()
    for one in given:
        if isinstance(one, Finished):
            yield one
            continue
        row = detailed_row(one)
        if row["copilot_cause"] == CopilotCause.OTHER.value:
            unknown[(row[WORKFLOW_PATH] or row["login"])[:60]] += 1
        yield row
    if unknown:
        names = ", ".join(f"{name} ({count})" for name, count in unknown.most_common(5))
        context.logger.warning(
            f"{account.id}: {unknown.total()} row(s) of the detailed report name Copilot in a way that this connector "
            f"does not know yet, such as {names}. They are there, with the copilot_cause other."
        )


def detailed_row(row: Row) -> Row:
    """A row of the report's reader with this stream's columns."""
    login, path = row["login"] or "", row.get(WORKFLOW_PATH)
    cause = copilot_cause(row["product"], row["unit_type"], login, path or "")
    return {
        **{name: value for name, value in row.items() if name not in NOT_IN_THE_REPORT},
        WORKFLOW_PATH: path,
        "plan_type": plan_of(row["sku"]) if row["charge_type"] == ChargeType.SEAT.value else None,
        "copilot_cause": cause.value if cause else None,
    }


def _log(context: Context) -> None:
    if sentence := context.once(LeftOut, NAME).sentence_by_product():
        context.logger.info(sentence)


DETAILED_USAGE = Stream(NAME, _open, enterprises_only=True, finish=_log)
