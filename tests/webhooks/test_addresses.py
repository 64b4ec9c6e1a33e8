"""Outgoing calls reach public addresses, and of the others only those that the operator has allowed."""

from ipaddress import ip_address

import pytest
from pydantic import ValidationError

from app.clients.addresses import AddressNotAllowed, BadUrl, Reach, checked_url, networks_from
from app.settings import Settings

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::1", "2002:a00:1::1", "2001:0:7f00:1::1", "100::1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises(AddressNotAllowed):
        Reach().check([address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str) -> None:
    assert Reach().check([address]) == [ip_address(address)]


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(AddressNotAllowed):
        Reach().check(["1.1.1.1", "10.0.0.1"])


def test_the_operator_allows_networks() -> None:
    reach = Settings.model_validate({"allowed_networks": "10.0.0.0/8, fd00::/8"}).reach

    assert reach.check(["10.1.2.3", "::ffff:10.1.2.3", "fd00::7", "1.1.1.1"])
    with pytest.raises(AddressNotAllowed):
        reach.check(["192.168.1.1"])
    assert Settings().reach == Reach()


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everything", "10.0.0.0/8;fd00::/8"])
def test_a_setting_that_names_no_networks_stops_the_start(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"allowed_networks": text})


def test_no_networks_is_none() -> None:
    assert networks_from("") == ()


@pytest.mark.parametrize(
    "url",
    [
        "", "receiver.example", "ftp://receiver.example", "file:///etc/passwd", "gopher://receiver.example",
        "http://", "http:///path", "http://user:pass@receiver.example", "http://user@receiver.example",
        "http://receiver.example/a b", "http://receiver.example/\n", "http://receiver.example#x", "http://é.example",
        "http://receiver.example:99999", "http://receiver.example:0", "http://[::1", "http://a/" + "x" * 2000,
        "http://receiver%2eexample/",
    ],
)  # fmt: skip
def test_what_is_no_address_for_calls_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        checked_url(url, Reach())


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://[::1]:8443/", "http://169.254.169.254/latest"])
def test_a_private_address_given_as_a_number_is_refused_at_once(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        checked_url(url, Reach())
