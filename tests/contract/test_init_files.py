"""1h: the temporary server and /docker-entrypoint-initdb.d."""

import gzip
import lzma
import re

import pytest

from support import OUTSIDE, File, wait_until

from .conftest import INITDB_D, LOG_NAME, PASSWORD, announced, holds_until, script

clause = pytest.mark.clause


def zstd(text):
    """A zstd frame with one raw block (RFC 8878): one segment, size in one byte."""
    data = text.encode()
    assert len(data) < 256
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + ((len(data) << 3) | 1).to_bytes(3, "little") + data


@clause(40)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c40_the_temporary_server_is_nobody_elses(container, root, init_files):
    """Upstream's pg_isready says ready on the socket during init (docker-library/postgres 146, 880)."""
    hold = script('printf "%s\\n" "$PGHOST" > /tmp/host\n' + holds_until("/tmp/go"))
    c = container(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD}, mounts=[init_files({"hold.sh": hold})]).start()
    c.wait_for(lambda: c.exists("/tmp/go.waiting"))
    ready = [f"{root.bin}/pg_isready", "-q"]
    assert c.exec([*ready, "-h", "/var/run/postgresql"]).returncode == 2
    assert c.exec([*ready, "-h", "127.0.0.1"]).returncode == 2
    assert [line for line in c.path("/proc/1/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"] == [], "it listens on no port"
    directory = c.read("/tmp/host").strip()
    assert c.exec([*ready, "-h", directory], user="postgres").returncode == 0
    mode, owner, _ = c.stat(directory)
    assert (mode & 0o777, owner) == (0o700, 999)
    assert "database system is ready to accept connections" in c.logs, "its log goes to the container's"
    c.exec(["touch", "/tmp/go"], check=True)
    c.wait_ready()
    assert c.exec([*ready, "-h", "/var/run/postgresql"]).returncode == 0
    assert not c.exists(directory + "/.s.PGSQL.5432")


@clause(41)
@pytest.mark.parametrize("name", ["app", "with space", "quo\"te'd", "UPPER", "-dash", "back\\slash", "üñí"])
def test_c41_the_database_is_made(boot, name):
    c = boot(env={"POSTGRES_DB": name})
    names = c.sql("select datname from pg_database where datname not in ('postgres', 'template0', 'template1')")
    assert names == name


@clause(41)
def test_c41_one_that_exists_is_left(boot):
    c = boot(env={"POSTGRES_DB": "template1", "POSTGRES_USER": "alice"})
    assert c.sql("select count(*) from pg_database", user="alice", db="postgres") == "3"


@clause(42)
@pytest.mark.parametrize("name", ["alice", "Alice B. Hara"])
def test_c42_the_superuser_is_the_bootstrap_superuser(boot, name):
    c = boot(env={"POSTGRES_USER": name, "POSTGRES_DB": "app"})
    assert c.sql("select oid, rolsuper, rolname from pg_roles where rolsuper", user=name, db="app", host=OUTSIDE, password=PASSWORD) == f"10|t|{name}"
    assert c.sql("select count(*) from pg_roles where rolname = 'postgres'", user=name, db="app") == "0"


NAMES = ["a.sql", "B.sql", "_c.sql", "01_x.sql", "1.sql", "10.sql", "2.sql", "01-y.sql", "ä.sql", "z.sql", "A.sql", "with space.sql", "é.sql", "a-b.sql", "a_b.sql", "ab.sql"]


@clause(43)
@pytest.mark.parametrize("env", [{}, {"LANG": "C.UTF-8"}, {"LANG": None}, {"LC_ALL": "C"}, {"LC_COLLATE": "C"}],
                         ids=["en_US.utf8", "C.UTF-8", "none", "LC_ALL=C", "LC_COLLATE=C"])
def test_c43_files_run_in_the_order_of_the_shells_glob(boot, container, init_files, env):
    mount = init_files({name: "select 1;" for name in NAMES})
    shell = container([f"printf '%s\\n' {INITDB_D}/*"], entrypoint=["/bin/bash", "-c"], env=env, mounts=[mount])
    shell.run()
    expected = [("running", path[len(INITDB_D) + 1:]) for path in shell.stdout.splitlines()]
    assert len(expected) == len(NAMES)
    assert announced(boot(env=env, mounts=[mount])) == expected


@clause(43)
def test_c43_locales_differ(boot, init_files):
    mount = init_files({"a.sql": "", "B.sql": ""})
    assert [name for _, name in announced(boot(mounts=[mount]))] == ["a.sql", "B.sql"]
    assert [name for _, name in announced(boot(mounts=[mount], env={"LANG": "C.UTF-8"}))] == ["B.sql", "a.sql"]


@clause(43)
def test_c43_not_recursive_no_dotfiles(boot, init_files):
    mount = init_files({".hidden.sql": "create table hidden (a int);", "directory": File(directory=True), "x.sql": "create table x (a int);"})
    (mount.source / "directory" / "inner.sql").write_text("create table inner_file (a int);")
    c = boot(mounts=[mount])
    assert announced(c) == [("ignoring", "directory"), ("running", "x.sql")]
    assert c.sql("select string_agg(tablename, ',') from pg_tables where schemaname = 'public'") == "x"


@clause(43)
def test_c43_a_directory_named_like_a_file_fails(refuse, init_files):
    c = refuse(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD}, mounts=[init_files({"x.sql": File(directory=True)})])
    assert announced(c) == [("running", "x.sql")]


