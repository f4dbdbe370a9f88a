from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from cryptography.hazmat.primitives.asymmetric import rsa

from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.github.credentials import GitHubApp


def test_a_jwt_is_taken_out_of_what_is_printed() -> None:
    token = GitHubApp("1", rsa.generate_private_key(65537, 2048), SystemClock()).token()
    assert token not in filter_secrets(f"a proxy's page: Authorization: Bearer {token}")
