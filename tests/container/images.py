"""The images under test: roots of tests/roots imported as official-style images, and images/Dockerfile on top."""

import json
import subprocess

from support.image import TOP, binary, image

DOCKERFILE = TOP / "images" / "Dockerfile"
# A date of the year in which the contract was read: any fixed one will do.
LABELS = {"VERSION": "0.1.0", "REVISION": "0123456789abcdef", "CREATED": "2026-07-01T00:00:00Z"}

# Behind a root's name.
AS_18 = "-as-18"


def imported(engine, root):
    """The root file system as an image without any metadata, made once for each state of the root."""
    made = (TOP / "build" / "roots" / f"{root.name}.json").stat().st_mtime_ns
    name = f"root-{root.name}:{made}"
    if not engine.docker("images", "-q", name).stdout.strip():
        with subprocess.Popen(["tar", "--one-file-system", "-C", root.path, "-c", "."], stdout=subprocess.PIPE) as tar:
            engine.docker("import", "-", name, stdin=tar.stdout, timeout=400)
        assert tar.returncode == 0, "tar failed"
    return name


def official(engine, root, layout=""):
    """The root with what the official image's Dockerfile says (clauses 1 to 3 of the contract), but for its script.

    layout: AS_18 for volume and PGDATA where they are from PostgreSQL 18 on.
    """
    volume, variables, move = root.pgdata, root.env, ""
    if layout == AS_18:
        volume = "/var/lib/postgresql"
        variables = {**variables, "PGDATA": f"{volume}/{root.major}/docker"}
        move = f"RUN rmdir {root.pgdata} && chmod 1777 {volume}"
    text = f"""
FROM {imported(engine, root)}
ENV {" ".join(f"{name}={json.dumps(value)}" for name, value in variables.items())}
{move}
VOLUME {volume}
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
"""
    name = f"official-{root.name}{layout}"
    engine.docker("build", "-q", "--network", "none", "-t", name, "-", input=text)
    return name


def program(engine, directory):
    """An image that has the program at /pgordinal and nothing else: the binary of the release preset, not compiled again."""
    directory.mkdir(exist_ok=True)
    (directory / "pgordinal").write_bytes(binary().read_bytes())
    (directory / "pgordinal").chmod(0o755)
    (directory / "Dockerfile").write_text("FROM scratch\nCOPY pgordinal /pgordinal\n")
    engine.docker("build", "-q", "-t", "program", directory)
    return "program"


def build(engine, name, *, target, directory, **arguments):
    """Builds images/Dockerfile with the program of program(). Returns the name."""
    empty = directory / "context"
    empty.mkdir(exist_ok=True)
    words = []
    for key, value in {"PROGRAM": "program", **LABELS, **arguments}.items():
        words += ["--build-arg", f"{key}={value}"]
    engine.docker("build", "-q", "-f", DOCKERFILE, "--target", target, "-t", name, *words, empty)
    return name


def postgres(engine, root_name, directory):
    """(the image, its root): images/Dockerfile on the official-style image of this root, its name with AS_18 or without it."""
    root, layout = image(root_name.removesuffix(AS_18)), AS_18 if root_name.endswith(AS_18) else ""
    base = official(engine, root, layout)
    return build(engine, f"postgres-{root_name}", target="postgres", directory=directory, BASE=base), root
