"""A2: whose word counts, when several set the same parameter. And `pgordinal check`."""

import re
import subprocess

import pytest

TOML = "/etc/pgordinal/pgordinal.toml"


OURS = """\
[postgresql.parameters]
work_mem = "7MB"
max_connections = 41
max_wal_senders = 50
wal_level = "logical"
shared_preload_libraries = "pg_stat_statements"
"pg_stat_statements.max" = 123
"""


def shown(pod, *names):
    return [pod.sql(f"show {name}") for name in names]


@pytest.mark.parametrize("root", [17, 15], indirect=True)
def test_a2_command_line_over_toml_over_the_users_file_over_defaults(database, container):
    """On a volume that the official image might have made: it is adopted, and the user's files stay his."""
    volume = database()
    users = "\nwork_mem = 5MB\nmaintenance_work_mem = 33MB\nmax_connections = 37\nwal_keep_size = 1GB\nmax_wal_senders = 3\n"
    with open(volume / "postgresql.conf", "a") as file:
        file.write(users)
    original, original_hba = (volume / "postgresql.conf").read_text(), (volume / "pg_hba.conf").read_text()
    c = container(["postgres", "-c", "work_mem=9MB", "-c", "maintenance_work_mem=66MB"], volume=volume, hostname="db-0",
                  extra_hosts="127.0.0.1 db-0\n", env={"POSTGRES_PASSWORD": "secret"},
                  files={TOML: OURS})
    c.start().wait_ready()
    assert shown(c, "work_mem", "maintenance_work_mem") == ["9MB", "66MB"], "the command line"
    assert shown(c, "max_connections", "max_wal_senders", "wal_level", "pg_stat_statements.max") == ["41", "50", "logical", "123"], "TOML"
    assert shown(c, "wal_keep_size") == ["1GB"], "the user's file, where we only have a default"
    assert shown(c, "wal_log_hints", "max_replication_slots", "cluster_name") == ["on", "20", "db-0"], "what is ours"
    now = c.read(f"{c.image.pgdata}/postgresql.conf")
    assert now.startswith(original) and now.count("pgordinal: begin") == 1
    assert original_hba in c.read(f"{c.image.pgdata}/pg_hba.conf")
    # Again, with other settings: our block is replaced and not repeated.
    c.stop()
    c.start().wait_ready()
    assert c.read(f"{c.image.pgdata}/postgresql.conf") == now


def test_a2_a_configuration_outside_of_the_data_directory_stays_as_it_is(database, container):
    """As a ConfigMap is mounted: read-only."""
    file = "/etc/postgresql/postgresql.conf"
    c = container(["postgres", "-c", f"config_file={file}"], volume=database(), hostname="db-0", extra_hosts="127.0.0.1 db-0\n",
                  env={"POSTGRES_PASSWORD": "secret"}, read_only=True, mounts=[],
                  files={file: "work_mem = 5MB\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '/dev/shm'\n",
                         TOML: "[postgresql.parameters]\nmax_connections = 41\n"})
    c.start().wait_ready()
    statement = "show work_mem; show max_connections; show wal_log_hints; show listen_addresses"
    assert c.exec([*c.psql(host="/dev/shm"), "-c", statement]).stdout.split() == ["5MB", "41", "on", "127.0.0.1"]


def test_our_own_session_does_not_depend_on_the_users_pg_hba(database, container):
    """Nobody gets in any more, but PID 1 does, under its own name."""
    volume = database()
    (volume / "pg_hba.conf").write_text("local all all reject\nhost all all all reject\n")
    c = container(["postgres", "-c", "log_connections=on"], volume=volume, hostname="db-0", extra_hosts="127.0.0.1 db-0\n",
                  env={"POSTGRES_PASSWORD": "secret"}, user="12345:0", workdir="/tmp")
    subprocess.run(["chown", "-R", "12345:0", volume.path], check=True)
    c.start().wait_for("connection authorized: user=pgordinal database=postgres", 20)
    assert 'pg_hba.conf rejects connection for host "[local]", user "postgres"' in c.exec(
        [*c.psql(), "-c", "select 1"]).stderr
    assert "slots_not_checked" not in c.logs


def test_a2_what_must_be_ours_is_refused_with_the_reason(container, volume):
    c = container(["postgres"], volume=volume(), hostname="db-0", env={"POSTGRES_PASSWORD": "x"},
                  files={TOML: "[postgresql.parameters]\nprimary_conninfo = \"host=x\"\nwal_level = \"minimal\"\nhot_standby = \"off\"\n"})
    assert c.run(10) == 1
    lines = c.stderr.splitlines()
    assert [re.match(rf"error: {TOML}:(\d+:\d+): postgresql.parameters.(\w+): ", line).groups() for line in lines] == [
        ("2:20", "primary_conninfo"), ("3:13", "wal_level"), ("4:15", "hot_standby")], c.stderr
    assert "set replication.hot_standby instead" in lines[2]
    assert c.volume.names() == []


MISTAKES = """\
[cluster]
mode = "static"
ordnal = 3
max_members = 1000

[replication]
hot_standby = "yes"
slot_retention = "5 fortnights"

[postgresql.parameters]
wal_log_hints = "off"
"""


def test_check_tells_five_mistakes_at_once_each_with_its_place(container):
    c = container(["check"], hostname="db-0", files={TOML: MISTAKES}, env={"POSTGRES_PASSWORD": "x"})
    assert c.run(10) == 1
    lines = c.stderr.splitlines()
    expected = [("3:1", "ordnal", "ordinal"), ("4:15", "max_members", "128"), ("7:15", "hot_standby", "true or false"),
                ("8:18", "slot_retention", "units ms, s, min, h, d"), ("11:", "wal_log_hints", "rewound")]
    assert len(lines) == len(expected), c.stderr
    for line, (place, key, words) in zip(lines, expected):
        assert line.startswith(f"error: {TOML}:{place}"), line
        assert key in line and words in line, line


def test_check_shows_each_setting_with_its_origin_and_no_secret(container):
    c = container(["check"], hostname="db-3", files={TOML: "[replication]\nhot_standby = false\n"},
                  env={"POSTGRES_PASSWORD": "hidden-secret", "PGORDINAL_STOP_FAST_TIMEOUT": "7s"})
    assert c.run(10) == 0, c.stderr
    assert re.search(r'^cluster.mode = static +# host name "db-3"$', c.stdout, re.M), c.stdout
    assert re.search(rf"^replication.hot_standby = false +# {TOML}:2$", c.stdout, re.M), c.stdout
    assert re.search(r"^stop.fast_timeout = 7s +# .*PGORDINAL_STOP_FAST_TIMEOUT", c.stdout, re.M), c.stdout
    assert "hidden-secret" not in c.logs and re.search(r"POSTGRES_PASSWORD = \*\*\*", c.stdout)
