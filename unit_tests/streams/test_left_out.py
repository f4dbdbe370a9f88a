import pytest

from source_github_copilot_billing.streams.left_out import ProductsSeen, missing_sentence

CORRECT = "Correct products in the configuration, if the name is wrong."


@pytest.mark.parametrize(
    ("name", "meant"),
    [("copliot", "Copilot"), ("GitHub Copilot", "Copilot"), ("action", "actions"), ("gitlfs2", "Git LFS")],
)
@pytest.mark.parametrize("is_whole", [True, False])
def test_name_that_is_much_like_another_one_is_taken_for_it(name: str, meant: str, is_whole: bool) -> None:
    assert missing_sentence([name], ["actions", "Copilot", "Git LFS"], is_whole) == (
        f"No line item is of the product {name}. Did you mean {meant}? {CORRECT}"
    )


def test_name_like_no_other_is_warned_of_where_the_whole_history_was_read() -> None:
    wanted, seen = ["copilot", "spark"], ["sandbox", "copilot"]
    assert missing_sentence(wanted, seen, is_whole=False) is None
    assert missing_sentence(wanted, seen, is_whole=True) == (
        f"No line item is of the product spark. There are: copilot, sandbox. {CORRECT}"
    )
    assert missing_sentence(["copilot"], [], is_whole=True) == (
        f"No line item is of the product copilot. There is no line item. {CORRECT}"
    )


def test_every_spelling_of_a_product_that_is_there_is_right() -> None:
    assert missing_sentence(["code-quality", "GIT LFS"], ["Code Quality", "git_lfs", "copilot"], is_whole=True) is None


def test_each_wrong_name_has_its_sentence() -> None:
    assert missing_sentence(["copliot", "copilot", "acton"], ["copilot", "actions"], is_whole=False) == (
        "No line item is of the product copliot. Did you mean copilot? No line item is of the product acton. Did you "
        f"mean actions? {CORRECT}"
    )


def test_parts_are_added_up_to_one_sentence() -> None:
    seen = ProductsSeen(["copilot"])
    assert seen.left_out_sentence() is None
    seen.add(["Copilot"], {"actions": 2, "packages": 1})
    seen.add([], {"actions": 3})
    assert seen.left_out_sentence() == (
        "Line items of products that are not read: actions (5), packages (1). To read a product, add its name to "
        "products in the configuration."
    )
    assert seen.missing_sentence() is None


def test_product_that_one_account_alone_has_is_there() -> None:
    seen = ProductsSeen(["copilot", "spark"])
    for products in (["copilot"], ["copilot", "spark"]):
        seen.begin_part()
        seen.add(products, {})
        seen.end_part()
    assert seen.missing_sentence() is None


def test_part_that_was_not_read_may_hold_what_is_missing() -> None:
    seen = ProductsSeen(["copilot", "spark"])
    assert seen.missing_sentence() is None  # no account could be read
    seen.begin_part()
    seen.add(["copilot"], {})
    assert seen.missing_sentence() is None
    seen.end_part()
    assert seen.missing_sentence() is not None
