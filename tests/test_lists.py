"""Lists of names on the command line."""

import pytest

from zarr_cryoet import lists
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError


def test_words_stand_between_commas():
    assert lists.split(" a, b,,a ,") == ["a", "b", "a"]
    assert lists.names(" a, b,,a ,", "--some") == ("a", "b")


@pytest.mark.parametrize("text", ["", " ", ",", " , ,"])
def test_an_empty_list_names_its_option(text):
    assert lists.split(text) == []
    with pytest.raises(UserError, match="^--codecs: an empty list of names; leave"):
        lists.select(CODECS, text, "--codecs")


def test_groups_and_ids_become_ids_each_once():
    found = lists.select(CODECS, "zstd-3, smoke,zstd-3", "--codecs")
    assert found == tuple(dict.fromkeys(["zstd-3", *CODECS.select("smoke")]))
    assert lists.select(CODECS, "all", "--codecs") == tuple(CODECS)


def test_a_name_may_mean_something_here_alone():
    assert lists.select(CODECS, "mine,none", "--codecs", {"mine": ("x", "y")}) == ("x", "y", "none")


def test_an_unknown_name_is_named():
    with pytest.raises(UserError, match="^ztsd-3: no such codec or group; did you mean zstd-3"):
        lists.select(CODECS, "none,ztsd-3", "--codecs")
