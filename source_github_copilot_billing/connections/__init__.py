"""The ways to connect, in the order of the form."""

from source_github_copilot_billing.connections.connection import Connection
from source_github_copilot_billing.connections.enterprise_github_app import EnterpriseGitHubApp
from source_github_copilot_billing.connections.enterprise_pat import EnterprisePat
from source_github_copilot_billing.connections.organization_github_app import OrganizationGitHubApp
from source_github_copilot_billing.connections.organization_pat import OrganizationPat

CONNECTIONS: tuple[type[Connection], ...] = (EnterprisePat, OrganizationGitHubApp, OrganizationPat, EnterpriseGitHubApp)
