"""Starts sweeps and kills them at random moments, for test_kills.py; a program of its own, which forks."""

import json
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from lrtheory import stored_sweeps, sweep
from lrtheory.sweeps import folder, keeper

BLOCK, LIFE = 100, 0.25  # points of a shard here, so that there are ten; longest life of a driver, seconds
COMPARED = 5  # every so many kills, what is stored is held against the truth
GRID = {"lr": [k / 1000 for k in range(1, 101)], "steps": list(range(1, 11))}


def exact(found):
    """All that a sweep holds, times aside."""
    return [
        (each.index, sorted((name, array.dtype.str, array.tobytes()) for name, array in each.arrays.items()))
        for each in found.points()
    ]


def killed(draw, run):
    """Run something in a process that is killed at a random moment; whether it was still alive."""
    child = os.fork()
    if child == 0:
        keeper.TOGETHER = draw.choice([0.0, 0.01, 0.1])
        try:
            if draw.random() < 0.3:
                with ThreadPoolExecutor(2) as pool:
                    run(pool)
            else:
                run(None)
        finally:
            os._exit(0)
    time.sleep(draw.uniform(0.0, LIFE))
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main(module, root, kills):
    """Kill so often; print what was found on the way."""
    toy, store, draw = import_module(module), Path(root), random.Random(14)
    folder.BLOCK = keeper.BLOCK = BLOCK
    wanted = exact(sweep(toy.orbit, GRID, store=store / "uninterrupted", seed=1))
    seen = {"kills": 0, "wrong": 0, "damaged": 0, "lost": 0, "rounds": 0, "moments": []}
    before, again = 0, False
    while seen["kills"] < kills:
        begin = again

        def run(executor, begin=begin):
            sweep(toy.orbit, GRID, executor, store=store / "killed", seed=1, again=begin)

        alive = killed(draw, run)
        seen["kills"] += alive
        found = stored_sweeps(store / "killed")
        done = found[0].done if found else 0
        seen["damaged"] += bool(found and found[0].damaged)
        seen["lost"] += done < before and not begin
        seen["moments"].append(done)
        before, again = done, False
        if found and seen["kills"] % COMPARED == 0:
            seen["wrong"] += exact(found[0]) != [wanted[each.index] for each in found[0].points()]
        if done == 1000 and not alive:
            seen["rounds"] += 1
            again = True
    whole = sweep(toy.orbit, GRID, store=store / "killed", seed=1)
    seen["equal"] = exact(whole) == wanted
    seen["files"] = sum(len(files) for _, _, files in os.walk(whole.folder))
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
