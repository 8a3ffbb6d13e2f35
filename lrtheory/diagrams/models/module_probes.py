"""What is tried on a module before its losses are expanded: are they functions of weights and example?"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

Losses = Callable[[Tensor, Tensor], Tensor]  # inputs (n, ...), targets (n, ...) -> losses (n,)

_TRIED = 6  # examples that are computed together and one by one
_SAME = 1e-9  # relative: sums of another order round differently
_KINKED_OPERATIONS = frozenset({
    "abs", "relu", "leaky_relu", "prelu", "_prelu_kernel", "rrelu", "rrelu_with_noise", "elu", "celu", "selu",
    "hardtanh", "hardshrink", "softshrink", "hardsigmoid", "hardswish", "threshold", "relu6",
    "clamp", "clamp_min", "clamp_max", "maximum", "minimum", "fmax", "fmin", "max", "min", "amax", "amin",
    "aminmax", "sign", "sgn", "floor", "ceil", "round", "trunc", "frac", "fmod", "remainder", "floor_divide",
    "heaviside",
    "gt", "lt", "ge", "le", "sort", "topk", "kthvalue", "median", "nanmedian", "mode", "cummax", "cummin",
    "max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "fractional_max_pool2d", "fractional_max_pool3d",
    "max_unpool2d", "max_unpool3d", "smooth_l1_loss", "huber_loss", "multi_margin_loss",
    "multilabel_margin_loss_forward", "nan_to_num",
})  # fmt: skip
_KINKED_LAYERS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.CELU, nn.SELU, nn.Hardtanh, nn.Hardshrink,
    nn.Softshrink, nn.Hardsigmoid, nn.Hardswish, nn.Threshold, nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
)  # fmt: skip
_MIXING_LAYERS = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)


def check_module(module: nn.Module, losses: Losses, inputs: Tensor, targets: Tensor) -> None:
    """Refuse a module whose losses depend on more than weights and example; warn of kinks that run.

    Args:
        module: the module.
        losses: its losses at its own weights.
        inputs: of all examples, shape (K, ...).
        targets: of all examples, shape (K, ...).

    Raises:
        ValueError: layers in training mode, random numbers, buffers that change, examples that see each
            other, losses that are not one an example, or not finite.

    Warns:
        UserWarning: an operation that runs has no derivative somewhere.

    Source: ours; what tenka2020 takes for granted of a loss.
    """
    for layer in module.modules():
        if isinstance(layer, _MIXING_LAYERS) and layer.training:
            name = type(layer).__name__
            raise ValueError(f"{name} mixes examples or draws at random: put the module in eval mode")
    with torch.random.fork_rng(devices=[]):  # what is refused for drawing numbers takes none from the stream
        _check_losses(losses, module, inputs, targets)
        _warn_of_kinks(module, lambda: losses(inputs[:2], targets[:2]))


def _check_losses(losses: Losses, module: nn.Module, inputs: Tensor, targets: Tensor) -> None:
    count = min(len(inputs), _TRIED)
    some = torch.linspace(0, len(inputs) - 1, count).round().long().to(inputs.device)
    with torch.no_grad():
        try:
            first = losses(inputs[:2], targets[:2])
        except (TypeError, RuntimeError, IndexError, AttributeError) as error:
            raise ValueError(
                f"criterion(module(inputs), targets) must give a loss for each example, but fails: {error}"
            ) from error
        _require_one_an_example(first, min(2, len(inputs)))
        together = _repeatable(module, losses, inputs[some], targets[some])
        _require_one_an_example(together, count)
        single = [_alone(losses, inputs[k : k + 1], targets[k : k + 1]) for k in some.tolist()]
    if not bool(together.isfinite().all()):
        raise ValueError("the losses at the module's own weights must be finite: check inputs and targets")
    gap = (torch.cat(single) - together).abs()
    if bool((gap > _SAME * together.abs().max()).any()):
        raise ValueError(
            f"the loss of an example changes with the others beside it, by {float(gap.max()):.3g}: the "
            "module or the criterion mixes examples (normalization over a batch), or targets broadcast "
            "against outputs, as shape (K,) does against (K, 1): squeeze the outputs"
        )


def _alone(losses: Losses, inputs: Tensor, targets: Tensor) -> Tensor:
    try:
        found = losses(inputs, targets)
    except Exception as error:  # a normalization, say, that wants two examples
        raise ValueError(
            f"the loss of one example alone cannot be computed ({error}): the module mixes examples"
        ) from error
    _require_one_an_example(found, 1)
    return found


@contextlib.contextmanager
def plain_kernels() -> Iterator[None]:
    """Attention in elementary operations, which have derivatives of every order, while this lasts.

    Source: ours.
    """
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _repeatable(module: nn.Module, losses: Losses, inputs: Tensor, targets: Tensor) -> Tensor:
    """Losses, if computing them draws no numbers, changes no buffer, and gives the same twice."""
    drawn = torch.get_rng_state()
    buffers = [buffer.clone() for buffer in module.buffers()]
    first = losses(inputs, targets)
    if not torch.equal(drawn, torch.get_rng_state()):
        raise ValueError("the module or its criterion draws random numbers (dropout, noise): switch them off")
    if any(not torch.equal(old, new) for old, new in zip(buffers, module.buffers(), strict=True)):
        raise ValueError("the module changes its own buffers when it is called: put it in eval mode")
    for _ in range(4):
        if not torch.equal(first.nan_to_num(), losses(inputs, targets).nan_to_num()):
            raise ValueError("the losses differ from call to call: module and criterion must be functions")
    return first


def _require_one_an_example(losses: Any, count: int) -> None:
    shape = tuple(losses.shape) if isinstance(losses, Tensor) else type(losses).__name__
    if shape != (count,):
        raise ValueError(
            f"criterion must give one loss for each example, shape ({count},), got {shape}; "
            "use reduction='none', and outputs and targets of one shape: squeeze the outputs or the targets"
        )


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Names of the operations that run, and of the layers with kinks in which they do."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: set[str] = set()
        self.inside: list[str] = []
        self.layers: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__.rstrip("_")
        floats = any(isinstance(each, Tensor) and each.is_floating_point() for each in args)
        if name in _KINKED_OPERATIONS and floats:
            (self.layers if self.inside else self.names).add(self.inside[-1] if self.inside else name)
        return func(*args, **(kwargs or {}))


def _warn_of_kinks(module: nn.Module, run: Callable[[], Tensor]) -> None:
    seen = _Operations()
    handles = []
    for layer in module.modules():
        if isinstance(layer, _KINKED_LAYERS):
            name = type(layer).__name__
            handles.append(layer.register_forward_pre_hook(lambda *_, name=name: seen.inside.append(name)))
            handles.append(layer.register_forward_hook(lambda *_: seen.inside.pop() and None))
    try:
        with torch.no_grad(), seen:
            run()
    finally:
        for handle in handles:
            handle.remove()
    parts = [f"the module contains {', '.join(sorted(seen.layers))}"] if seen.layers else []
    parts += [f"the module or its criterion runs {', '.join(sorted(seen.names))}"] if seen.names else []
    if parts:
        warnings.warn(
            f"{' and '.join(parts)}: its loss is not analytic, derivatives miss the kinks, and the diagrams "
            "do not add up to what descent does; use tanh, softplus, average pooling, a smooth criterion",
            UserWarning,
            stacklevel=5,
        )