def create(table):
    return f"create table {table} (a int);"


@clause(44)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c44_each_kind_of_file(boot, init_files):
    c = boot(env={"POSTGRES_DB": "app"}, mounts=[init_files({
        "1.sql": create("plain"), "2.sql.gz": File(gzip.compress(create("gz").encode())), "3.sql.xz": File(lzma.compress(create("xz").encode())),
        "4.sql.zst": File(zstd(create("zst"))), "5.sh": script("psql -v ON_ERROR_STOP=1 -U \"$POSTGRES_USER\" -d \"$POSTGRES_DB\" -c 'create table executed (a int)'\nid -un > /tmp/who\n"),
        "6.sh": "docker_process_sql -c 'create table sourced (a int)'\n", "7.SQL": create("no1"), "7.sql.bz2": "x", "7.txt": "x", "8.sql.GZ": "x"})])
    assert c.sql("select string_agg(tablename, ',' order by tablename) from pg_tables where schemaname = 'public'", db="app") == "executed,gz,plain,sourced,xz,zst"
    assert announced(c) == [("running", "1.sql"), ("running", "2.sql.gz"), ("running", "3.sql.xz"), ("running", "4.sql.zst"), ("running", "5.sh"),
                            ("sourcing", "6.sh"), ("ignoring", "7.SQL"), ("ignoring", "7.sql.bz2"), ("ignoring", "7.txt"), ("ignoring", "8.sql.GZ")]
    assert c.read("/tmp/who") == "postgres\n"


@clause(44)
@pytest.mark.parametrize("name", ["x.sql.gz", "x.sql.xz", "x.sql.zst"])
def test_c44_a_damaged_file_fails(refuse, init_files, name):
    refuse(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD}, mounts=[init_files({name: "this is not compressed"})])


@clause(44)
def test_c44_an_executable_may_be_anything(boot, init_files):
    c = boot(mounts=[init_files({"x.sh": File("#!/usr/bin/perl\nopen(F, '>', '/tmp/perl'); print F \"yes\";\n", mode=0o755)})])
    assert c.read("/tmp/perl") == "yes"


@clause(45)
def test_c45_log_lines(boot, init_files):
    c = boot(mounts=[init_files({"a.sh": script("true\n"), "b.sh": "true\n", "c.sql": "select 1;", "d": "x"})])
    lines = c.stdout.splitlines()
    for kind, name in [("running", "a.sh"), ("sourcing", "b.sh"), ("running", "c.sql"), ("ignoring", "d")]:
        assert f"{LOG_NAME}: {kind} {INITDB_D}/{name}" in [line.rstrip() for line in lines]


@clause(45)
def test_c45_an_empty_directory(boot):
    assert announced(boot()) == [("ignoring", "*")]


@clause(46)
def test_c46_sql_runner(boot, init_files, root):
    rc = "\\echo RC-WAS-READ\n"
    text = ("create table who as select current_user as u, current_database() as d, inet_client_addr() as a;\n"
            "create database outside_of_a_transaction;\n"
            "\\set n 5\nselect format('create table t%s (a int)', g) from generate_series(1, :n) g \\gexec\n"
            "\\echo SEEN-BY-PSQL\n")
    c = boot(env={"POSTGRES_USER": "alice", "POSTGRES_DB": "app"}, mounts=[init_files({"x.sql": text})],
             files={"/var/lib/postgresql/.psqlrc": File(rc, uid=999), "/root/.psqlrc": rc, f"/etc/postgresql-common/psqlrc": rc})
    assert c.sql("select * from who", user="alice", db="app") == "alice|app|"
    assert c.sql("select count(*) from pg_tables where tablename ~ '^t[1-5]$'", user="alice", db="app") == "5"
    assert "SEEN-BY-PSQL" in c.stdout and "RC-WAS-READ" not in c.logs


@clause(46)
def test_c46_first_error_stops(refuse, init_files):
    c = refuse(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD},
               mounts=[init_files({"1.sql": "select 'before';\nselect nonsense;\nselect 'af' || 'ter';", "2.sql": "select 1;"})])
    assert c.wait() == 3
    assert "before" in c.stdout and "after" not in c.stdout
    assert "nonsense" in c.stderr and f"{INITDB_D}/1.sql" in c.stderr
    assert announced(c) == [("running", "1.sql")]


SURFACE = ["file_env", "docker_create_db_directories", "docker_init_database_dir", "docker_verify_minimum_env", "docker_error_old_databases",
           "docker_process_init_files", "docker_process_sql", "docker_setup_db", "docker_setup_env", "pg_setup_hba_conf",
           "docker_temp_server_start", "docker_temp_server_stop"]


