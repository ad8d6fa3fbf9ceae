#!/usr/bin/python3
"""Container images for the lab, made without an engine: archives as `docker save` writes them.

    images.py PAUSE DIRECTORY    writes pause.tar, postgres.tar and pgordinal.tar into DIRECTORY; PAUSE is the lab's program

`postgres:17` is laid out as the official image is (users, paths, variables, volume), without its script.
`pgordinal:latest` holds nothing but the static binary, as images/ builds it for a registry.
Both have the names that statefulset.yaml uses.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.image import binary, image  # noqa: E402


def write_archive(path, name, layer, config):
    """An image of one layer (a tar file)."""
    with open(layer, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    settings = json.dumps({"architecture": "amd64", "os": "linux", "config": config,
                           "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    partial = path.with_suffix(".partial")
    with tarfile.open(partial, "w") as archive:
        for member, content in (("manifest.json", manifest), ("config.json", settings)):
            header = tarfile.TarInfo(member)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
        archive.add(layer, "layer.tar")
    partial.rename(path)


def program_archive(path, name, program, at, config):
    """An image that holds one static program."""
    layer = path.with_suffix(".layer")
    with tarfile.open(layer, "w") as archive:
        header = archive.gettarinfo(program, at.lstrip("/"))
        header.uid = header.gid = header.mtime = 0
        header.uname = header.gname = ""
        header.mode = 0o755
        with open(program, "rb") as file:
            archive.addfile(header, file)
    write_archive(path, name, layer, {"Entrypoint": [at], **config})
    layer.unlink()


def postgres_archive(path, which):
    """The image of one of the tests' roots. It is the same until its root is made anew, and kept beside it."""
    root = image(which)
    facts = Path(f"{root.path}.json")
    kept = facts.with_suffix(".image.tar")
    if not kept.exists() or kept.stat().st_mtime < facts.stat().st_mtime:
        layer = kept.with_suffix(f".{os.getpid()}")
        subprocess.run(["tar", "--sort=name", "--numeric-owner", "-C", root.path, "-cf", layer, "."], check=True)
        write_archive(kept, f"postgres:{root.major}", layer, {
            "Env": [f"{key}={value}" for key, value in root.env.items()],
            "Cmd": ["postgres"],
            "ExposedPorts": {"5432/tcp": {}},
            "Volumes": {root.pgdata: {}},
            "StopSignal": "SIGINT",
        })
        layer.unlink()
    path.unlink(missing_ok=True)
    try:
        os.link(kept, path)
    except OSError:
        shutil.copy(kept, path)


def main(pause, directory):
    into = Path(directory)
    program_archive(into / "pause.tar", "localhost/pause:1", pause, "/pause", {})
    program_archive(into / "pgordinal.tar", "pgordinal:latest", binary(), "/pgordinal", {})
    postgres_archive(into / "postgres.tar", 17)


if __name__ == "__main__":
    main(*sys.argv[1:])
