"""A large answer says what it would say decoded at once, and takes little memory."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_github_copilot_billing.github import large_answer, response
from source_github_copilot_billing.github.http_error import ResponseTooLarge
from source_github_copilot_billing.github.large_answer import LargeAnswer, NotInPieces
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response, decode
from source_github_copilot_billing.github.retry import PassingFailure

REQUEST = Request("/billing/usage", "Enterprise acme", params={"month": 11})
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of more than 64 bytes is large, and has several pieces."""
    monkeypatch.setattr(large_answer, "PIECE_BYTES", 64)
    monkeypatch.setattr(response, "BYTES_AT_ONCE", 64)


def written(value: Any, space: str = "") -> str:
    """JSON with decimals as they are.

    :param space: around each mark
    """
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}{space}:{written(one, space)}" for name, one in value.items())
        return f"{space}{{{space}{','.join(pairs)}{space}}}{space}"
    if isinstance(value, list):
        return f"{space}[{','.join(written(one, space) for one in value)}{space}]{space}"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    objects=st.lists(st.dictionaries(TEXTS, VALUES, max_size=4), max_size=6),
    beside=st.dictionaries(TEXTS.filter(lambda name: name != "items"), VALUES, max_size=3),
    space=st.sampled_from(["", " ", "\n\t"]),
    size=st.integers(1, 9),
)
def test_its_objects_are_those_of_the_whole_decoded_at_once(
    monkeypatch: pytest.MonkeyPatch, objects: Any, beside: Any, space: str, size: int
) -> None:
    """Every value stands on the edge of a piece somewhere."""
    monkeypatch.setattr(large_answer, "PIECE_BYTES", size)
    body = written({**beside, "items": objects}, space).encode()
    answer = LargeAnswer(b"\xef\xbb\xbf" + body if space else body)
    assert answer.has_objects("items") == bool(objects)
    # By their text, which has each digit.
    whole = json.loads(body, parse_float=Decimal)
    assert list(map(str, answer.objects("items"))) == list(map(str, whole["items"]))
    assert str(answer.fields) == str({name: value for name, value in whole.items() if not isinstance(value, list)})
    with pytest.raises(ValueError):
        LargeAnswer(body.rstrip()[:-1])


@pytest.mark.parametrize(
    "body",
    [
        '{"items": [{"a": 1},]}',
        '{"items": [{"a": 1} {"a": 2}]}',
        '{"items": [{"a": 1}]} {}',
        '{"items": [{"a": 1}]}}',
        '{"items": [{"a": 1}}',
        '{"items": [{"a": 01}]}',
        '{"items": [{"a": NaN}]}',
        '{"items": [{"a": -Infinity}]}',
        '{"items": [{"a": "\\ud83d"}]}',
        '{"items": [{"\\ude00": 1}]}',
        '{"items": [{"a": "\x01"}]}',
        '{items: [{"a": 1}]}',
        '{"items" [{"a": 1}]}',
        '{1: [{"a": 1}]}',
        '{"items": [{"a": 1}], }',
        '{"items": [{"a": ' + "9" * 5000 + "}]}",
        '{"items": [{"a": 1e' + "9" * 30 + "}]}",
        '{"items": [{"a": ' + "[" * 100_000 + "}]}",
        "{",
    ],
)
def test_what_is_no_json_is_fetched_again(body: str) -> None:
    with pytest.raises((ValueError, ArithmeticError, RecursionError)):
        LargeAnswer(body.encode())
    with pytest.raises(PassingFailure):
        decode(body.encode() + b" " * 64, REQUEST)


@pytest.mark.parametrize("body", [b'{"items": [{"a": "\xff"}]}', b'{"items": [{"a": "\xed\xa0\x80"}]}', b'{"a": "\xe2'])
def test_what_is_no_utf_8_is_fetched_again(body: bytes) -> None:
    with pytest.raises(PassingFailure):
        decode(body + b" " * 64, REQUEST)


