"""What becomes of each kind of column when names are hidden."""

from typing import Any

import pytest

from source_github_copilot_billing.sync.schema import HiddenNames
from source_github_copilot_billing.sync.stream import Row
from source_github_copilot_billing.user_names import LEFT_OUT, PLAIN_NAMES, PSEUDONYMIZED, UserNames

PSEUDONYMS = UserNames(PSEUDONYMIZED, "x" * 20)
NOTHING = UserNames(LEFT_OUT, "x" * 20)


def hidden(stream: str, names: UserNames = PSEUDONYMS, **row: Any) -> Row:
    before = {"id": "plain", **row}
    found = HiddenNames(stream, names)(before)
    assert before == {"id": "plain", **row}  # several rows can share what they hold
    assert found.keys() == before.keys()
    return found


def test_plain_rows_pass_as_they_are() -> None:
    row: Row = {"id": "plain", "login": "ann"}
    assert HiddenNames("seats", PLAIN_NAMES)(row) is row


def test_a_user_is_the_same_in_every_stream_and_everything_else_stays() -> None:
    seat = hidden("seats", login="Ann", user_id=7, plan_type="business", assigning_team_slug="web")
    assert seat == {
        "id": PSEUDONYMS.row_id("plain"),
        "login": PSEUDONYMS.login("ann"),
        "user_id": PSEUDONYMS.number(7),
        "plan_type": "business",
        "assigning_team_slug": "web",
    }
    for stream in ("user_metrics", "user_teams"):
        assert hidden(stream, login="ANN", user_id=7) == {name: seat[name] for name in ("id", "login", "user_id")}
    for stream in ("ai_credit_usage", "premium_request_usage", "budgets"):
        assert hidden(stream, login="ann")["login"] == seat["login"]


def test_names_left_out_are_null() -> None:
    seat = hidden("seats", NOTHING, login="Ann", user_id=7, plan_type="business")
    assert seat == {"id": NOTHING.row_id("plain"), "login": None, "user_id": None, "plan_type": "business"}


@pytest.mark.parametrize("names", [PSEUDONYMS, NOTHING], ids=[PSEUDONYMIZED, LEFT_OUT])
def test_a_row_of_no_user_stays_one(names: UserNames) -> None:
    row = hidden("ai_credit_usage", names, login=None, attribution="unattributed", repository_name=None)
    assert (row["login"], row["attribution"]) == (None, "unattributed")


@pytest.mark.parametrize("names", [PSEUDONYMS, NOTHING], ids=[PSEUDONYMIZED, LEFT_OUT])
def test_texts_that_can_hold_any_name_go(names: UserNames) -> None:
    row = hidden("seats", names, last_activity_editor="anns-editor/1", other_fields={"assignee": {"email": "a@b"}})
    assert (row["last_activity_editor"], row["other_fields"]) == (None, None)


@pytest.mark.parametrize(
    ("repository", "organization", "is_kept"),
    [
        ("acme/api", "acme", True),
        ("Acme/api", "aCME", True),
        ("api", "acme", True),
        ("ann/dotfiles", "acme", False),
        ("ann/dotfiles", None, False),
        ("dotfiles", None, False),
        ("acme-2/api", "acme", False),
    ],
)
@pytest.mark.parametrize("stream", ["usage", "ai_credit_usage", "premium_request_usage"])
def test_a_repository_is_named_where_it_is_the_organizations(
    stream: str, repository: str, organization: str | None, is_kept: bool
) -> None:
    values: dict[str, Any] = {"repository_name": repository, "organization_name": organization}
    row = hidden(stream, **values)
    assert row["repository_name"] == (repository if is_kept else PSEUDONYMS.login(repository))
    assert row["organization_name"] == organization
    assert hidden(stream, NOTHING, **values)["repository_name"] == (repository if is_kept else None)


@pytest.mark.parametrize(("owner", "is_person"), [("acme", False), ("ann_acme", True), (None, True)])
def test_a_repository_of_pull_requests_is_named_where_its_owner_is_no_managed_user(
    owner: str | None, is_person: bool
) -> None:
    row = hidden("repository_metrics", repository_owner=owner, repository_name="api", organization_name=None)
    assert row["repository_name"] == (PSEUDONYMS.login("api") if is_person else "api")
    assert row["repository_owner"] == (owner and PSEUDONYMS.login(owner) if is_person else owner)


@pytest.mark.parametrize(
    ("kind", "is_person"), [("User", True), ("Guest", True), ("Org", False), ("Repo", False), ("Team", False)]
)
def test_a_cost_centers_resource_is_a_person_unless_it_is_known_to_be_something_else(
    kind: str, is_person: bool
) -> None:
    row = hidden("cost_centers", resource_type=kind, resource_name="Ann", cost_center_name="Ops")
    assert row["resource_name"] == (PSEUDONYMS.login("ann") if is_person else "Ann")
    assert (row["resource_type"], row["cost_center_name"]) == (kind, "Ops")


@pytest.mark.parametrize(("scope", "is_person"), [("user", True), ("new", True), ("repository", False)])
def test_a_budgets_entity_is_a_person_unless_its_scope_says_otherwise(scope: str, is_person: bool) -> None:
    row = hidden("budgets", budget_scope=scope, entity_name="Ann")
    assert row["entity_name"] == (PSEUDONYMS.login("ann") if is_person else "Ann")


def test_recipients_of_alerts_are_users_and_no_other_text_of_the_object_stays() -> None:
    alerting = {"will_alert": True, "alert_recipients": ["Ann", "bob"], "note": "ask Ann", "owner": {"login": "ann"}}
    assert hidden("budgets", alerting=alerting)["alerting"] == {
        "will_alert": True,
        "alert_recipients": [PSEUDONYMS.login("ann"), PSEUDONYMS.login("bob")],
        "note": None,
        "owner": {"login": None},
    }
    assert hidden("budgets", NOTHING, alerting=alerting)["alerting"]["alert_recipients"] == [None, None]


def test_arrays_of_metrics_keep_their_numbers_and_the_texts_that_are_known() -> None:
    known = {"ide": "vscode", "count": 2, "last_known_ide_version": {"ide_version": "1.85.0", "sampled_at": None}}
    new = {"user": "ann", "user_id": 7, "id": 8, "users": ["ann"]}
    (entry,) = hidden("user_metrics", totals_by_ide=[{**known, **new}])["totals_by_ide"]
    assert entry == {**known, "user": None, "user_id": None, "id": None, "users": [None]}


def test_a_value_of_another_type_than_documented_goes() -> None:
    row = hidden("seats", login=["ann"], user_id="ann")
    assert (row["login"], row["user_id"]) == (None, None)
