"""`python -m sandbox`: runs the sandbox until it is told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from .sandbox import Sandbox

# Requests an hour, for people who try a few reads by user: GitHub's own quota would hold them up for an hour.
QUOTA = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description="A local GitHub that bills.")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes another bill")
    parser.add_argument(
        "--write-configs", type=Path, metavar="DIR", help="writes a configuration for each connection there"
    )
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Sandbox(seed=options.seed, port=options.port, quota=QUOTA, enterprise_installation=True) as sandbox:
        written = ""
        if options.write_configs is not None:
            options.write_configs.mkdir(parents=True, exist_ok=True)
            configs = {
                "enterprise.json": sandbox.enterprise_config(),
                "app.json": sandbox.app_config(),
                "organization_token.json": sandbox.organization_pat_config(),
                "enterprise_app.json": sandbox.enterprise_app_config(),
            }
            for name, config in configs.items():
                (options.write_configs / name).write_text(json.dumps(config, indent=2) + "\n")
            written = f"; configurations in {options.write_configs} ({', '.join(configs)})"
        print(f"listening on {sandbox.url}{written}; stop with Ctrl-C", flush=True)
        # In short waits, because a wait without an end keeps Python from seeing signals on some systems.
        while not stopped.wait(0.5):
            pass


if __name__ == "__main__":
    main()
