"""What runs in CI is pinned: whoever moves a tag of an action changes nothing here."""

import re
from pathlib import Path

import yaml

WORKFLOWS = Path(__file__).resolve().parent.parent.parent / ".github" / "workflows"
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def test_each_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    lines = [line.strip(" -") for file in WORKFLOWS.glob("*.yml") for line in file.read_text().splitlines()]
    uses = [line for line in lines if line.startswith("uses:")]
    assert uses and [line for line in uses if not PINNED.fullmatch(line)] == []


def test_workflows_may_read_the_repository_and_nothing_else() -> None:
    for file in WORKFLOWS.glob("*.yml"):
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert "permissions" not in job
            checkouts = [step for step in job["steps"] if str(step.get("uses")).startswith("actions/checkout@")]
            assert [step["with"]["persist-credentials"] for step in checkouts] == [False]
