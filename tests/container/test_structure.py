"""What the images are, by container-structure-test and by `docker inspect`, which sees what that program cannot."""

import hashlib
import json
import re
import subprocess
import tarfile

import pytest

from support.image import TOP, binary

from . import images
from .conftest import ROOTS

PROGRAM = TOP / "build" / "structure-test" / "bin" / "container-structure-test"


AS_18 = "trixie" + images.AS_18


@pytest.mark.parametrize("root", [*ROOTS, AS_18])
def test_container_structure_test_agrees(engine, made, tmp_path, root):
    name, _ = made(root)
    report = tmp_path / "report.json"
    files = ["structure-test.yaml", f"structure-test-{'from-18' if root == AS_18 else 'to-17'}.yaml"]
    configs = [word for file in files for word in ("--config", TOP / "images" / file)]
    done = subprocess.run([PROGRAM, "test", "--image", name, *configs, "--output", "json", "--test-report", report],
                          capture_output=True, text=True, timeout=150,
                          env={**engine.environment, "DOCKER_API_VERSION": "1.41"})
    assert report.exists(), done.stdout + done.stderr
    results = json.loads(report.read_text())
    failed = [result for result in results["Results"] if not result["Pass"]]
    assert not failed and done.returncode == 0, json.dumps(failed, indent=1)
    assert results["Pass"] == results["Total"] > 15


@pytest.mark.parametrize("root", [*ROOTS, AS_18])
def test_all_but_the_entrypoint_is_the_bases(engine, made, root):
    name, _ = made(root)
    ours, base = (engine.inspect(one)["Config"] for one in (name, f"official-{root}"))
    for key in ("Env", "Cmd", "StopSignal", "Volumes", "ExposedPorts", "User", "WorkingDir", "Healthcheck"):
        assert ours.get(key) == base.get(key), key
    assert base["Entrypoint"] != ours["Entrypoint"] == ["/usr/local/bin/pgordinal"]


def test_the_base_gets_one_layer_of_at_most_8_megabytes(engine, made):
    name, _ = made("trixie")
    ours, base = engine.inspect(name), engine.inspect("official-trixie")
    layers = base["RootFS"]["Layers"]
    assert ours["RootFS"]["Layers"][:len(layers)] == layers and len(ours["RootFS"]["Layers"]) == len(layers) + 1
    assert 0 < ours["Size"] - base["Size"] <= 8 << 20


def test_the_labels_say_what_it_was_built_from(engine, made):
    labels = engine.inspect(made("trixie")[0])["Config"]["Labels"]
    given = {key: labels[f"org.opencontainers.image.{key.lower()}"] for key in images.LABELS}
    assert given == images.LABELS
    assert labels["org.opencontainers.image.base.name"] == "official-trixie"


def test_the_version_of_the_labels_is_the_programs():
    version = re.search(r"project\(pgordinal VERSION (\S+)", (TOP / "CMakeLists.txt").read_text())[1]
    assert set(re.findall(r"ARG VERSION=(\S+)", images.DOCKERFILE.read_text())) == {version}


def test_the_release_image_is_the_program_and_nothing_else(engine, program, workspace, tmp_path):
    name = images.build(engine, "release", target="release", directory=workspace)
    engine.docker("create", "--name", "release", name)
    try:
        engine.docker("cp", "release:/pgordinal", tmp_path / "pgordinal")
        engine.docker("save", "-o", tmp_path / "release.tar", name)
    finally:
        engine.docker("rm", "release")
    assert hashlib.sha256((tmp_path / "pgordinal").read_bytes()).digest() == hashlib.sha256(binary().read_bytes()).digest()
    with tarfile.open(tmp_path / "release.tar") as saved:
        files = []
        for layer in (member for member in saved if member.name.endswith("layer.tar")):
            files += tarfile.open(fileobj=saved.extractfile(layer)).getnames()
    assert files == ["pgordinal"]
    assert engine.docker("run", "--rm", "--read-only", "--user", "65534", name).stdout.startswith("pgordinal ")


def test_two_lines_of_a_users_dockerfile_are_enough(engine, program, workspace):
    """The README's: COPY --from the release image, and ENTRYPOINT with the CMD that it made the builder forget."""
    images.build(engine, "release", target="release", directory=workspace)
    text = ('FROM official-trixie\nCOPY --from=release /pgordinal /usr/local/bin/\n'
            'ENTRYPOINT ["pgordinal"]\nCMD ["postgres"]\n')
    engine.docker("build", "-q", "-t", "users", "-", input=text)
    assert re.match(r"pgordinal \d", engine.docker("run", "--rm", "users", "--version").stdout)


def test_without_cmd_a_builder_forgets_the_bases(engine, made, workspace):
    """Why images/Dockerfile says CMD again: both builders do this."""
    made("trixie")
    (workspace / "forgetful").mkdir(exist_ok=True)
    (workspace / "forgetful" / "Dockerfile").write_text('FROM official-trixie\nENTRYPOINT ["pgordinal"]\n')
    for kit in ("0", "1"):
        engine.docker("build", "-q", "-t", f"forgetful-{kit}", workspace / "forgetful", env={"DOCKER_BUILDKIT": kit})
        assert engine.inspect(f"forgetful-{kit}")["Config"]["Cmd"] is None
