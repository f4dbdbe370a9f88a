"""Answers of GitHub, for tests that send no request."""

import json
from decimal import Decimal
from typing import Any

from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response


def answer(body: Any) -> Response:
    """As the client decodes it: numbers with a fraction are exact."""
    return Response(Request("/billing", "Enterprise acme"), json.loads(json.dumps(body), parse_float=Decimal), {})
