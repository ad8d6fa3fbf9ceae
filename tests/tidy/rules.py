"""The rules of the code that a program can check, each a function from files to findings.

Files are a dict of path (from the top of the repository) to text; a finding is one line that says where, what and what to
do. Nothing here reads the disk, so that each rule's own test can hand it a file that breaks it.
"""

import re

ADAPTERS = ("process", "postgres", "kubernetes", "http", "config", "log")
# Whose headers a module may include, besides its own.
MAY_INCLUDE = {
    "core": (),
    "process": ("core",),
    "postgres": ("core", "process"),
    "kubernetes": ("core", "http"),
    "http": ("core",),
    "config": ("core",),
    "log": ("core",),
    "runtime": ("core", *ADAPTERS),
    "main": ("core", *ADAPTERS, "runtime"),
}
GENERATED_HEADERS = {"build_version.hpp": ("runtime", "main")}

# A library's headers, and the files that may know it. A header of ours hides its library: only .cpp, but for Asio, whose
# executors and awaitables are the language of the loop.
BEHIND = {
    r"libpq-fe\.h|postgres_ext\.h|libpq/.*": r"entrypoint/postgres/[^/]*\.cpp",
    r"toml\+\+/.*": r"entrypoint/config/[^/]*\.cpp",
    r"(spdlog|fmt)/.*": r"entrypoint/log/[^/]*\.cpp",
    r"boost/process.*": r"entrypoint/process/[^/]*\.cpp",
    r"CLI/.*": r"entrypoint/(runtime/([^/]*\.cpp|command_line\.hpp)|main\.cpp)",
    r"openssl/.*": r"entrypoint/(config|postgres|kubernetes|http)/[^/]*\.cpp",
    r"boost/beast.*": r"entrypoint/(kubernetes|http)/[^/]*\.cpp",
    r"boost/json.*": r"entrypoint/(kubernetes|http|runtime(/elected)?)/[^/]*\.cpp",
    r"boost/asio.*": r"entrypoint/((process|postgres|kubernetes|http|runtime(/elected)?)/[^/]*|main)\.(cpp|hpp)",
}

# Deeds that have one place in the program. A new place needs a reason, and a line here.
ONE_PLACE = {
    "wait for a child": (r"\b(waitpid|waitid|wait3|wait4)\s*\(|::wait\s*\(", {"entrypoint/process/reaper.cpp": 1}),
    "read a clock": (
        r"::now\s*\(|\b(clock_gettime|gettimeofday|timespec_get|ftime)\s*\(|(?<![\w.:>])(std::)?time\s*\(\s*(0|nullptr|NULL|&)",
        {"entrypoint/runtime/clock.cpp": 1},
    ),
    "draw a random number": (
        r"\b(getrandom|getentropy|random_device|mt19937\w*|default_random_engine|RAND_\w+|arc4random\w*|[dlm]rand48)\b"
        r"|(?<![\w.>])(std::)?s?rand(om)?\s*\(",
        {"entrypoint/runtime/random.cpp": 1},
    ),
}

# Switches over numbers that are not ours (signals, errno, a library's codes), which no list can be complete for; in
# journal.cpp over the few reasons that need more than their name. May only shrink.
DEFAULTS = {
    "entrypoint/postgres/problem.cpp": 1,
    "entrypoint/runtime/journal.cpp": 2,
    "entrypoint/runtime/loop.cpp": 1,
}

# What fuzzers begin with is whatever it is.
CORPUS = "tests/fuzz/corpus/"

LINES = 300
# Longer ones, with the length they had when they were let in. They may only shrink.
LONG_FILES = {
    "tests/roots": 308,
    "tests/support/container.py": 425,
    "tests/unit/postgres_data_directory_test.cpp": 314,
    "tests/support/test_support.py": 306,
    "tests/unit/postgres_session_test.cpp": 350,
}

NOT_IN_CORE = ("chrono_io", "cstdio", "ctime", "filesystem", "fstream", "future", "iostream", "istream", "mutex", "ostream",
               "random", "sstream", "stdio.h", "syncstream", "thread", "unistd.h")

