"""What an accelerator gives is what the CPU gives; run where there is one."""

import numpy as np
import pytest
import torch

from lrtheory import sweep
from lrtheory.lazy_rnn.experiments.memorization import kernel_error, limit, memorization
from lrtheory.results import Store

ACCELERATED = pytest.mark.skipif(not torch.cuda.is_available(), reason="no accelerator here")


@ACCELERATED
@pytest.mark.parametrize("experiment", [memorization, limit, kernel_error], ids=lambda each: each.name)
def test_an_accelerator_repeats_the_run_of_the_cpu(experiment, tmp_path):
    torch.cuda.reset_peak_memory_stats()
    found = sweep(
        experiment, {"device": ["cpu", "cuda"], "widths": [(64,), (192,)]}, fixed={"seeds": 2}, store=tmp_path
    )
    assert found.failed == {} and found.done == 4
    assert torch.cuda.max_memory_allocated() > 192**2 * 8  # something was computed there
    for name in next(found.points()).arrays:
        cpu, cuda = found[name]
        assert np.allclose(cpu, cuda, rtol=1e-6, atol=1e-9, equal_nan=True), name


@ACCELERATED
def test_a_stored_run_names_the_accelerator(tmp_path):
    result = Store(tmp_path).run(kernel_error, widths=(64,), seeds=1, device="cuda")
    assert result.provenance.device == torch.cuda.get_device_name()
