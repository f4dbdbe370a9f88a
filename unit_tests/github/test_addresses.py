"""Which hosts a request may go to, in every spelling of a host."""

import pytest

from source_github_copilot_billing.github.transport import as_sent, is_loopback, is_public_name, origin

# Each of them is an address or this machine to some resolver or library.
NO_NAMES = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "8.8.8.8",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "2130706433.",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[64:ff9b::7f00:1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "foo.localhost",
    "a.b.LocalHost",
    "localhost.localdomain",
    "\uff11\uff12\uff17.0.0.1",  # wide digits
    "①②⑦.⓪.⓪.①",
    "ⓛocalhost",
    "127。0。0。1",
    "\u017ftorage",
    "%31%32%37.0.0.1",
    "metadata",
    "storage.example.",
    "storage..example",
    "-storage.example.1",
    "storage.example.0x1",
    "",
]


@pytest.mark.parametrize("host", NO_NAMES)
def test_an_address_in_any_spelling_is_no_public_name(host: str) -> None:
    try:
        found = as_sent(f"https://{host}/report?sig=x").hostname or ""
    except ValueError:
        return  # no URL: nothing is sent
    assert not is_public_name(found)


@pytest.mark.parametrize(
    "host",
    [
        "copilot-reports.github.com",
        "copilot-reports.acme.ghe.com",
        "productionresultssa0.blob.core.windows.net",
        "objects-origin.githubusercontent.com",
        "github-production-report-1a2b.s3.amazonaws.com",
        "storage_1.example",
        "xn--bcher-kva.example",
        "bücher.example",
        "10.0.0.1.example",
        "STORAGE.Example",
    ],
)
def test_names_of_storage_hosts_are_public_names(host: str) -> None:
    assert is_public_name(as_sent(f"https://{host}:443/report?sig=x").hostname or "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.github.com", "https://API.GitHub.com:443/page?2"),
        ("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/x"),
    ],
)
def test_one_origin_in_two_spellings_is_one(one: str, other: str) -> None:
    assert origin(one) == origin(other)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com.evil.example",
        "https://api.github.com@evil.example",
        "https://evil.example#@api.github.com",
        "https://evil.example?@api.github.com",
        "https://api.github.com:8443",
        "http://api.github.com",
        "https://api.github.com%2eevil.example",
        "ftp://api.github.com",
    ],
)
def test_another_host_port_or_scheme_is_another_origin(url: str) -> None:
    assert origin(url) != origin("https://api.github.com")


@pytest.mark.parametrize("url", ["https://evil.example\\@api.github.com", "https://[", "https://a:99999", "https://"])
def test_what_has_two_readings_or_no_host_is_no_url(url: str) -> None:
    with pytest.raises(ValueError):
        origin(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_names_and_addresses_of_this_machine_are_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["api.github.com", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"])
def test_other_hosts_are_no_loopback(host: str) -> None:
    assert not is_loopback(host)
