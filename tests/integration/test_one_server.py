"""S8: one PID 1 and one server on a data directory; what a crash left behind does not look like a second one."""

import re

from support import File

from .cluster import error_line


def test_s8_a_second_pid_1_on_the_same_volume_is_refused(database, container):
    volume = database()
    first = container(["postgres"], volume=volume).start().wait_ready()
    second = container(["postgres"], volume=volume)
    assert second.run(10) == 1
    assert "is in use by another pgordinal" in error_line(second)
    assert first.sql("select 1") == "1"
    first.kill()
    assert second.start().wait_ready().sql("select 1") == "1", "the lock goes with its holder, however that ends"


def test_s8_a_second_pod_of_that_name_does_not_disturb_a_bootstrap(container, volume):
    made = volume()
    first = container(["postgres"], volume=made, env={"POSTGRES_PASSWORD": "x"}).start()
    first.wait_for(lambda: made.names(), 10)
    second = container(["postgres"], volume=made, env={"POSTGRES_PASSWORD": "x"})
    assert second.run(10) == 1
    assert "is in use by another pgordinal" in error_line(second)
    first.wait_ready()


def test_a_stale_postmaster_pid_that_names_a_living_stranger_stops_no_start(database, container):
    volume = database()
    line = "printf '%s\\n/var/lib/postgresql/data\\n1700000000\\n5432\\n/var/run/postgresql\\n*\\n' $!"
    made = container([f"sleep 1000 & {line} > /var/lib/postgresql/data/postmaster.pid; exec pgordinal postgres"],
                     entrypoint=["/bin/bash", "-c"], volume=volume, user="postgres",
                     files={"/usr/local/bin/docker-entrypoint.sh": File(link="/usr/local/bin/pgordinal")})
    made.start().wait_ready()
    stranger = [process for process in made.processes() if process.name == "sleep"]
    assert len(stranger) == 1, "and it is left alone"
    assert re.search(rf"stale_postmaster_pid: .*names process {stranger[0].pid} \(", made.logs)


def test_a_stale_socket_lock_that_names_a_living_stranger_stops_no_start(database, container):
    """/var/run/postgresql outlives a crash when the container is restarted in place, and process numbers come again."""
    volume = database()
    lock = "/var/run/postgresql/.s.PGSQL.5432.lock"
    line = "printf '%s\\n/var/lib/postgresql/data\\n1700000000\\n5432\\n/var/run/postgresql\\n' $!"
    made = container([f"sleep 1000 & {line} > {lock}; exec pgordinal postgres"], entrypoint=["/bin/bash", "-c"], volume=volume,
                     user="postgres", files={"/usr/local/bin/docker-entrypoint.sh": File(link="/usr/local/bin/pgordinal")})
    made.start().wait_ready()
    assert [process for process in made.processes() if process.name == "sleep"]


def test_a_stale_postmaster_pid_is_no_matter_in_static_mode_either(cluster):
    two = cluster()
    two.start(0, 1)
    two[0].wait_ready()
    two.wait_streaming(1)
    for ordinal in (0, 1):
        two[ordinal].kill()
        assert (two.volume(ordinal) / "postmaster.pid").exists()
    two.start(0, 1)
    two[0].wait_ready()
    two.wait_streaming(1)
