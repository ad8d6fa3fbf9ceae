"""The suites of tests/run: each is prepared, run with its output shown, and counted from its own report.

A suite ends with a JUnit file or with its own count; one that leaves neither has failed. Nothing is skipped silently: each
skipped test is printed with its reason.
"""

import concurrent.futures
import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
REPORTS = BUILD / "reports"
PYTHON = "/usr/bin/python3"


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list = dataclasses.field(default_factory=list)  # what failed or was skipped, and why

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.notes += other.notes

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Stop(Exception):
    """Nothing of this suite can run."""


def command(*words, **options):
    return subprocess.run([str(word) for word in words], cwd=ROOT, check=False, **options)


def must(*words):
    if command(*words).returncode != 0:
        raise Stop(f"failed: {' '.join(str(word) for word in words)}")


_built = set()
_building = threading.Lock()


def build(preset):
    """Configures and builds a preset, once a run."""
    with _building:
        if preset in _built:
            return
        must("cmake", "--preset", preset)
        must("cmake", "--build", "--preset", preset)
        _built.add(preset)


def junit(path, status):
    """The counts of a JUnit file as GoogleTest and pytest write it."""
    if not path.exists():
        return Count(failed=1, notes=[f"{path.stem}: ended with status {status} and left no report"])
    count = Count()
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
            count.notes.append(f"failed:  {name}")
        elif case.find("skipped") is not None or case.get("status") == "notrun" or case.get("result") == "skipped":
            count.skipped += 1
            skipped = case.find("skipped")
            count.notes.append(f"skipped: {name}: {skipped.get('message') if skipped is not None else 'no reason given'}")
        else:
            count.passed += 1
    if status != 0 and count.failed == 0:
        count.failed += 1
        count.notes.append(f"failed:  {path.stem} ended with status {status}")
    if count.passed + count.failed == 0:
        count.failed += 1
        count.notes.append(f"failed:  {path.stem} ran no test")
    return count


def googletest(*programs):
    """Two at a time: those that start real servers mostly wait. They print what fails, and nothing else."""
    build("sanitize")
    count = Count()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for each_count in pool.map(run_googletest, programs):
            count.add(each_count)
    return count


def run_googletest(program):
    report = REPORTS / f"{program}.xml"
    environment = dict(os.environ, ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1",
                       UBSAN_OPTIONS="print_stacktrace=1")
    done = command(BUILD / "sanitize" / program, f"--gtest_output=xml:{report}", "--gtest_brief=1", env=environment)
    return junit(report, done.returncode)


def simulation():
    """Many seeds at full speed, and each seeded bug; then fewer seeds under the sanitizers."""
    build("simulate")
    build("sanitize")
    threads = ("--threads", os.cpu_count())
    count = Count()
    for preset, options in (("simulate", ()), ("sanitize", ("--seeds", 300, "--no-bugs"))):
        report = REPORTS / f"sim-{preset}.xml"
        done = command(BUILD / preset / "simulation", *threads, *options, "--report", report)
        count.add(junit(report, done.returncode))
    return count


def pytest(folder, *options, needs_roots, name=None):
    build("release")
    if needs_roots:
        must("tests/roots")
    report = REPORTS / f"{name or folder}.xml"
    done = command(PYTHON, "-m", "pytest", "-c", "tests/pytest.ini", f"tests/{folder}", *options, f"--junitxml={report}")
    return junit(report, done.returncode)


# Who fails over, and how long it takes: a suite of its own, on the same lab.
FAILOVER = ("tests/kubernetes/test_elected.py", "tests/kubernetes/test_pause.py")


def kubernetes():
    build("sanitize")  # the client's program against the API server
    must("tests/kubernetes/lab", "build")  # waits for the one that main() began
    return pytest("kubernetes", *(f"--ignore={path}" for path in FAILOVER), needs_roots=True)


def failover():
    must("tests/kubernetes/lab", "build")
    return pytest(FAILOVER[0].removeprefix("tests/"), *FAILOVER[1:], needs_roots=True, name="failover")


def fuzzers():
    """What reads foreign bytes, 5 s each. Longer: tests/fuzz/run --seconds N."""
    report = REPORTS / "fuzz.xml"
    done = command(PYTHON, "tests/fuzz/run", "--report", report)
    return junit(report, done.returncode)


def sources(*suffixes):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "entrypoint", "tests"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split()
    return [name for name in listed if name.endswith(suffixes) and (ROOT / name).exists()]


def clang_format():
    """The newest clang-format-N that tests/setup installed."""
    found = sorted(Path("/usr/bin").glob("clang-format-[0-9]*"), key=lambda path: int(path.name.rsplit("-", 1)[1]))
    if not found:
        raise Stop("no clang-format: tests/setup installs it")
    return found[-1]