CODE = (".cpp", ".hpp")
# Written by people and read by them: everything that is not one of these.
BINARY = (".png", ".gz", ".xz", ".zst", ".ico", "go.sum")
# Its own examples of what is forbidden.
EXAMPLES = "tests/tidy/"


def without_comments(text):
    """C++ without comments and string literals, line numbers kept."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda m: "\n" * m.group().count("\n") if m.group()[0] == "/" else '""' + "\n" * m.group().count("\n"),
                  text, flags=re.S)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def code_files(files, under="entrypoint/"):
    return {path: text for path, text in files.items() if path.startswith(under) and path.endswith(CODE)}


def prose_files(files):
    return {path: text for path, text in files.items() if not path.endswith(BINARY) and not path.startswith(EXAMPLES)}


def module_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else parts[1].rsplit(".", 1)[0]


def includes(text):
    for match in re.finditer(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, flags=re.M):
        yield line_of(text, match.start()), match.group(1), match.group(2)


def include_direction(files):
    """core <- adapters <- runtime <- main."""
    for path, text in code_files(files).items():
        module = module_of(path)
        if module not in MAY_INCLUDE:
            yield f"{path}: no module {module} in the table of directions"
            continue
        for line, kind, header in includes(text):
            if kind != '"':
                continue
            if header in GENERATED_HEADERS:
                allowed = module in GENERATED_HEADERS[header]
            else:
                allowed = "/" in header and header.split("/")[0] in (module, *MAY_INCLUDE[module])
            if not allowed:
                yield f"{path}:{line}: {module} may not include {header}"


def core_is_pure(files):
    """core uses the standard library only, and of it nothing that does I/O, reads a clock or draws lots."""
    for path, text in code_files(files, "entrypoint/core/").items():
        for line, kind, header in includes(text):
            if kind == "<" and (header in NOT_IN_CORE or not re.fullmatch(r"[a-z_]+", header)):
                yield f"{path}:{line}: core may not include <{header}>"


def libraries_behind_adapters(files):
    for path, text in code_files(files).items():
        for line, _, header in includes(text):
            for pattern, home in BEHIND.items():
                if re.fullmatch(pattern, header) and not re.fullmatch(home, path):
                    yield f"{path}:{line}: {header} belongs behind {home}"


def one_place(files):
    for deed, (pattern, places) in ONE_PLACE.items():
        for path, text in code_files(files).items():
            code = without_comments(text)
            found = [line_of(code, match.start()) for match in re.finditer(pattern, code)]
            if len(found) > places.get(path, 0):
                yield f"{path}:{found[-1]}: {len(found)} places {deed}; it is done in {', '.join(places)}"
        for path, count in places.items():
            if path in files and not re.search(pattern, without_comments(files[path])):
                yield f"{path}: no longer {deed}s: take it out of the table"


def no_default_in_switches(files):
    """A new enumerator must be a compile error wherever it matters."""
    for path, text in code_files(files).items():
        count = len(re.findall(r"^\s*default\s*:", without_comments(text), flags=re.M))
        allowed = 0 if path.startswith("entrypoint/core/") else DEFAULTS.get(path, 0)
        if count > allowed:
            yield f"{path}: {count} switches with default, {allowed} allowed: name the enumerators"
        if count < allowed:
            yield f"{path}: {count} switches with default, the table says {allowed}: lower it"


def file_lengths(files):
    for path, text in prose_files(files).items():
        if not path.startswith(("entrypoint/", "tests/")):
            continue
        lines = text.count("\n")
        limit = LONG_FILES.get(path, LINES)
        if lines > limit:
            yield f"{path}: {lines} lines, at most {limit}: a part of it is a file of its own"
        if path in LONG_FILES and lines <= LINES:
            yield f"{path}: {lines} lines: take it out of the table of long files"
    for path in LONG_FILES:
        if path not in files and any(other.startswith("tests/") for other in files):
            yield f"{path}: is gone: take it out of the table of long files"


def forbidden(files, pattern, why):
    for path, text in prose_files(files).items():
        for match in re.finditer(pattern, text):
            yield f"{path}:{line_of(text, match.start())}: {match.group().strip()!r}: {why}"


def no_em_dash(files):
    return forbidden(files, "\u2014", "write a comma, a colon or a full stop")


def no_registry_hosts(files):
    """Which registry or mirror a machine uses is the machine's business."""
    return forbidden(files, r"\b(docker\.io/|ghcr\.io|quay\.io|gcr\.io|registry\.[a-z0-9.-]+\.[a-z]{2,}|(deb|ftp)\.debian\.org|"
                            r"archive\.ubuntu\.com|pypi\.org|proxy\.golang\.org)\b", "no host of a registry or mirror")


