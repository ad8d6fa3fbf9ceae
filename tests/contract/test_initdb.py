"""1f: initdb."""

import os
import stat

import pytest

from support import OUTSIDE, Mount, SqlError, Tmpfs

from .conftest import PASSWORD, cluster_files

clause = pytest.mark.clause


@clause(33)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c33_initdb_args_are_quoted_as_in_a_shell(boot):
    arguments = "--auth-host=\"scram-sha-256\"  --data-checksums --encoding='UTF8' --lc-messages=C\\.UTF-8"
    c = boot(env={"POSTGRES_INITDB_ARGS": arguments})
    assert c.sql("select current_setting('data_checksums'), current_setting('lc_messages'), current_setting('server_encoding')") == "on|C.UTF-8|UTF8"


@clause(33)
@pytest.mark.parametrize("arguments", ["$(printf %s --data-checksums)", "${EXTRA_ARGS}", "--auth-host=`echo md5`"])
def test_c33_initdb_args_that_need_a_shell_are_refused(refuse, boot, volume, arguments):
    made = volume()
    c = refuse(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_INITDB_ARGS": arguments})
    assert c.wait() == 1
    assert "POSTGRES_INITDB_ARGS" in c.stderr and "shell" in c.stderr
    assert cluster_files(made) == []
    boot(volume=made)


@clause(33)
def test_c33_words_with_spaces(boot):
    c = boot(env={"POSTGRES_INITDB_ARGS": "-c cluster_name='two words' -c \"work_mem=9MB\""})
    assert c.sql("select current_setting('cluster_name'), current_setting('work_mem')") == "two words|9MB"


@clause(33)
@pytest.mark.parametrize("password", ["it's \"quoted\" $HOME `id` \\ %s ü", "-leading", "  spaces  "])
def test_c33_any_password(boot, password):
    c = boot(env={"POSTGRES_PASSWORD": password})
    assert c.sql("select 1", host=OUTSIDE, password=password) == "1"
    with pytest.raises(SqlError):
        c.sql("select 1", host=OUTSIDE, password="wrong")


@clause(33)
def test_c33_an_empty_password(container):
    c = container(["postgres"], env={"POSTGRES_HOST_AUTH_METHOD": "trust"}).start().wait_ready()
    assert c.sql("select rolpassword is null or rolpassword = '' from pg_authid where rolname = 'postgres'") == "t"


@clause(33)
def test_c33_the_password_is_never_an_argument(container):
    """K1, watched from the first process to readiness."""
    c = container(["postgres"], env={"POSTGRES_PASSWORD": "n0t-in-argv"}).start()
    seen = set()

    def look():
        seen.update(process.command for process in c.processes())
        return c.running and "database system is ready" in c.stderr and "init process complete" in c.stdout

    c.wait_for(look, 60, "readiness")
    assert any("initdb" in word for command in seen for word in command), "the look was quick enough to see initdb"
    assert not [command for command in seen if "n0t-in-argv" in " ".join(command)]
    assert "n0t-in-argv" not in c.logs


@clause(34)
@pytest.mark.parametrize("user", [None, "postgres"])
def test_c34_wal_directory(boot, volume, user):
    made = volume()
    c = boot(env={"PGDATA": "/var/lib/postgresql/data/pgdata", "POSTGRES_INITDB_WALDIR": "/var/lib/postgresql/data/deep/wal"}, volume=made, user=user)
    assert os.readlink(made / "pgdata" / "pg_wal") == "/var/lib/postgresql/data/deep/wal"
    assert c.stat("/var/lib/postgresql/data/deep/wal")[:2] == (0o700, 999)
    assert c.sql("select count(*) > 0 from pg_ls_waldir()") == "t"


@clause(34)
def test_c34_wal_directory_on_a_volume_of_root(boot, volume):
    wal = volume(uid=0, gid=0, mode=0o755)
    boot(env={"POSTGRES_INITDB_WALDIR": "/wal"}, mounts=[Mount(wal.path, "/wal")])
    facts = wal.path.stat()
    assert (stat.S_IMODE(facts.st_mode), facts.st_uid) == (0o700, 999)
    assert any(len(name) == 24 for name in wal.names())


LOCALE = "select datcollate, pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'"


@clause(35)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
@pytest.mark.parametrize("env, expected", [
    ({}, "en_US.utf8|UTF8"),
    ({"LANG": "C.UTF-8"}, "C.UTF-8|UTF8"),
    ({"LC_ALL": "C"}, "C|SQL_ASCII"),
    ({"LC_COLLATE": "C"}, "C|UTF8"),
    ({"POSTGRES_INITDB_ARGS": "--locale=C --encoding=UTF8"}, "C|UTF8"),
], ids=["image", "LANG", "LC_ALL", "LC_COLLATE", "arguments"])
def test_c35_locale(boot, env, expected):
    assert boot(env=env).sql(LOCALE) == expected


@clause(35)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c35_icu(boot):
    c = boot(env={"POSTGRES_INITDB_ARGS": "--locale-provider=icu --icu-locale=de"})
    assert c.sql("select datlocprovider from pg_database where datname = 'postgres'") == "i"


@clause(36)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c36_sample_configuration_and_local_trust(boot):
    c = boot()
    assert "\nlisten_addresses = '*'" in c.read("/var/lib/postgresql/data/postgresql.conf")
    assert c.sql("select 1") == "1", "no password on the socket"
    assert c.sql("select 1", host="127.0.0.1") == "1", "nor on 127.0.0.1: initdb's own lines come first"


@clause(36)
@pytest.mark.parametrize("method", ["scram-sha-256", "reject", "peer"])
def test_c36_local_authentication_from_initdb_args(boot, init_files, method):
    """The bootstrap's own SQL works whatever it says; with `reject` upstream's psql would fail."""
    files = {"x.sql": "create table x (a int);"} if method == "scram-sha-256" else {}
    c = boot(env={"POSTGRES_INITDB_ARGS": f"--auth-local={method} --auth-host=scram-sha-256", "POSTGRES_DB": "app"}, mounts=[init_files(files)])
    assert c.sql("select 1", host=OUTSIDE, password=PASSWORD, db="app") == "1"
    with pytest.raises(SqlError):
        c.sql("select 1")


@clause(37)
@pytest.mark.parametrize("arguments", ["--no-such-option", "--locale=no_SUCH", "--encoding=LATIN1 --locale=en_US.utf8", "--waldir=relative"])
def test_c37_initdb_failure_ends_with_its_status(refuse, boot, volume, arguments):
    made = volume()
    c = refuse(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_INITDB_ARGS": arguments})
    assert c.wait() == 1
    assert "initdb" in c.stderr
    assert cluster_files(made) == []
    boot(volume=made)


@clause(37)
def test_c37_a_full_volume(refuse, volume):
    c = refuse(["postgres"], volume=False, mounts=[Tmpfs("/var/lib/postgresql/data", "size=20m,mode=1777,uid=999")], env={"POSTGRES_PASSWORD": PASSWORD})
    assert c.wait() == 1
    assert "No space left on device" in c.stderr or "Check free disk space" in c.stderr
