"""What a standby waits for, told apart, and that it goes on when that has been put right (L2, L5)."""

from .cluster import DOMAIN


def test_a_wrong_replication_password_is_told_apart_and_waited_out(cluster):
    two = cluster()
    two.start(0).wait_ready()
    two.start(1, env={"PGORDINAL_REPLICATION_PASSWORD": "wrong"})
    two[1].wait_for("waiting_for_primary_password", 10)
    assert "refuses the password of role replicator" in two[1].logs
    assert two[1].running and "waiting_for_primary_network" not in two[1].logs
    two.start(1)
    two.wait_streaming(1)
    # With data it goes on serving reads, and says the same.
    two.start(1, env={"PGORDINAL_REPLICATION_PASSWORD": "wrong"})
    two[1].wait_for("waiting_for_primary_password", 10)
    two[1].wait_for(lambda: two[1].sql("select pg_is_in_recovery()") == "t", 10)
    two.start(1)
    two.wait_streaming(1)


def test_a_wrong_password_of_the_role_is_cured_on_the_primary_alone(cluster):
    """The role was changed by hand: the standby needs no restart when it is put right."""
    two = cluster()
    two.start(0, 1)
    two[0].wait_ready()
    two.wait_streaming(1)
    verifier = two[0].sql("select rolpassword from pg_authid where rolname = 'replicator'")
    two[1].stop()
    two[0].sql("alter role replicator password 'other'")
    two[1].start().wait_for("waiting_for_primary_password", 10)
    two[0].sql(f"alter role replicator password '{verifier}'")
    two.wait_streaming(1)
    assert two[1].runs == 2


def test_an_unreachable_primary_is_told_apart_and_waited_out(cluster):
    two = cluster()
    two.start(0).wait_ready()
    two.lab.cut(two.place(0))
    two.start(1)
    two[1].wait_for("waiting_for_primary_network", 10)
    assert f"no answer from the primary postgresql-sfs-0.{DOMAIN}" in two[1].logs
    two.lab.restore(two.place(0))
    two.wait_streaming(1)


def test_a_standby_whose_address_has_no_name_is_told_so(cluster):
    two = cluster(settings={"PGORDINAL_CLUSTER_DOMAIN": DOMAIN})
    two.start(0).wait_ready()
    two.start(1, published=False)
    two[1].wait_for("waiting_for_primary_admission", 10)
    assert f"its address does not resolve back to postgresql-sfs-1.{DOMAIN}" in two[1].logs
    assert "replication.allow" in two[1].logs
    two.lab.publish(two.place(1))
    two.wait_streaming(1)


def test_replication_allow_admits_where_names_cannot(cluster):
    two = cluster(settings={"PGORDINAL_CLUSTER_DOMAIN": DOMAIN, "PGORDINAL_REPLICATION_ALLOW": "10.77.0.0/24"})
    two.start(0).wait_ready()
    two.start(1, published=False)
    two.wait_streaming(1)
