"""1d: environment variables."""

import os
import socket

import pytest

from support import OUTSIDE, Mount, keeper, wait_until

from .conftest import PASSWORD, cluster_files, script

clause = pytest.mark.clause

WITH_FILE = ["POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"]


@pytest.fixture
def secret(tmp_path):
    """secret(text, **how) is a Mount of a file with this text at /run/secrets/NAME."""
    def make(text, name="secret", mode=0o644):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return Mount(path, f"/run/secrets/{name}")

    return make


@clause(20)
def test_c20_each_variable_has_a_file_form(boot, secret):
    values = {"POSTGRES_PASSWORD": "from file", "POSTGRES_USER": "alice", "POSTGRES_DB": "wonderland", "POSTGRES_INITDB_ARGS": "--data-checksums --no-sync"}
    env = {f"{name}_FILE": f"/run/secrets/{name}" for name in WITH_FILE}
    c = boot(env={"POSTGRES_PASSWORD": None, **env}, mounts=[secret(values[name], name) for name in WITH_FILE])
    assert c.sql("select current_user, current_database(), current_setting('data_checksums')", host=OUTSIDE, user="alice",
                 db="wonderland", password="from file") == "alice|wonderland|on"


@clause(20)
def test_c20_defaults(boot):
    c = boot(env={"POSTGRES_USER": "alice"})
    assert c.sql("select current_user, current_database()", user="alice", db="alice") == "alice|alice"
    c = boot()
    assert c.sql("select current_user, current_database()") == "postgres|postgres"


@clause(20)
def test_c20_other_variables_have_no_file_form(boot, secret):
    c = boot(env={"POSTGRES_HOST_AUTH_METHOD_FILE": "/run/secrets/method", "POSTGRES_INITDB_WALDIR_FILE": "/run/secrets/nowhere",
                  "PGDATA_FILE": "/run/secrets/nowhere"}, mounts=[secret("trust", "method")])
    assert "\nhost all all all scram-sha-256\n" in c.read("/var/lib/postgresql/data/pg_hba.conf")
    assert (c.volume / "pg_wal").is_dir() and not (c.volume / "pg_wal").is_symlink()


@clause(21)
@pytest.mark.parametrize("name", WITH_FILE)
def test_c21_value_and_file_together_are_an_error(refuse, volume, secret, name):
    made = volume()
    c = refuse(["postgres"], volume=made, mounts=[secret("x")], env={"POSTGRES_PASSWORD": PASSWORD, name: "x", f"{name}_FILE": "/run/secrets/secret"})
    assert c.wait() == 1
    assert f"error: both {name} and {name}_FILE are set (but are exclusive)" in c.stderr
    assert cluster_files(made) == []


@clause(21)
def test_c21_also_when_the_database_exists(refuse, database, secret):
    c = refuse(["postgres"], volume=database(), mounts=[secret("x")], env={"POSTGRES_PASSWORD": "x", "POSTGRES_PASSWORD_FILE": "/run/secrets/secret"})
    assert c.wait() == 1
    assert "error: both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set (but are exclusive)" in c.stderr


@clause(22)
def test_c22_empty_means_unset(boot, secret):
    c = boot(env={"POSTGRES_PASSWORD": "", "POSTGRES_PASSWORD_FILE": "/run/secrets/secret", "POSTGRES_USER": "", "POSTGRES_USER_FILE": "",
                  "POSTGRES_DB": "", "POSTGRES_INITDB_ARGS": "", "POSTGRES_HOST_AUTH_METHOD": "", "POSTGRES_INITDB_WALDIR": ""},
             mounts=[secret("from file")])
    assert c.sql("select current_user, current_database()", host=OUTSIDE, password="from file") == "postgres|postgres"


@clause(22)
@pytest.mark.parametrize("content, name", [(b"two words\n\n\n", "two words"), (b"\n lead", "\\n lead"), (b"nul\0led", "nulled"), (b"cr\r\n", "cr\\r")],
                         ids=["newlines", "leading newline", "nul", "carriage return"])
