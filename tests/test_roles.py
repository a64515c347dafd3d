"""Each backend takes part in each role with rows of its own, or says in its class why not."""

from pathlib import Path

import pytest

from zarr_cryoet.bench import listing
from zarr_cryoet.core import backends
from zarr_cryoet.core.backends.base import ROLES
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure import clients as faulty
from zarr_cryoet.core.requests.countable import Countable
from zarr_cryoet.costs import clients as costed
from zarr_cryoet.environments import rows
from zarr_cryoet.reproduce.clients import clients

DOCS = Path(__file__).resolve().parents[1] / "docs"


def counted():
    return {cls.id for cls in backends.classes() if issubclass(cls, Countable)}


def in_flight():
    return {cls.id for cls in backends.classes() if cls.flight}


#: By role: who has rows in its room.
ROOMS = {
    "suite": lambda: {*backends.select("suite")},
    "counted": counted,
    "costed": lambda: {client.backend for client in costed.CLIENTS.values()} & in_flight(),
    "interop": lambda: {row.backend for row in rows.PEERS.values()},
    "faults": lambda: {faulty.CLIENTS[row.client].backend for row in rows.BUCKET_READERS.values()},
    "reproduced": lambda: {client.id for client in clients()},
}


@pytest.mark.parametrize("role", ROLES)
def test_who_takes_part_has_rows_and_who_does_not_says_why(role):
    assert ROOMS[role]() == {*backends.taking_part(role)}


@pytest.mark.parametrize("cls", backends.classes(), ids=lambda cls: cls.__name__)
def test_reasons_are_of_roles_that_there_are(cls):
    assert set(cls.excluded) <= set(ROLES)
    assert all(len(reason) > 10 and reason[-1] != "." for reason in cls.excluded.values())


def test_classes_that_share_an_id_agree():
    for cls in backends.classes():
        assert cls.excluded == backends.registry()[cls.id].excluded


def test_an_unknown_role_is_named():
    with pytest.raises(UserError, match="^fault: no such role of a backend; did you mean faults"):
        backends.taking_part("fault")


def test_the_page_is_as_the_classes_are():
    assert (DOCS / "backends.md").read_text("utf-8") == listing.page()