def no_machine_paths(files):
    return forbidden(files, r"(?<![\w.}-])/(work|home)(?=/|\b)|(?<![\w.}-])/root/\w", "a path of one machine")


def nothing_left_to_do(files):
    return forbidden(files, r"\b(TODO|FIXME|XXX|HACK)\b", "do it, or open an issue")


def ends_with_one_newline(files):
    for path, text in prose_files(files).items():
        if text and not text.endswith("\n"):
            yield f"{path}: no newline at its end"
        if text.endswith("\n\n"):
            yield f"{path}: empty lines at its end"


def no_trailing_blanks(files):
    for path, text in code_files(files, "").items():
        for match in re.finditer(r"[ \t]+$|\t", text, flags=re.M):
            yield f"{path}:{line_of(text, match.start())}: a tab, or blanks at the end of the line"


def headers_are_included_once(files):
    for path, text in code_files(files, "").items():
        if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, flags=re.M):
            yield f"{path}: no #pragma once"


def sources_are_listed(files):
    """Every source in its folder's CMakeLists.txt, every name there a file."""
    for lists in [path for path in files if path.endswith("/CMakeLists.txt") and path.count("/") > 1]:
        folder = lists.rsplit("/", 1)[0]
        listed = set(re.findall(r"[\w./-]+\.cpp\b", re.sub(r"#[^\n]*", "", files[lists])))
        there = {path.rsplit("/", 1)[1] for path in files if path.endswith(".cpp") and path.rsplit("/", 1)[0] == folder}
        for name in sorted(there - listed):
            yield f"{folder}/{name}: not in {lists}"
        for name in sorted(name for name in listed - there if "/" not in name):
            yield f"{lists}: lists {name}, which is not there"
    with_lists = {path.rsplit("/", 1)[0] for path in files if path.endswith("/CMakeLists.txt")}
    for path in code_files(files):
        if path.endswith(".cpp") and path.rsplit("/", 1)[0] not in with_lists:
            yield f"{path}: its folder has no CMakeLists.txt"


def reasons_are_named_in_order(files):
    """The table of texts is the enum, name by name; the compiler only compares their sizes."""
    for base in ("entrypoint/core/reason", "entrypoint/core/elected/reason"):
        header, table = files.get(f"{base}.hpp"), files.get(f"{base}.cpp")
        if header is None or table is None:
            continue
        body = re.search(r"enum class Reason[^{]*\{(.*?)\}", re.sub(r"//[^\n]*", "", header), flags=re.S).group(1)
        enumerators = [name for name in re.findall(r"\w+", body) if name != "count_"]
        names = re.findall(r'string_view\{"(\w+)"\}', table)
        for enumerator, name in zip(enumerators, names):
            if enumerator != name:
                yield f"{base}.cpp: {enumerator} is called {name!r}"
                break


RULES = (include_direction, core_is_pure, libraries_behind_adapters, one_place, no_default_in_switches, file_lengths,
         no_em_dash, no_registry_hosts, no_machine_paths, nothing_left_to_do, ends_with_one_newline, no_trailing_blanks,
         headers_are_included_once, sources_are_listed, reasons_are_named_in_order)
