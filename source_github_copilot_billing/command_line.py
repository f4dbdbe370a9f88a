"""The command line: source-github-copilot-billing spec | check | discover | read | preview.

Airbyte's own entrypoint does the work of its four commands; this adds what a person and a scheduler need of a command:
one sentence and exit code 1 for what is wrong. `preview` is this connector's own.
"""

import sys

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import AirbyteConnectionStatus, AirbyteMessage, AirbyteMessageSerializer, Status, Type

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.preview import command as preview
from source_github_copilot_billing.source import SourceGithubCopilotBilling


def run(args: list[str], clock: Clock | None = None) -> int:
    """Run one command, and return its exit code: 0, or 1 when anything failed."""
    if args[:1] == [preview.NAME]:  # before the entrypoint, which logs to stdout
        return preview.run(args[1:], clock)
    entrypoint = AirbyteEntrypoint(SourceGithubCopilotBilling(clock))
    if not {"-h", "--help"}.isdisjoint(args[:1] or ["--help"]):
        print(f"Beside Airbyte's commands: {preview.NAME} {preview.SUMMARY}; see {preview.NAME} --help.\n")
    parsed = entrypoint.parse_args(args)
    if not parsed.command:
        entrypoint.parse_args(["--help"])
    code = 0
    with PRINT_BUFFER:
        try:
            for message in entrypoint.run(parsed):
                sys.stdout.write(f"{message}\n")  # `print` writes twice, a message and its end
                if message.startswith('{"type":"STATE"'):
                    PRINT_BUFFER.flush()  # a state that waits here for more to print is lost by a kill
                if parsed.command == "check" and '"connectionStatus":{"status":"FAILED"' in message:
                    code = 1
        except ConnectorError as error:
            code = 1
            print(f"{_as_message(parsed.command, error)}\n", end="")
    return code


def _as_message(command: str, error: ConnectorError) -> str:
    if command == "check":
        status = AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        message = AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status)
    else:
        message = error.as_sanitized_airbyte_message()
    return orjson.dumps(AirbyteMessageSerializer.dump(message)).decode()
