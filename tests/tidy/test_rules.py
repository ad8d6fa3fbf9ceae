"""The rules hold in this tree, and each rule can fail: it is shown a file that breaks it."""

import re
import subprocess
from pathlib import Path

import pytest

import rules

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree():
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True,
                            text=True).stdout.split("\0")
    paths = [name for name in listed if name and not name.endswith(rules.BINARY) and not name.startswith(rules.CORPUS) and (ROOT / name).is_file()]
    files = {name: (ROOT / name).read_text(errors="replace") for name in paths}
    assert "entrypoint/core/decide.cpp" in files, "this is not the tree that the rules are about"
    return files


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_holds(rule, tree):
    found = list(rule(tree))
    assert not found, "\n" + "\n".join(found)


LONG = "// line\n" * (rules.LINES + 1)
REASONS = "enum class Reason : std::uint8_t {\n  // nothing to do\n  idle,\n  busy,\n  count_,\n};\n"

# What breaks a rule, and what looks alike and does not.
BAD = [
    (rules.include_direction, {"entrypoint/core/decide.cpp": '#include "process/reaper.hpp"\n'}),
    (rules.include_direction, {"entrypoint/config/load.cpp": '#include "log/log.hpp"\n'}),
    (rules.include_direction, {"entrypoint/process/spawn.cpp": '#include "postgres/tools.hpp"\n'}),
    (rules.include_direction, {"entrypoint/postgres/peer.cpp": '#include "runtime/clock.hpp"\n'}),
    (rules.include_direction, {"entrypoint/core/decide.cpp": '#include "build_version.hpp"\n'}),
    (rules.include_direction, {"entrypoint/util/strings.cpp": "int x;\n"}),
    (rules.core_is_pure, {"entrypoint/core/decide.cpp": "#include <boost/asio/awaitable.hpp>\n"}),
    (rules.core_is_pure, {"entrypoint/core/decide.cpp": "#include <random>\n"}),
    (rules.core_is_pure, {"entrypoint/core/decide.hpp": "#include <sys/types.h>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/postgres/session.hpp": "#include <libpq-fe.h>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/runtime/clone.cpp": "#include <libpq-fe.h>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/runtime/serve.cpp": "#include <toml++/toml.h>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/log/log.hpp": "#include <spdlog/spdlog.h>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/runtime/long_run.cpp": "#include <boost/process/v2/process.hpp>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/process/init.cpp": "#include <CLI/CLI.hpp>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/config/load.hpp": "#include <boost/asio/awaitable.hpp>\n"}),
    (rules.one_place, {"entrypoint/postgres/tools.cpp": "int f() { return ::waitpid(-1, nullptr, 0); }\n"}),
    (rules.one_place, {"entrypoint/process/reaper.cpp": "x = waitpid(1, &s, 0);\ny = ::waitpid(2, &s, 0);\n"}),
    (rules.one_place, {"entrypoint/process/reaper.cpp": "void reap() {}\n"}),
    (rules.one_place, {"entrypoint/core/decide.cpp": "auto t = std::chrono::steady_clock::now();\n"}),
    (rules.one_place, {"entrypoint/log/log.cpp": "auto t = std::time(nullptr);\n"}),
    (rules.one_place, {"entrypoint/postgres/session.cpp": "std::random_device chance;\n"}),
    (rules.one_place, {"entrypoint/postgres/session.cpp": "int n = rand();\n"}),
    (rules.no_default_in_switches, {"entrypoint/core/stop.cpp": "switch (how) {\n  default:\n    return 1;\n}\n"}),
    (rules.no_default_in_switches, {"entrypoint/runtime/loop.cpp": "switch (a) {\n  default:\n}\n" * 2}),
    (rules.no_default_in_switches, {"entrypoint/runtime/loop.cpp": "switch (a) {}\n"}),
    (rules.file_lengths, {"entrypoint/core/decide.cpp": LONG}),
    (rules.file_lengths, {"tests/unit/core_lsn_test.cpp": LONG}),
    (rules.file_lengths, dict.fromkeys(rules.LONG_FILES, "short now\n")),
    (rules.file_lengths, dict.fromkeys(rules.LONG_FILES, "// line\n" * (max(rules.LONG_FILES.values()) + 1))),
    (rules.file_lengths, {"tests/roots": LONG}),
    (rules.no_em_dash, {"README.md": "It works \u2014 mostly.\n"}),
    (rules.no_registry_hosts, {"images/Dockerfile": "FROM docker.io/library/postgres:17\n"}),
    (rules.no_registry_hosts, {"tests/setup": "deb http://deb.debian.org/debian bookworm main\n"}),
    (rules.no_machine_paths, {"tests/run": "cd /work/main\n"}),
    (rules.no_machine_paths, {"README.md": "see /home/ada/src\n"}),
    (rules.no_machine_paths, {"tests/roots": 'cache = "/root/cache"\n'}),
    (rules.nothing_left_to_do, {"entrypoint/core/decide.cpp": "// TODO: the rest\n"}),
    (rules.ends_with_one_newline, {"entrypoint/core/decide.cpp": "int x;"}),
    (rules.ends_with_one_newline, {"entrypoint/core/decide.cpp": "int x;\n\n"}),
    (rules.no_trailing_blanks, {"entrypoint/core/decide.cpp": "int x; \n"}),
    (rules.no_trailing_blanks, {"tests/unit/core_lsn_test.cpp": "\tint x;\n"}),
    (rules.headers_are_included_once, {"entrypoint/core/time.hpp": "#include <chrono>\n"}),
    (rules.sources_are_listed, {"tests/unit/CMakeLists.txt": "add_executable(t a.cpp)\n", "tests/unit/a.cpp": "", "tests/unit/b.cpp": ""}),
    (rules.sources_are_listed, {"tests/unit/CMakeLists.txt": "add_executable(t a.cpp)\n"}),
    (rules.sources_are_listed, {"tests/unit/CMakeLists.txt": "# a.cpp\n", "tests/unit/a.cpp": ""}),
    (rules.sources_are_listed, {"entrypoint/http/page.cpp": "int x;\n"}),
    (rules.reasons_are_named_in_order, {"entrypoint/core/reason.hpp": REASONS, "entrypoint/core/reason.cpp":
                                        'std::string_view{"busy"}, std::string_view{"idle"}'}),
]
GOOD = [
    (rules.include_direction, {"entrypoint/core/decide.cpp": '#include "core/parts.hpp"\n',
                               "entrypoint/postgres/peer.cpp": '#include "process/spawn.hpp"\n',
                               "entrypoint/runtime/loop.cpp": '#include "log/log.hpp"\n#include "build_version.hpp"\n',
                               "entrypoint/main.cpp": '#include "runtime/serve.hpp"\n'}),
    (rules.core_is_pure, {"entrypoint/core/decide.cpp": "#include <vector>\n#include <string_view>\n"}),
    (rules.libraries_behind_adapters, {"entrypoint/postgres/session.cpp": "#include <libpq-fe.h>\n",
                                       "entrypoint/process/signals.hpp": "#include <boost/asio/awaitable.hpp>\n"}),
    (rules.one_place, {"entrypoint/process/reaper.cpp": "const pid_t p = ::waitpid(-1, &s, WNOHANG);\n",
                       "entrypoint/process/reaper.hpp": "/// The only caller of waitpid(2) in the program.\n",
                       "entrypoint/postgres/peer.cpp": 'say("::now() and rand()"); operand(x); runtime(0); child.wait(x);\n'}),
    (rules.no_default_in_switches, {"entrypoint/core/a.hpp": "  bool operator==(const A&) const = default;\n"}),
    (rules.file_lengths, {"entrypoint/core/decide.cpp": "// line\n" * rules.LINES}),
    (rules.no_registry_hosts, {"README.md": "the registry of your choice\n"}),
    (rules.no_machine_paths, {"tests/support/container.py": 'f"{state}/work", "workdir=", f"/proc/{pid}/root{path}"\n'}),
    (rules.sources_are_listed, {"tests/unit/CMakeLists.txt": "add_executable(t\n  a.cpp)\n", "tests/unit/a.cpp": ""}),
    (rules.reasons_are_named_in_order, {"entrypoint/core/reason.hpp": REASONS, "entrypoint/core/reason.cpp":
                                        'std::string_view{"idle"}, std::string_view{"busy"}'}),
]


@pytest.mark.parametrize("rule, files", BAD, ids=lambda value: getattr(value, "__name__", None))
def test_a_file_that_breaks_the_rule_is_found(rule, files):
    assert list(rule(files))


@pytest.mark.parametrize("rule, files", GOOD, ids=lambda value: getattr(value, "__name__", None))
def test_a_file_that_only_looks_like_it_is_not(rule, files):
    assert not list(rule(files))


def test_every_rule_has_been_shown_a_file_that_breaks_it():
    assert {rule for rule, _ in BAD} == set(rules.RULES)


def test_every_test_program_is_run_by_a_suite():
    programs = {name for listing in (ROOT / "tests").rglob("CMakeLists.txt")
                for name in re.findall(r"add_executable\((\w+_tests)\b", listing.read_text())}
    assert len(programs) > 4
    suites = (ROOT / "tests/support/suites.py").read_text() + (ROOT / "tests/kubernetes/test_client.py").read_text()
    assert not {name for name in programs if name not in suites}
