"""Mutation testing on a fixed sample of one-token changes: python tests/mutants/sample.py [room ...].

mutmut makes the changes that `places` draws and runs on each the tests of its room, quick and slow, in a
folder of _build. A run that was broken off goes on where it stopped; after an edit of the tests what was not
caught is tried again, after an edit of a function its changes are. `listed.toml` holds changes that are no
fault, with the reason.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "_build" / "mutants"
NOT_ROOMS = ("experiments", "claims", "plots")  # held by records, by claims and by eyes
# Exit codes of mutmut.
NOT_CAUGHT = {0: "survived", 33: "no tests", 255: "tests did not start", None: "not run"}
LISTED = 34
# Loaded once; the package and its tests are loaded anew for each change, since they make objects then.
PRELOADED = """
hypothesis joblib matplotlib.pyplot numba pytest scipy.optimize scipy.stats sklearn.datasets sympy torch
torch.export torch._meta_registrations
"""
SETTINGS = """
[tool.mutmut]
source_paths = ["lrtheory"]
only_mutate = {files}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
pytest_add_cli_args_test_selection = {tests}
timeout_constant = 60.0  # seconds of loading and of waiting for the processor
timeout_multiplier = 1.5
use_git_change_detection = false
process_isolation = "forkserver"
forkserver_warmup = "import"
preload_modules_file = "preloaded"
"""


def rooms():
    """Name of each room -> its files and its tests, as mutmut wants them."""
    package, tests = ROOT / "lrtheory", ROOT / "tests"
    found = {"spine": (sorted(package.glob("[!_]*.py")), [tests / "spine"])}
    for folder in sorted(path.parent for path in package.glob("*/*/__init__.py")):
        theory, room = folder.parent.name, folder.name
        if (folder.parent / "models").is_dir() and room not in NOT_ROOMS:
            beside = [tests / theory / room, *sorted((tests / theory).glob("test_*.py"))]
            found[f"{theory}/{room}"] = (
                sorted(folder.glob("*.py")),
                [path for path in beside if path.exists()],
            )
    return {
        room: tuple([path.relative_to(ROOT).as_posix() for path in paths] for paths in both)
        for room, both in found.items()
    }


def changes():
    """Every change of the room in whose folder this runs: what mutmut knows of its file, name, lines."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.file_utils import walk_mutatable_files

    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for name in data.exit_code_by_key:
            diff = get_diff_for_mutant(name, path=path).splitlines()[2:]
            was, now = (next(line[1:].strip() for line in diff if line[0] == sign) for sign in "-+")
            yield data, name, was, now


def order_files(state, functions):
    """Give each function every file of tests: first those that were seen to call it, quick ones first."""
    seconds = {}
    for test, duration in list(state.duration_by_test.items()):
        file = test.partition("::")[0]
        seconds[file] = seconds.get(file, 0) + duration
    state.duration_by_test.update(seconds)
    for function in functions:
        calling = {test.partition("::")[0] for test in state.tests_by_mangled_function_name[function]}
        files = sorted(seconds, key=lambda file: (file not in calling, seconds[file]))
        state.tests_by_mangled_function_name[function] = files


def run_here(mutmut, same_tests):
    """Let mutmut make and run what is not run yet."""
    from mutmut.state import state
    from places import draw

    listed = {(each["file"], each["was"], each["now"]) for each in listing()}
    collect = mutmut.collect_source_file_mutation_data

    def before_the_runs(**arguments):
        for data, name, was, now in changes():
            if (str(data.path), was, now) in listed:
                data.exit_code_by_key[name] = LISTED
                data.save()
        order_files(state(), {name.rpartition("__mutmut_")[0] for _, name, _, _ in changes()})
        return collect(**arguments)

    draw()
    mutmut.collect_source_file_mutation_data = before_the_runs
    # all tests passed just before, when mutmut noted which function each one calls
    mutmut.tests_for_mutant_names = lambda _: {min(state().duration_by_test)}
    if not same_tests:
        Path("mutants/mutmut-stats.json").unlink(missing_ok=True)
        mutmut._reset_mutant_results(lambda _, code: code in NOT_CAUGHT or code == LISTED)
    mutmut._run((), 1)


def listing():
    """The changes that alter no behaviour, or only a size of the work."""
    return tomllib.loads(Path(__file__).with_name("listed.toml").read_text(encoding="utf-8")).get(
        "change", []
    )


def digest(paths):
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def prepare(room):
    """The folder in which a room is run, and whether its tests are those of the last run."""
    files, tests = rooms()[room]
    folder, maker = WORK / room, digest([Path(__file__).with_name("places.py")])
    if (folder / "maker").exists() and (folder / "maker").read_text() != maker:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("lrtheory", "tests"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + SETTINGS.format(
        files=files, tests=tests
    )
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    (folder / "maker").write_text(maker)
    (folder / "preloaded").write_text("\n".join(PRELOADED.split()))
    now, stamp = digest((ROOT / "tests").rglob("*.py")), folder / "tests-of-the-last-run"
    same = stamp.exists() and stamp.read_text() == now
    stamp.write_text(now)
    return folder, same


def report():
    """Of the room in whose folder this runs: listed, places, caught, and what was not caught."""
    listed, caught, left = 0, 0, []
    for data, name, was, now in changes():
        code = data.exit_code_by_key[name]
        if code == LISTED:
            listed += 1
        elif code in NOT_CAUGHT:
            left.append(f"{data.path} ({NOT_CAUGHT[code]})\n  - {was}\n  + {now}")
        else:  # a test failed, an import did, or the tests did not end
            caught += 1
    return listed, caught + len(left), caught, left


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rooms", nargs="*", metavar="room", help=f"of {', '.join(rooms())}; all by default")
    parser.add_argument("--report", action="store_true", help="run nothing, print what is known")
    parser.add_argument("--here", choices=("new", "same"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    names = chosen.rooms or list(rooms())
    if unknown := set(names) - set(rooms()):
        parser.error(f"no such room: {', '.join(sorted(unknown))}; known: {', '.join(rooms())}")
    if chosen.here:
        import mutmut.__main__ as mutmut

        run_here(mutmut, chosen.here == "same")
        return
    table = {}
    for room in names:
        if not chosen.report:
            folder, same = prepare(room)
            print(f"== {room}", flush=True)
            command = [sys.executable, __file__, "--here", "same" if same else "new", room]
            if subprocess.run(command, cwd=folder, check=False).returncode:
                parser.exit(1, f"{room} was broken off; do its tests pass in {folder / 'mutants'}?\n")
        if (WORK / room / "mutants").is_dir():
            table[room] = in_folder(WORK / room)
    print("\n".join(line for *_, left in table.values() for line in left), "\n")
    print(f"{'room':24}{'listed':>8}{'places':>8}{'caught':>8}{'share':>8}")
    totals = [sum(row[k] for row in table.values()) for k in range(3)]
    for room, (listed, places, caught, *_) in {**table, "all": totals}.items():
        print(f"{room:24}{listed:8}{places:8}{caught:8}{caught / max(places, 1):8.0%}")


def in_folder(folder):
    from mutmut.configuration import reset_config

    os.chdir(folder)  # mutmut reads its settings there
    reset_config()
    return report()


if __name__ == "__main__":
    main()
