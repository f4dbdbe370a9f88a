"""The accounts on which a GitHub App is installed, and those that were named and on which it is not."""

from collections.abc import Callable, Sequence

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, AccountType, UnreadableAccount
from source_github_copilot_billing.connections.app_installations import AppInstallations, Installation
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.client import GitHubClient


def installed_accounts(
    installations: AppInstallations,
    account_type: AccountType,
    names: Sequence[str],
    open_account: Callable[[AccountId, GitHubClient], Account],
) -> Accounts:
    """:param names: the accounts to read; empty for every account of this type where the App is installed
    :raises ConnectorError: the list of installations cannot be fetched
    """
    wanted = {name.lower(): name for name in names}
    found: list[Account] = []
    suspended: list[UnreadableAccount] = []
    for installation in installations.list(account_type.capitalize()):
        if names and wanted.pop(installation.name.lower(), None) is None:
            continue
        account = _id_of(installation, account_type)
        if installation.is_suspended:
            suspended.append(UnreadableAccount(account, _suspended(account)))
        else:
            found.append(open_account(account, installations.client(installation, account)))
    if not names:
        return Accounts(tuple(found), left_out=tuple(suspended), all_must_work=False)
    missing = [AccountId(account_type, name) for name in wanted.values()]
    not_installed = [UnreadableAccount(account, _not_installed(account)) for account in missing]
    return Accounts(tuple(found), unreadable=(*suspended, *not_installed))


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


def _not_installed(account: AccountId) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the GitHub App is not installed there. An owner of the {account.account_type} installs it from "
        "the App's page, or the name is wrong.",
    )