def test_c22_content_is_what_a_shell_would_read(boot, secret, content, name):
    c = boot(env={"POSTGRES_DB_FILE": "/run/secrets/secret"}, mounts=[secret(content)])
    assert c.sql(f"select count(*) from pg_database where datname = E'{name}'") == "1"


@clause(22)
def test_c22_trailing_newlines_of_a_password(boot, secret):
    c = boot(env={"POSTGRES_PASSWORD": None, "POSTGRES_PASSWORD_FILE": "/run/secrets/secret"}, mounts=[secret("two words\n\n")])
    assert c.sql("select 1", host=OUTSIDE, password="two words") == "1"


@clause(22)
@pytest.mark.parametrize("existing", [False, True], ids=["empty volume", "existing database"])
def test_c22_a_file_that_is_not_there(refuse, volume, database, existing):
    c = refuse(["postgres"], volume=database() if existing else volume(), env={"POSTGRES_PASSWORD_FILE": "/run/secrets/nowhere"})
    assert c.wait() == 1
    assert "/run/secrets/nowhere" in c.stderr and "No such file" in c.stderr


@clause(23)
def test_c23_files_are_read_before_root_is_given_up(boot, secret):
    c = boot(env={"POSTGRES_PASSWORD": None, "POSTGRES_PASSWORD_FILE": "/run/secrets/secret"}, mounts=[secret("root only", mode=0o600)])
    assert c.sql("select 1", host=OUTSIDE, password="root only") == "1"


@clause(23)
def test_c23_an_unreadable_file_is_an_error(refuse, volume, secret):
    c = refuse(["postgres"], user="postgres", volume=volume(), env={"POSTGRES_PASSWORD_FILE": "/run/secrets/secret"}, mounts=[secret("root only", mode=0o600)])
    assert c.wait() == 1
    assert "/run/secrets/secret" in c.stderr and "ermission denied" in c.stderr


@clause(23)
def test_c23_scripts_see_the_values_not_the_files(boot, secret, init_files):
    c = boot(env={"POSTGRES_PASSWORD": None, "POSTGRES_PASSWORD_FILE": "/run/secrets/secret"},
             mounts=[secret("from file"), init_files({"look.sh": script("env | grep ^POSTGRES_ | sort > /tmp/env\n")})])
    seen = c.read("/tmp/env").splitlines()
    assert "POSTGRES_PASSWORD=from file" in seen and "POSTGRES_USER=postgres" in seen and "POSTGRES_DB=postgres" in seen
    assert not [line for line in seen if line.startswith("POSTGRES_PASSWORD_FILE")]


SECRETS = {"POSTGRES_PASSWORD": "s3cret-1", "PGPASSWORD": "s3cret-1", "POSTGRES_ANYTHING": "s3cret-3", "POSTGRES_INITDB_ARGS": "--no-sync"}


@clause(24)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c24_nothing_of_postgres_variables_reaches_the_server(boot):
    c = boot(env=SECRETS)
    head = c.postmaster()
    for process in [head, *(process for process in c.processes() if process.ppid == head.pid)]:
        try:
            found = c.environ(process)
        except (FileNotFoundError, ProcessLookupError):
            continue  # a backend of a moment
        assert not [key for key in found if key.startswith("POSTGRES_") or key == "PGPASSWORD"], process
    rows = c.sql("create table e (l text); copy e from program 'env'; select l from e")
    assert "PATH=" in rows and "POSTGRES_" not in rows and "s3cret" not in rows


@clause(24)
def test_c24_also_on_an_existing_database(container, database):
    c = container(["postgres"], volume=database(), env=SECRETS).start().wait_ready()
    found = c.environ(c.postmaster().pid)
    assert not [key for key in found if key.startswith("POSTGRES_") or key == "PGPASSWORD"]


