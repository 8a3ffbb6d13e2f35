"""Where an experiment may run: on the CPU; on an accelerator if it says that it moves its tensors there."""

import inspect

import pytest

from lrtheory.__main__ import main
from lrtheory.results import Store
from lrtheory.source.catalog import experiments, load_experiment
from lrtheory.sweeps.plan import planned

ALL = [load_experiment(entry.name, entry.module) for entry in experiments()]
PLACED = [each for each in ALL if "device" in inspect.signature(each.function).parameters]
CPU = [each for each in PLACED if not each.cuda]


@pytest.mark.parametrize("experiment", CPU, ids=lambda each: each.name)
def test_what_computes_on_the_cpu_alone_is_refused_elsewhere(experiment, tmp_path):
    wanted = rf"{experiment.name} runs on the cpu alone, got device 'cuda:1'; leave device out"
    with pytest.raises(ValueError, match=wanted):
        experiment(device="cuda:1")
    with pytest.raises(ValueError, match=wanted):
        Store(tmp_path).run(experiment, device="cuda:1")
    with pytest.raises(ValueError, match=wanted):
        planned(experiment, {"device": ["cpu", "cuda:1"]})


@pytest.mark.parametrize("experiment", [each for each in PLACED if each.cuda], ids=lambda each: each.name)
def test_what_says_that_it_moves_its_tensors_passes_the_device_on(experiment):
    body = inspect.getsource(experiment.function).partition('"""\n')[2]
    assert "device" in body
    assert experiment.parameters(device="cuda")["device"] == "cuda"


def test_there_are_some_of_both_kinds():
    assert len(CPU) > 20 and 4 < len(PLACED) - len(CPU) < len(PLACED)


def test_the_command_line_says_so(capsys, tmp_path):
    words = ["run", "lazy_rnn.depth", "--device", "cuda", "--store", str(tmp_path)]
    assert main(words) != 0
    assert "lazy_rnn.depth runs on the cpu alone, got device 'cuda'" in capsys.readouterr().err