def each(files, check):
    """Runs check(file) -> (ok, text) on all processors; one file is one test."""
    count = Count()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (name, (ok, text)) in enumerate(zip(files, pool.map(check, files)), 1):
            if ok:
                count.passed += 1
            else:
                count.failed += 1
                count.notes.append(f"failed:  {name}")
                print(text)
            if number % 20 == 0:
                print(f"   {number} of {len(files)}", flush=True)
    return count


def format_suite():
    program = clang_format()

    def check(name):
        done = command(program, "--dry-run", "--Werror", name, capture_output=True, text=True)
        return done.returncode == 0, done.stderr

    return each(sources(".cpp", ".hpp"), check)


def compile_commands():
    """The folder of a list of the build's commands that has each source once: what is compiled twice is read once."""
    folder = BUILD / "reports" / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    once = {}
    must(PYTHON, "tests/fuzz/run", "--configure")
    for build_of in ("sanitize", "fuzz"):
        for entry in json.loads((BUILD / build_of / "compile_commands.json").read_text()):
            once.setdefault(entry["file"], entry)
    (folder / "compile_commands.json").write_text(json.dumps(list(once.values())))
    return folder


def tidy_suite():
    build("sanitize")
    program, commands = BUILD / "clang-tidy" / "bin" / "clang-tidy", compile_commands()

    def check(name):
        # clang does not read GCC's precompiled headers; the sources include what they need. libstdc++ uses what it
        # calls deprecated itself.
        done = command("nice", "-n", 19, program, "-p", commands, "--quiet", "--warnings-as-errors=*",
                       "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument",
                       "--extra-arg=-Wno-deprecated-declarations", name,
                       capture_output=True, text=True)
        return done.returncode == 0, done.stdout + done.stderr

    return each(sources(".cpp"), check)


SUITES = {
    "format": format_suite,
    "rules": lambda: pytest("tidy", needs_roots=False),
    "unit": lambda: googletest("unit_tests", "rewind_tests", "process_tests", "kubernetes_tests", "http_tests"),
    "scenarios": lambda: googletest("scenario_tests"),
    "sim": simulation,
    "harness": lambda: pytest("support", needs_roots=True),
    "pid1": lambda: pytest("pid1", needs_roots=False),
    "contract": lambda: pytest("contract", "-n", 2, needs_roots=True),  # each test has containers of its own
    "integration": lambda: pytest("integration", needs_roots=True),
    "container": lambda: pytest("container", needs_roots=True),
    "kubernetes": kubernetes,
    "failover": failover,
    "fuzz": fuzzers,
    "tidy": tidy_suite,
}
# Their root file systems are fetched beside the builds, which only compute.
ON_ROOTS = ("harness", "contract", "integration", "container", "kubernetes", "failover")
# These mostly wait. What only computes begins beside the first of them, at the lowest priority: the Kubernetes programs, the
# fuzzers, and the suite `tidy`.
WAITING = ("harness", "pid1", "contract", "integration", "container", "kubernetes", "failover")
BESIDE = "tidy"


def main(names):
    if names == ["--list"]:
        print("\n".join(SUITES))
        return 0
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"tests/run: no suite {unknown[0]!r}; there are: {', '.join(SUITES)}", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old in REPORTS.glob("*.xml"):
        old.unlink()
    total, lines = Count(), []
    names = names or list(SUITES)
    pool, beside, begun = concurrent.futures.ThreadPoolExecutor(1), None, False
    if set(ON_ROOTS) & set(names):
        pool.submit(command, "tests/roots", capture_output=True)  # who needs one waits for it, and says what fails
    for name in names:
        if name in WAITING and not begun:
            begun = True
            if {"kubernetes", "failover"} & set(names):
                pool.submit(command, "nice", "-n", 19, "tests/kubernetes/lab", "build", stdout=subprocess.DEVNULL)
            if "fuzz" in names:
                pool.submit(command, "nice", "-n", 19, PYTHON, "tests/fuzz/run", "--build", stdout=subprocess.DEVNULL)
            if BESIDE in names:
                beside = pool.submit(SUITES[BESIDE])
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        try:
            count = beside.result() if name == BESIDE and beside else SUITES[name]()
        except Stop as stop:
            count = Count(failed=1, notes=[f"failed:  {name}: {stop}"])
        lines.append(f"{name:12} {time.monotonic() - began:6.0f} s   {count}")
        print(f"== {lines[-1]}", flush=True)
        total.add(count)
    print("\n" + "\n".join(lines))
    for note in total.notes:
        print(note)
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