@clause(47)
def test_c47_sourced_files_share_one_shell(boot, init_files):
    c = boot(env={"POSTGRES_DB": "app"}, mounts=[init_files({
        "1.sh": "SHARED='from the first'\nexport EXPORTED=exported\nhelp() { echo helped; }\n",
        "2.sql": "select 1;",
        "3.sh": script("printf '%s|%s' \"${SHARED:-clean}\" \"$POSTGRES_DB\" > /tmp/executed\n"),
        "4.sh": "{ echo \"$SHARED\"; help; } > /tmp/sourced\n"})])
    assert c.read("/tmp/sourced") == "from the first\nhelped\n"
    assert c.read("/tmp/executed") == "clean|app"


@clause(47)
def test_c47_an_exported_variable_reaches_executed_files(boot, init_files):
    c = boot(mounts=[init_files({"1.sh": "export EXPORTED=exported\n", "2.sh": script("printf %s \"${EXPORTED:-none}\" > /tmp/executed\n")})])
    assert c.read("/tmp/executed") == "exported"
    assert "EXPORTED" not in c.environ(c.postmaster().pid), "it stays in the bootstrap"


@clause(47)
def test_c47_shell_options_and_array(boot, init_files):
    body = ("printf '%s\\n' \"$-\" > /tmp/options\nset -o | grep pipefail >> /tmp/options\n"
            "\"${psql[@]}\" -c 'create table by_array (a int)'\n"
            "docker_process_sql <<< 'create table by_function (a int);'\n"
            "docker_process_sql --dbname postgres -c 'create table in_postgres (a int)'\n")
    c = boot(env={"POSTGRES_USER": "alice", "POSTGRES_DB": "app"}, mounts=[init_files({"x.sh": body})])
    flags, pipefail = c.read("/tmp/options").splitlines()
    assert {"e", "E"} <= set(flags) and pipefail.split() == ["pipefail", "on"]
    assert c.sql("select count(*) from pg_tables where tablename in ('by_array', 'by_function')", user="alice", db="app") == "2"
    assert c.sql("select count(*) from pg_tables where tablename = 'in_postgres'", user="alice", db="postgres") == "1"


@clause(47)
def test_c47_functions_are_there(boot, init_files):
    c = boot(mounts=[init_files({"x.sh": "declare -F | cut -d' ' -f3 > /tmp/functions\n"})])
    assert set(SURFACE) <= set(c.read("/tmp/functions").split())


@clause(47)
def test_c47_file_env(boot, init_files):
    body = "file_env MY_SECRET default-value\nfile_env OTHER fallback\nprintf '%s|%s|%s' \"$MY_SECRET\" \"${MY_SECRET_FILE-gone}\" \"$OTHER\" > /tmp/seen\n"
    c = boot(env={"MY_SECRET_FILE": "/etc/my-secret"}, files={"/etc/my-secret": "hush\n"}, mounts=[init_files({"x.sh": body})])
    assert c.read("/tmp/seen") == "hush|gone|fallback"


@clause(56)
def test_c56_a_sourced_file_without_bash_is_a_clear_error(refuse, init_files, volume):
    made = volume()
    c = refuse(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD}, volume=made, files={"/usr/bin/bash": File(absent=True)},
               mounts=[init_files({"x.sh": "true\n"})])
    assert "bash" in c.stderr and f"{INITDB_D}/x.sh" in c.stderr


@clause(56)
def test_c56_other_files_need_no_bash(boot, init_files):
    c = boot(files={"/usr/bin/bash": File(absent=True)}, mounts=[init_files({
        "1.sql": create("plain"), "2.sh": File("#!/bin/sh\necho yes > /tmp/executed\n", mode=0o755)})])
    assert c.read("/tmp/executed") == "yes\n"
    assert c.sql("select count(*) from plain") == "0"


@clause(56)
def test_c56_sourced_files_come_in_their_turn(boot, init_files):
    """One shell for all of them, and still between the others."""
    c = boot(mounts=[init_files({
        "1.sql": "create table steps (n serial, what text); insert into steps (what) values ('sql');",
        "2.sh": "docker_process_sql -c \"insert into steps (what) values ('sourced')\"\n",
        "3.sh": script("psql -U postgres -c \"insert into steps (what) values ('executed')\"\n"),
        "4.sh": "docker_process_sql -c \"insert into steps (what) values ('sourced again')\"\n",
        "5.sql": "insert into steps (what) values ('sql again');"})])
    assert c.sql("select string_agg(what, ', ' order by n) from steps") == "sql, sourced, executed, sourced again, sql again"
    assert re.findall(r"sourcing|running", " ".join(kind for kind, _ in announced(c))) == ["running", "sourcing", "running", "sourcing", "running"]
    wait_until(lambda: not [process for process in c.processes() if process.name == "bash"], 5, "the end of the shell")
