"""--version and the SBOM name everything that is linked in, as the linker and the compiler saw it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from support.image import binary

RELEASE = binary().parent
# A library's directory of headers, where that is not its name.
HEADERS = {"CLI": "CLI11", "openssl": "OpenSSL", "boost": "Boost"}
# Of the C library and the kernel: the compiler's own search path, and what lies below it.
SYSTEM = {"x86_64-linux-gnu", "aarch64-linux-gnu", "c++", "linux", "asm-generic", "gnu", "bits", "sys", "net", "netinet", "arpa", "rpc"}


@pytest.fixture(scope="module")
def sbom():
    return json.loads((RELEASE / "pgordinal.spdx.json").read_text())


@pytest.fixture(scope="module")
def packages(sbom):
    """{name: package} of what is linked in: all but ourselves."""
    return {one["name"]: one for one in sbom["packages"] if one["name"] != "pgordinal"}


@pytest.fixture(scope="module")
def archives(packages):
    """The static archives that the table names."""
    return {name for one in packages.values() for name in re.findall(r"\S+\.a\b", one["sourceInfo"])}


@pytest.fixture(scope="module")
def linked():
    """The archives from which the linker took a member, by its own map. Ours are the modules of entrypoint/."""
    text = (RELEASE / "pgordinal.map").read_text()
    members = text[:text.index("\nDiscarded input sections")]
    found = set(re.findall(r"^(\S+\.a)\(", members, re.M))
    assert len(found) > 10, "this is no link map"
    # libm.a is a text that leads to libm-2.36.a, where the C library has a vector one beside it.
    return {re.sub(r"^libm-[\d.]+\.a$", "libm.a", Path(path).name) for path in found if not re.fullmatch(r"entrypoint/(\w+)/lib\1\.a", path)}


def test_the_table_names_every_archive_that_is_linked(archives, linked):
    assert linked - archives == set()


def test_the_table_names_no_archive_that_is_not(archives, linked):
    assert archives - linked == set()


def test_the_table_names_every_library_whose_headers_were_compiled_in(packages):
    read = subprocess.run(["ninja", "-C", RELEASE, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    found = set(re.findall(r"^\s+/usr/include/([^/\s]+)/", read, re.M)) - SYSTEM
    assert len(found) > 3, "the build has no dependencies"
    assert {HEADERS.get(name, name) for name in found} - set(packages) == set()


def test_version_prints_the_table(packages, sbom):
    said = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True, env={"PATH": "/nonexistent"}).stdout.splitlines()
    ourselves = next(one for one in sbom["packages"] if one["name"] == "pgordinal")
    assert said[0] == f"pgordinal {ourselves['versionInfo']} ({ourselves['sourceInfo'].removeprefix('revision ')})"
    assert said[1] == "linked in:"
    assert said[2:] == [f"  {one['name']} {one['versionInfo']}, {one['licenseDeclared']}" for one in packages.values()]
    assert all(re.fullmatch(r"\d+(\.\d+)+", one["versionInfo"]) for one in packages.values())


def test_openssl_is_the_version_that_is_in_the_binary(packages):
    assert f"\0{packages['OpenSSL']['versionInfo']}\0".encode() in binary().read_bytes()


def test_the_sbom_is_spdx(sbom):
    """What SPDX 2.3 requires of a document, its packages and its relationships."""
    assert sbom["spdxVersion"] == "SPDX-2.3" and sbom["dataLicense"] == "CC0-1.0" and sbom["SPDXID"] == "SPDXRef-DOCUMENT"
    assert re.fullmatch(r"https://\S+", sbom["documentNamespace"]) and sbom["name"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sbom["creationInfo"]["created"]) and sbom["creationInfo"]["creators"]
    identifiers = [one["SPDXID"] for one in sbom["packages"]]
    assert len(set(identifiers)) == len(identifiers)
    for one in sbom["packages"]:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one["SPDXID"]) and one["name"] and one["downloadLocation"]
    related = {(one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in sbom["relationships"]}
    assert related == {("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-pgordinal"),
                       *(("SPDXRef-pgordinal", "STATIC_LINK", name) for name in identifiers if name != "SPDXRef-pgordinal")}
