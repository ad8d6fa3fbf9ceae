"""1g: pg_hba.conf."""

import re

import pytest

from support import SqlError

from .conftest import PASSWORD

clause = pytest.mark.clause

HBA = "/var/lib/postgresql/data/pg_hba.conf"


@clause(38)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
@pytest.mark.parametrize("method", [None, "md5", "scram-sha-256", "password", "reject"])
def test_c38_one_line_is_appended(boot, root, method):
    c = boot(env={"POSTGRES_HOST_AUTH_METHOD": method})
    assert f"\n\nhost all all all {method or 'scram-sha-256'}\n" in c.read(HBA)
    assert c.read(HBA).count("host all all all") == 1


@clause(38)
def test_c38_trust_is_explained(boot):
    c = boot(env={"POSTGRES_HOST_AUTH_METHOD": "trust"})
    assert re.search(r"\n\n# warning trust is enabled for all connections\n# see https://www\.postgresql\.org/docs/\w+/auth-trust\.html\nhost all all all trust\n", c.read(HBA))


@clause(38)
def test_c38_remote_logins_need_the_password(boot, lab, container):
    network = lab(["server", "client"])
    boot(net=network["server"])
    client = container(["sleep", "1000"], net=network["client"]).start()
    assert client.sql("select 1", host="server", password=PASSWORD) == "1"
    with pytest.raises(SqlError) as refused:
        client.sql("select 1", host="server", password="wrong")
    assert "password authentication failed" in refused.value.stderr


@clause(39)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c39_no_replication_from_elsewhere(boot):
    """Standalone has no standbys; initdb's own lines for the machine itself stay."""
    c = boot()
    lines = [line.split() for line in c.read(HBA).splitlines() if re.match(r"\s*(host|local)", line)]
    replication = [line for line in lines if line[1] == "replication"]
    assert replication == [["local", "replication", "all", "trust"], ["host", "replication", "all", "127.0.0.1/32", "trust"],
                           ["host", "replication", "all", "::1/128", "trust"]]
