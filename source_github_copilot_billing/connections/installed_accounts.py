"""The accounts on which a GitHub App is installed, and those that were named and on which it is not."""

from collections.abc import Callable, Sequence

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, AccountType, UnreadableAccount
from source_github_copilot_billing.connections.github_app import AppInstallations, Installation
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.form import connection_named
from source_github_copilot_billing.github.client import GitHubClient

# Which connection reads the accounts on which an App is installed, by GitHub's target_type.
CONNECTION_OF = {"Enterprise": "enterprise_github_app", "Organization": "organization_github_app"}
NAMED = 3  # accounts in a message


def installed_accounts(
    installations: AppInstallations,
    account_type: AccountType,
    names: Sequence[str],
    open_account: Callable[[AccountId, GitHubClient], Account],
) -> Accounts:
    """The accounts of one type to read as a GitHub App.

    :param names: the accounts to read; empty for every account of this type where the App is installed
    :raises ConnectorError: the list of installations cannot be fetched, or there is no account to read: a bill of no
        account would look like a bill of nothing
    """
    wanted = {name.lower(): name for name in names}
    found: list[Account] = []
    suspended: list[UnreadableAccount] = []
    installed = installations.fetch(account_type.capitalize())
    for installation in installed.wanted:
        if names and wanted.pop(installation.name.lower(), None) is None:
            continue
        account = _id_of(installation, account_type)
        if installation.is_suspended:
            suspended.append(UnreadableAccount(account, _suspended(account)))
        else:
            found.append(open_account(account, installations.client(installation, account)))
    others = "".join(_read_otherwise(target_type, seen) for target_type, seen in installed.others.items())
    if names:
        missing = [AccountId(account_type, name) for name in wanted.values()]
        not_installed = [UnreadableAccount(account, _not_installed(account, others)) for account in missing]
        return Accounts(tuple(found), unreadable=(*suspended, *not_installed))
    if not found:
        reasons = "".join(f" {entry.error.sentence}" for entry in suspended)
        raise ConnectorError(
            Code.INVALID_PERMISSIONS,
            f"the GitHub App can read no {account_type}: install it where the bill is to be read.{reasons}{others}",
        )
    return Accounts(tuple(found), left_out=tuple(suspended), all_must_work=False)


def _id_of(installation: Installation, account_type: AccountType) -> AccountId:
    if account_type == "enterprise":
        return AccountId(account_type, installation.name, enterprise_id=installation.account_id)
    return AccountId(account_type, installation.name, installation.account_id)


def _suspended(account: AccountId) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the installation of the GitHub App is suspended. An owner of the {account.account_type} lifts "
        "that under Settings, GitHub Apps.",
    )


def _not_installed(account: AccountId, others: str) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the GitHub App is not installed there. An owner of the {account.account_type} installs it from "
        f"the App's page, or the name is wrong.{others}",
    )


def _read_otherwise(target_type: str, names: Sequence[str]) -> str:
    """A sentence about accounts of another type, on which the App is installed, and who reads them."""
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    if target_type not in CONNECTION_OF:
        return f" The App is installed on {target_type} {named}, which has no bill that this connector reads."
    connection = connection_named(CONNECTION_OF[target_type])
    return f" The App is installed on {target_type} {named}: the connection {connection} reads that."
