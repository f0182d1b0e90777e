#!/usr/bin/env python3
"""Holds the sources against the arrows of Package.swift and against the rules of docs/architecture.md.

    scripts/check_arrows.py [FOLDER]

What may import what stands in Package.swift alone and is read there. Beyond that:
- a file imports only what its target declares, and a target declares only what one of its files imports;
- the arrows have no cycle, and those that the architecture forbids are not there, not even over others;
- Agent and Serving know no options, print nothing, and reach the store through its ports alone;
- no type is named as a module, and no two top-level types of different modules have the same name;
- no file has more than 450 lines; in Sources half have at most 100 and nine in ten at most 250.
The package manager refuses an import without an arrow only on a clean build; this says it at once and by name.
"""
import json
import pathlib
import re
import subprocess
import sys

LONGEST = 450
MEDIAN, NINE_IN_TEN = 100, 250

# The rooms of the agent: what plans, keeps, judges, shows and measures know nothing of one another.
APART = {"Scheduler", "Store", "Judgement", "Reports", "Probes"}
APART_EXCEPT = {("Reports", "Judgement")}
# Each could be published alone.
PROTOCOLS = {"ECSRP5", "Sockets", "Transfer", "Syslog", "ServerLimits", "SQLiteFiles", "Accounts", "Btest", "RMBT", "RMBTControl"}
FLEET = {"FleetModel", "FleetFile"}
# What they say goes through a logger or is a value: options and the terminal belong to CommandLine.
LIBRARIES = {"Agent", "Serving"}

# Modules of the toolchain and the system, which need no arrow.
SYSTEM = {"Foundation", "FoundationNetworking", "Glibc", "Dispatch", "Synchronization", "Testing", "PackageDescription"}

IMPORT = re.compile(r"^(?:@\w+ |public |package |internal )*import (?:struct |class |enum |func |protocol )?(\w+)", re.M)
TYPE = re.compile(
    r"^(?:@\w+(?:\([^)]*\))? )*(?:(public|package|internal|private|fileprivate) )?(?:final |indirect )?"
    r"(?:struct|enum|class|actor|protocol|typealias) (\w+)", re.M)

PRINTS = re.compile(r"^(?!\s*//).*?(?:\b(?:print|debugPrint|fputs)\(|FileHandle\.standard|STD(?:OUT|ERR)_FILENO)", re.M)

problems = []


def problem(text):
    problems.append(text)


def targets(folder):
    """The targets of Package.swift by name: their folder, kind, and what they declare."""
    dumped = subprocess.run(
        ["swift", "package", "dump-package"], cwd=folder, check=True, capture_output=True, text=True).stdout
    found = {}
    for target in json.loads(dumped)["targets"]:
        declared = set()
        for dependency in target["dependencies"]:
            for kind in ("byName", "target", "product"):
                if kind in dependency:
                    declared.add(dependency[kind][0])
        base = "Tests" if target["type"] == "test" else "Sources"
        found[target["name"]] = {
            "path": folder / (target.get("path") or f"{base}/{target['name']}"), "type": target["type"], "declared": declared,
        }
    return found


def imports(path):
    """Each module that a file imports, and the line."""
    text = path.read_text(encoding="utf-8")
    return [(match[1], text.count("\n", 0, match.start()) + 1) for match in IMPORT.finditer(text)]


def check_imports(folder, found):
    for name, target in found.items():
        files = sorted(target["path"].rglob("*.swift"))
        imported = set()
        for file in files:
            for module, line in imports(file):
                imported.add(module)
                if module not in target["declared"] | SYSTEM | {name}:
                    problem(f"{file.relative_to(folder)}:{line}: {name} imports {module}, and Package.swift has no arrow for it")
        if files:
            # Every suite may have the common support; not every one has a use for it.
            for module in sorted(target["declared"] - imported - ({"TestSupport"} if target["type"] == "test" else set())):
                problem(f"Package.swift: {name} declares {module}, and none of its files imports it")


def reach(found, name, seen=None):
    """All of this package's targets that one depends on, over others too."""
    seen = set() if seen is None else seen
    for other in found[name]["declared"]:
        if other in found and other not in seen:
            seen.add(other)
            reach(found, other, seen)
    return seen


def check_arrows(found):
    sources = [name for name in found if found[name]["type"] != "test"]
    for name in sources:
        reached = reach(found, name)
        if name in reached:
            problem(f"Package.swift: {name} depends on itself over others: a cycle")
        for other in sorted(reached):
            if name in APART and other in APART and (name, other) not in APART_EXCEPT and name != other:
                problem(f"Package.swift: {name} reaches {other}; of {', '.join(sorted(APART))} none knows another, but Reports Judgement")
            if name in PROTOCOLS and other in FLEET:
                problem(f"Package.swift: {name} reaches {other}: a protocol knows nothing of fleets")
        if name in LIBRARIES and "ArgumentParser" in found[name]["declared"]:
            problem(f"Package.swift: {name} knows ArgumentParser: options belong to CommandLine")
        if name in LIBRARIES and "Store" in reached:
            problem(f"Package.swift: {name} reaches Store: it keeps and reads results through the ports of FleetModel")
    for name in sorted({"FleetModel"} & set(found)):
        for other in sorted(found[name]["declared"]):
            problem(f"Package.swift: FleetModel depends on {other}: it imports nothing")


def check_libraries(folder, found):
    for name in sorted(LIBRARIES & set(found)):
        for file in sorted(found[name]["path"].rglob("*.swift")):
            text = file.read_text(encoding="utf-8")
            for match in PRINTS.finditer(text):
                line = text.count("\n", 0, match.end()) + 1
                problem(f"{file.relative_to(folder)}:{line}: {name} prints: the terminal belongs to CommandLine")


def check_types(folder, found):
    first = {}
    for name, target in found.items():
        if target["type"] == "test" or name == "TestSupport":
            continue
        for file in sorted(target["path"].rglob("*.swift")):
            for match in TYPE.finditer(file.read_text(encoding="utf-8")):
                access, declared = match[1], match[2]
                if access in ("private", "fileprivate"):
                    continue
                place = file.relative_to(folder)
                if declared in found:
                    problem(f"{place}: the type {declared} is named as a module")
                if declared in first and first[declared][0] != name:
                    problem(f"{place}: {name} and {first[declared][0]} both have a type {declared} ({first[declared][1]})")
                first.setdefault(declared, (name, place))


def check_sizes(folder):
    lengths = []
    for base in ("Sources", "Tests"):
        for file in sorted((folder / base).rglob("*.swift")):
            length = file.read_text(encoding="utf-8").count("\n")
            if base == "Sources":
                lengths.append(length)
            if length > LONGEST:
                problem(f"{file.relative_to(folder)}: {length} lines; a file has at most {LONGEST}")
    lengths.sort()
    if lengths:
        median, high = lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10]
        if median > MEDIAN:
            problem(f"Sources: half of the files have more than {median} lines; {MEDIAN} is the most")
        if high > NINE_IN_TEN:
            problem(f"Sources: one file in ten has more than {high} lines; {NINE_IN_TEN} is the most")


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    found = targets(folder)
    check_imports(folder, found)
    check_arrows(found)
    check_libraries(folder, found)
    check_types(folder, found)
    check_sizes(folder)
    for text in problems:
        print(text, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
