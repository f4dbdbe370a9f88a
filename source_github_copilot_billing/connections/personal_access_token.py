"""A personal access token, as people paste it."""

from source_github_copilot_billing.form import Form

COMPLAINT = "is no token: copy it again, whole and alone, from GitHub."


def parse_token(form: Form) -> str:
    """The token of a form.

    :raises ConnectorError: invalid_configuration; never quotes the token
    """
    return form.matching_text("personal_access_token", COMPLAINT)
