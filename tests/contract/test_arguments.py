"""1b: argument handling."""

import pytest

from support import File

from .conftest import PASSWORD, cluster_files

clause = pytest.mark.clause

INFORMATION = [["-?"], ["--help"], ["--describe-config"], ["-V"], ["--version"]]


@clause(6)
def test_c06_leading_option_means_postgres(boot):
    c = boot(["-c", "work_mem=7MB", "-c", "cluster_name=from options"])
    assert c.sql("show work_mem") == "7MB"
    assert c.sql("show cluster_name") == "from options"


@clause(6)
def test_c06_port_option(boot):
    c = boot(["-p", "5444"], port=5444)
    assert c.sql("show port", port=5444) == "5444"


@clause(6)
@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_c06_version_option_names_postgres(container, root, flag):
    c = container([flag])
    assert c.run() == 0
    assert f"postgres (PostgreSQL) {root.major}" in c.stdout


@clause(7)
@pytest.mark.parametrize("arguments", INFORMATION, ids=" ".join)
def test_c07_information_flags_are_plain_exec(container, volume, arguments):
    made = volume()
    c = container(["postgres", *arguments], volume=made)
    assert c.run() == 0
    assert len(c.stdout) > 10
    assert made.names() == []
    assert made.path.stat().st_mode & 0o7777 == 0o1777, "PGDATA is not touched"


@clause(7)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c07_version_of_postgres(container, root):
    c = container(["postgres", "--version"])
    assert c.run() == 0
    assert c.stdout.startswith(f"postgres (PostgreSQL) {root.major}")


@clause(7)
@pytest.mark.parametrize("flag", ["--version", "-V", "--help", "-?", "--describe-config"])
def test_c07_information_flags_count_anywhere(container, volume, root, flag):
    """Then postgres itself decides, run as root as it was given: compared with postgres run directly."""
    arguments = ["-c", "fsync=off", flag]
    direct = container(arguments, entrypoint=[f"{root.bin}/postgres"])
    direct.run()
    made = volume()
    c = container(["postgres", *arguments], volume=made, env={"POSTGRES_PASSWORD": PASSWORD})
    assert c.run() == direct.wait()
    assert c.stderr.splitlines()[:1] == direct.stderr.splitlines()[:1]
    assert made.names() == []


@clause(8)
def test_c08_dash_c_name_takes_the_server_path(refuse, volume):
    made = volume()
    c = refuse(["postgres", "-C", "shared_buffers"], volume=made)
    assert "superuser password is not specified" in c.stderr