@clause(24)
def test_c24_nor_can_it_be_read_from_pid_1(boot):
    c = boot(env=SECRETS)
    assert "s3cret" not in str(c.environ(1))
    assert c.exec(["cat", "/proc/1/environ"], user="postgres").stdout == ""


@clause(25)
def test_c25_port(boot, init_files):
    c = boot(env={"PGPORT": "5433"}, mounts=[init_files({"port.sql": "create table seen as select current_setting('port') as port;"})])
    assert c.sql("show port") == "5433"
    assert c.sql("select port from seen") == "5433"


@clause(25)
@pytest.mark.parametrize("given, seen", [(None, PASSWORD), ("other", "other")])
def test_c25_password_for_scripts(boot, init_files, given, seen):
    c = boot(env={"PGPASSWORD": given}, mounts=[init_files({"look.sh": script("printf %s \"$PGPASSWORD\" > /tmp/seen\n")})])
    assert c.read("/tmp/seen") == seen
    assert "PGPASSWORD" not in c.environ(c.postmaster().pid)


@clause(25)
def test_c25_user_of_the_client_library_does_not_matter(boot, init_files):
    c = boot(env={"PGUSER": "nobody", "PGDATABASE": "nowhere", "PGCTLTIMEOUT": "50"}, mounts=[init_files({"who.sql": "create table who as select current_user;"})])
    assert c.sql("select * from who") == "postgres"


@clause(25)
def test_c25_only_the_final_server_notifies(boot):
    directory = keeper.base_directory() / f"notify-{os.getpid()}"
    directory.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(directory / "socket"))
        os.chmod(directory / "socket", 0o777)
        listener.setblocking(False)
        boot(env={"NOTIFY_SOCKET": "/run/notify/socket"}, mounts=[Mount(directory, "/run/notify")])
        messages = []

        def ready():
            try:
                while True:
                    messages.append(listener.recv(4096).decode())
            except BlockingIOError:
                return "READY=1" in "".join(messages)

        wait_until(ready, 10, "READY=1")
    assert "".join(messages).count("READY=1") == 1, messages
    assert "STOPPING=1" not in "".join(messages)


@clause(25)
def test_c25_database_already_exists_is_not_believed(boot):
    """Upstream skips the initialisation and then fails to start an empty directory; what is on the volume decides here."""
    c = boot(env={"DATABASE_ALREADY_EXISTS": "true"})
    assert c.sql("select 1") == "1"


LOOK = script("printf '%s\\n' \"$PGHOST\" \"${PGHOSTADDR:-none}\" > /tmp/seen\n")


@clause(26)
@pytest.mark.parametrize("env", [{}, {"PGHOST": "203.0.113.9"}, {"PGHOST": "203.0.113.9", "PGHOSTADDR": "203.0.113.8"}], ids=["unset", "host", "address"])
def test_c26_a_foreign_host_does_not_divert_the_bootstrap(boot, init_files, env):
    """Scripts too get the temporary server's private directory, so that a plain `psql` finds it, as it finds upstream's."""
    c = boot(env={**env, "POSTGRES_DB": "app"}, mounts=[init_files({
        "1.sql": "create table t (a int);", "2.sh": LOOK, "3.sh": "docker_process_sql -c 'create table u (a int)'\n",
        "4.sh": "\"${psql[@]}\" <<< 'create table v (a int)'\n", "5.sh": script("psql -U postgres -d app -c 'create table w (a int)'\n"),
        "6.sh": "psql -U postgres -d app -c 'create table x (a int)'\n"})])
    host, address = c.read("/tmp/seen").splitlines()
    assert host.startswith("/") and host != "/var/run/postgresql" and address == "none"
    assert c.sql("select string_agg(tablename, ',' order by 1) from pg_tables where schemaname = 'public'", db="app") == "t,u,v,w,x"
    assert c.environ(c.postmaster()).get("PGHOST") == env.get("PGHOST"), "the server's environment is as it was given"
