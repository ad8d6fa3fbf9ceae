"""statefulset.yaml as its reader would edit it: text for text, so that the file itself is what the tests apply."""

import re
from pathlib import Path

FILE = Path(__file__).parents[2] / "statefulset.yaml"
NAME = "pg-main"
PASSWORD = "s3cret of the lab"
PLACEHOLDER = "REPLACE-THIS-PASSWORD"
# What the file says has to be changed for static mode.
STATIC = {
    'mode = "elected"': 'mode = "static"',
    "automountServiceAccountToken: true": "automountServiceAccountToken: false",
    "    role: primary": '    apps.kubernetes.io/pod-index: "0"',
    "    role: replica": '    apps.kubernetes.io/pod-index: "1"',
}


def replaced(text, changes):
    """Each key, which has to be there, becomes its value everywhere."""
    for old, new in changes.items():
        assert old in text, f"statefulset.yaml has no {old!r}"
        text = text.replace(old, new)
    return text


def manifest(*, name=NAME, password=PASSWORD, replicas=3, static=True, changes=None, settings=""):
    """The file with a password, as it is or for static mode, under another name, with further replacements, with more settings in
    the ConfigMap."""
    text = replaced(FILE.read_text(), {PLACEHOLDER: password, "replicas: 3": f"replicas: {replicas}", **(STATIC if static else {}),
                                       **(changes or {})})
    if settings:
        text = replaced(text, {"    [postgresql.parameters]\n": "".join(f"    {line}\n" for line in settings.splitlines())
                                                                 + "    [postgresql.parameters]\n"})
    return text.replace(NAME, name)


def documents(text):
    """The objects of a file, each as its text."""
    return [part for part in re.split(r"(?m)^---$", text) if re.search(r"(?m)^kind:", part)]


def document(text, kind, name=NAME):
    """The one object of this kind and name."""
    found = [part for part in documents(text) if re.search(rf"(?m)^kind: {kind}$", part) and re.search(rf"(?m)^  name: {name}$", part)]
    assert len(found) == 1, f"{len(found)} objects are {kind} {name}"
    return found[0]


def optional_parts():
    """{kind: text} of the objects that the file holds as comments."""
    blocks = re.findall(r"(?m)^#---\n((?:#.*\n)+)", FILE.read_text())
    parts = ["".join(line[1:] + "\n" for line in block.splitlines()) for block in blocks]
    return {re.search(r"(?m)^kind: (\w+)$", part).group(1): part for part in parts}
