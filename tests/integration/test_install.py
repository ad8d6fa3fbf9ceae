"""`pgordinal install PATH`: how an init container brings the program into an unmodified image."""

import os
import stat

import pytest

from support import Mount, Tmpfs, image
from support.image import binary
from support.parts import PROGRAM


@pytest.fixture
def shared(tmp_path):
    """The volume that an init container shares with the unmodified image; anybody may write to it."""
    made = tmp_path / "shared"
    made.mkdir()
    made.chmod(0o777)
    return made


@pytest.fixture
def install(container, shared):
    """install(path, status, **options): runs it in a container, with /shared mounted."""
    def run(path, status=0, **options):
        options.setdefault("mounts", [Mount(shared, "/shared")])
        made = container(["install", path], volume=False, **options)
        assert made.run(30) == status, made.logs
        return made

    return run


def is_the_program(path):
    found = os.lstat(path)
    assert stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o755
    return path.read_bytes() == binary().read_bytes()


@pytest.mark.parametrize("path, at", [("/shared", "pgordinal"), ("/shared/", "pgordinal"), ("/shared/pgordinal", "pgordinal"),
                                      ("/shared/postgres-with-ha", "postgres-with-ha")])
def test_the_copy_is_where_it_was_asked_for_and_nothing_beside_it(install, shared, path, at):
    done = install(path)
    assert [one.name for one in shared.iterdir()] == [at]
    assert is_the_program(shared / at)
    assert done.stdout.startswith("pgordinal ") and done.stdout.endswith(f" is at /shared/{at}\n")
    assert done.stderr == ""


def test_it_needs_no_shell_no_root_and_no_writable_root_file_system(install, shared):
    install("/shared", on=image("trixie-no-shell"), user="999", cap_drop="ALL", no_new_privs=True, read_only=True)
    assert is_the_program(shared / "pgordinal")


def test_the_installed_copy_serves_an_unmodified_image(install, container, shared):
    install("/shared")
    pod = container(["postgres"], entrypoint=["/shared/pgordinal"], mounts=[Mount(shared, "/shared", read_only=True)],
                    env={"POSTGRES_PASSWORD": "x"})
    assert pod.start().wait_ready().processes()[0].name == "pgordinal"


def test_an_older_copy_is_replaced_at_once_and_a_link_by_a_file(install, shared):
    (shared / "old").write_text("old")
    (shared / "pgordinal").symlink_to("old")
    install("/shared")
    assert is_the_program(shared / "pgordinal") and (shared / "old").read_text() == "old"


def test_a_copy_may_replace_the_program_that_runs(install, shared):
    install("/shared")
    before = (shared / "pgordinal").stat().st_ino
    install("/shared", entrypoint=["/shared/pgordinal"])
    assert is_the_program(shared / "pgordinal") and (shared / "pgordinal").stat().st_ino != before


REFUSALS = {
    "no such directory": ("/shared/not/there", {}, ("/shared/not is not there", "emptyDir")),
    "a file as directory": ("/etc/passwd/x", {}, ("/etc/passwd", "Not a directory")),
    "a directory's name, not there": ("/shared/not/", {}, ("/shared/not", "is not there")),
    "nothing": ("", {}, ("PATH is empty",)),
    "a device": ("/dev/null", {}, ("/dev/null is neither a file nor a directory",)),
    "read-only": ("/usr/local/bin/copy", {"read_only": True}, ("Read-only file system", "writable volume")),
    "not ours": ("/etc", {"user": "999"}, ("Permission denied", "user 999", "fsGroup")),
    "full": ("/small", {"mounts": [Tmpfs("/small", "size=1m")]}, ("No space left on device", "8 MiB", "sizeLimit")),
    "noexec": ("/data", {"mounts": [Tmpfs("/data", "mode=1777,noexec")]}, ("nothing can be run from /data", "noexec", "another volume")),
}


@pytest.mark.parametrize("path, options, words", REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_is_one_clear_message_and_leaves_nothing(install, shared, tmp_path, path, options, words):
    log = tmp_path / "termination-log"
    log.touch()
    log.chmod(0o666)
    mounts = [*options.pop("mounts", []), Mount(shared, "/shared"), Mount(log, "/dev/termination-log")]
    done = install(path, 1, mounts=mounts, **options)
    assert done.stderr.startswith("pgordinal: install: ") and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr
    assert done.stdout == "" and list(shared.iterdir()) == []
    assert f"pgordinal: {log.read_text()}\n" == done.stderr, "kubectl describe pod says the same"


def test_a_copy_that_does_not_run_is_not_installed(install, shared):
    """Whatever the reason; here a limit on processes, so that the copy is written and cannot be run."""
    done = install("/shared", 1, user="12345", entrypoint=["/usr/bin/prlimit", "--nproc=0", PROGRAM])
    assert "does not run: " in done.stderr and done.stderr.endswith("; nothing was installed\n"), done.stderr
    assert list(shared.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["--help"], ["/a", "/b"]], ids=" ".join)
def test_wrong_arguments_are_answered_with_the_right_ones(container, arguments):
    done = container(["install", *arguments], volume=False)
    assert done.run(10) == 2
    assert done.stderr == "usage: pgordinal install PATH\n"
