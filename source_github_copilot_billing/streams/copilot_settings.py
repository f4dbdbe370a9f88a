"""Stream `copilot_settings`: the Copilot plan, seats and policies of organizations, as they are today.

https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.answers import Fields
from source_github_copilot_billing.endpoints.seats import explained
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.left_out import OddValues, log_odd_values
from source_github_copilot_billing.streams.seats import grants_of, has_no_copilot
from source_github_copilot_billing.sync.stream import Context, Row, new_row, snapshot

NAME = "copilot_settings"
TEXTS = ("plan_type", "seat_management_setting", "public_code_suggestions", "ide_chat", "platform_chat", "cli")
COUNTS = ("total", "added_this_cycle", "pending_cancellation", "pending_invitation")
USE = ("active_this_cycle", "inactive_this_cycle")


def _rows(account: Account, context: Context) -> Iterator[Row]:
    """Of an enterprise: the organizations that grant a seat, as far as the credential may see their settings."""
    odd, refusals = context.once(OddValues, NAME), list[HttpError]()
    organizations = {account.id.name: account.id.organization_id}
    if account.is_enterprise:
        grants = grants_of(account, context)
        organizations = {one.organization_name: one.organization_id for one in grants if one.organization_name}
    for name, number in organizations.items():
        try:
            settings = account.github.send(account.copilot_settings(name)).fields
            yield settings_row(account, context.today, name, number, settings, odd)
        except HttpError as refusal:
            if account.is_enterprise and refusal.status in (403, 404):
                refusals.append(refusal)
            elif not has_no_copilot(account, context, refusal):
                raise explained(refusal, account, "its Copilot settings") from None
    if refusals:
        few = f"{len(refusals)} of {len(organizations)} organizations do not show their Copilot settings"
        error = refusals[0].with_sentence(f"{few}: it takes an owner of each organization. {refusals[0].sentence}")
        # An App on the enterprise, whose number is known, sees no organization: that is no fault of the connection.
        if len(refusals) == len(organizations) and account.id.enterprise_id is None:
            raise error
        context.logger.warning(error.sentence)


COPILOT_SETTINGS = snapshot(NAME, _rows, finish=log_odd_values(NAME))


def settings_row(account: Account, day: date, name: str, number: int | None, settings: Item, odd: OddValues) -> Row:
    """An organization, by its name and number, under the day of the read."""
    fields = Fields(settings)
    seats = fields.part("seat_breakdown")
    row = {
        **new_row(NAME, account, day.isoformat(), name if number is None else str(number)),
        "organization_name": name,
        **{text: fields.text(text) for text in TEXTS},
        **{f"seats_{count}": seats.count(count) for count in (*COUNTS, *USE)},
    }
    odd.note(fields.odd)
    return {**row, "other_fields": fields.other()}