@pytest.mark.parametrize("body", [b"[" + b"1," * 50 + b"1]", b'"' + b"a" * 100 + b'"'])
def test_what_is_no_object_of_lists_is_too_large(body: bytes) -> None:
    with pytest.raises(ResponseTooLarge, match=r"GET /billing/usage\?month=11 has more than 5 MB in one piece"):
        decode(body, REQUEST)


def test_one_object_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_answer, "LARGEST_VALUE", 100)
    assert LargeAnswer(b'{"items": [{"a": "%s"}]}' % (b"b" * 80)).has_objects("items")
    for body in (b'{"items": [{"a": "%s"}]}', b'{"items": "%s"}', b'{"%s": []}'):
        with pytest.raises(NotInPieces):
            LargeAnswer(body % (b"b" * 300))
    for value in ("1", "[]"):
        many = ",".join(f'"name-{number}": {value}' for number in range(20))
        with pytest.raises(NotInPieces):
            LargeAnswer(f"{{{many}}}".encode())


def test_a_list_of_other_things_is_read_while_it_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_answer, "MOST_OTHERS", 5)
    answer = LargeAnswer(b'{"names": ["a", 1, null, true, [2]], "items": [{"a": 1}], "mixed": [{"a": 1}, 2]}')
    assert [answer.has_objects(name) for name in ("names", "items", "mixed")] == [False, True, False]
    with pytest.raises(NotInPieces):
        LargeAnswer(b'{"names": [1, 2, 3, 4, 5, 6]}')


def test_a_response_reads_its_items_and_nothing_else() -> None:
    body = decode(b'{"timePeriod": {"year": 2026}, "items": [{"price": 0.010, "name": "seats"}]}', REQUEST)
    answer = Response(REQUEST, body, {})
    for _ in range(2):
        (item,) = answer.items("items")
        assert (item.text("name"), str(item.number("price"))) == ("seats", "0.010")
    with pytest.raises(Exception, match="has no list of objects under others"):
        answer.items("others")
    assert answer.fields.values == {"timePeriod": {"year": 2026}}


@pytest.mark.parametrize("body", [b"[" + b"{}," * 5_000 + b"{}]", b'{"items": [' + b'{"a":{}},' * 2_500 + b"{}]}"])
def test_more_objects_than_real_ones_are_is_refused_before_it_is_decoded(body: bytes) -> None:
    with pytest.raises(ResponseTooLarge, match=r"has [0-9,]+ objects in [0-9,]+ bytes and was not read"):
        decode(body, REQUEST)


def test_an_answer_of_more_names_than_github_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_answer, "MOST_NAMES", 5)
    assert LargeAnswer(b"{%s}" % b",".join(b'"%d":[]' % number for number in range(5)))
    with pytest.raises(NotInPieces, match=r"^has more than 5 fields$"):
        LargeAnswer(b"{%s}" % b",".join(b'"%d":[]' % number for number in range(6)))


def test_an_answer_with_one_name_twice_is_refused_and_not_fetched_again() -> None:
    body = b'{"items": [{"a": 1}], "items": [{"a": 2}]}' + b" " * 64
    with pytest.raises(ResponseTooLarge, match=r"the answer to GET .* has two fields of one name and was not read\."):
        decode(body, REQUEST)


def test_an_answer_that_is_cut_off_is_not_read_to_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_answer._Reader, "_value", pytest.fail)
    with pytest.raises(ValueError, match="cut off"):
        LargeAnswer(b'{"items": [{"a": 1}, {"a": \n')


def test_no_more_is_decoded_at_once_than_one_value_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_answer, "LARGEST_VALUE", 300)
    sizes: list[int] = []

    class Decoder:
        def raw_decode(self, text: str, place: int) -> Any:
            sizes.append(len(text) - place)
            return json.JSONDecoder().raw_decode(text, place)

    monkeypatch.setattr(large_answer, "DECODER", Decoder())
    with pytest.raises(NotInPieces):
        LargeAnswer(b'{"items":[{' + b'"a":1,' * 500 + b'"b":1}]}')
    assert max(sizes) == 300