@clause(8)
def test_c08_dash_c_name_on_an_empty_volume_fails_and_leaves_no_database(refuse, boot, volume):
    made = volume()
    refuse(["postgres", "-C", "shared_buffers"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app"})
    c = boot(volume=made, env={"POSTGRES_DB": "app"})
    assert c.sql("select current_database()", db="app") == "app"


@clause(8)
def test_c08_dash_c_name_on_a_database_prints_the_value(container, database):
    c = container(["postgres", "-C", "shared_buffers"], volume=database())
    assert c.run() == 0
    assert c.stdout.endswith("\n16384\n"), "in blocks, as `postgres -C` has it"


@clause(9)
def test_c09_other_commands_are_executed_untouched(container, volume):
    made = volume()
    c = container(["env"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB_FILE": "/nowhere", "EMPTY": ""})
    assert c.run() == 0
    assert dict(line.split("=", 1) for line in c.stdout.splitlines()) == c.env
    assert c.stderr == ""
    assert made.names() == []
    assert made.path.stat().st_mode & 0o7777 == 0o1777


@clause(9)
def test_c09_other_commands_are_pid_1_and_root(container):
    c = container(["bash", "-c", "echo $$ $(id -u) $(id -G) $0 $*; exit 9", "name", "a b", "c"])
    assert c.run() == 9
    assert c.stdout == "1 0 0 name a b c\n"


@clause(9)
def test_c09_other_commands_inherit_nothing_of_ours(container):
    c = container(["grep", "-E", "^(Sig(Blk|Ign|Cgt)|NoNewPrivs|CapEff)", "/proc/self/status"])
    assert c.run() == 0
    direct = container(["-E", "^(Sig(Blk|Ign|Cgt)|NoNewPrivs|CapEff)", "/proc/self/status"], entrypoint=["/usr/bin/grep"])
    direct.run()
    assert c.stdout == direct.stdout, "signal mask, dispositions and rights are what the engine gave"
    arguments = ["/proc/self/fd", "-mindepth", "1", "-printf", "%f "]
    files, direct = container(["find", *arguments]), container(arguments, entrypoint=["/usr/bin/find"])
    assert files.run() == direct.run() == 0
    assert files.stdout == direct.stdout, "no descriptor is left open"


@clause(9)
def test_c09_a_program_by_name_and_by_path(container, root):
    by_name = container(["psql", "--version"])
    assert by_name.run() == 0 and f"(PostgreSQL) {root.major}" in by_name.stdout
    by_path = container([f"{root.bin}/initdb", "--version"])
    assert by_path.run() == 0 and f"(PostgreSQL) {root.major}" in by_path.stdout


@clause(9)
def test_c09_names_of_ours_are_ours_as_the_first_argument_only(container):
    """`install` is coreutils' as well: by its path, and behind another command."""
    ours = container(["install"])
    assert ours.run() == 2 and "pgordinal install PATH" in ours.stderr
    by_path = container(["/usr/bin/install", "--version"])
    assert by_path.run() == 0 and "coreutils" in by_path.stdout
    behind = container(["echo", "install", "check", "init"])
    assert behind.run() == 0 and behind.stdout == "install check init\n"


@clause(9)
def test_c09_as_any_user(container):
    c = container(["id", "-u"], user="12345")
    assert c.run() == 0
    assert c.stdout == "12345\n"


@clause(10)
@pytest.mark.parametrize("command, status", [("no-such-command", 127), ("/no/such/command", 127), ("/etc", 126), ("/etc/passwd", 126)])
def test_c10_status_of_what_cannot_run(container, command, status):
    c = container([command, "argument"])
    assert c.run() == status
    assert command in c.stderr


@clause(10)
def test_c10_no_arguments_end_silently(container, volume):
    made = volume()
    c = container([], volume=made, env={"POSTGRES_PASSWORD": PASSWORD})
    assert c.run() == 0
    assert c.logs == ""
    assert made.names() == []


@clause(11)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c11_arguments_reach_the_temporary_and_the_final_server(boot, init_files):
    name = "a 'b' \"c\" $HOME * \\d"
    look = "create table seen as select current_setting('cluster_name') as name, current_setting('port') as port, current_setting('listen_addresses') as listen;"
    c = boot(["postgres", "-c", f"cluster_name={name}", "-p", "5555", "-c", "listen_addresses=0.0.0.0"], port=5555,
             mounts=[init_files({"look.sql": look})])
    assert c.sql("show cluster_name", port=5555) == name
    assert c.sql("show listen_addresses", port=5555) == "0.0.0.0"
    assert c.sql("select name from seen", port=5555) == name
    assert c.sql("select port, listen from seen", port=5555) == "5432|", "appended last for the temporary server"


@clause(11)
def test_c11_arguments_keep_their_order_in_the_final_server(boot):
    given = ["-c", "work_mem=5MB", "-c", "work_mem=6MB", "--maintenance-work-mem=70MB"]
    c = boot(["postgres", *given])
    command = list(c.postmaster().command)
    assert [word for word in command if word in given] == given
    assert c.sql("show work_mem") == "6MB"
    assert c.sql("show maintenance_work_mem") == "70MB"


@clause(11)
def test_c11_arguments_decide_the_password_encryption(boot):
    c = boot(["postgres", "-c", "password_encryption=md5"])
    assert "\nhost all all all md5\n" in c.read("/var/lib/postgresql/data/pg_hba.conf")


@clause(12)
def test_c12_postgres_by_its_path_is_just_a_command(refuse, volume, root):
    made = volume()
    c = refuse([f"{root.bin}/postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD})
    assert '"root" execution of the PostgreSQL server is not permitted' in c.stderr
    assert made.names() == []


@clause(12)
def test_c12_postgres_must_be_on_the_path(refuse, volume):
    made = volume()
    c = refuse(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "PATH": "/usr/sbin:/sbin"})
    assert "postgres" in c.stderr or "initdb" in c.stderr
    assert cluster_files(made) == []


@clause(12)
def test_c12_the_postgres_of_the_path_is_run(boot, root):
    wrapper = File(f"#!/bin/sh\nexport WRAPPED=yes\nexec {root.bin}/postgres \"$@\"\n", mode=0o755)
    c = boot(files={"/usr/local/bin/postgres": wrapper}, mounts=[])
    assert c.environ(c.postmaster().pid).get("WRAPPED") == "yes"
