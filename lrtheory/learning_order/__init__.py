"""Learning order: a large rate learns what generalizes before what can be memorized (Li, Wei, Ma, 2019)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended:
        "models.two_layer": "TwoLayerNet balanced_readout random_start",
        "models.patched_digits": "PatchedDigits patched_digits",
        "models.branches": "TwoBranchNet random_branches",
        "models.xor": "Signs effective_rank kernel_outputs paired_net random_signs",
        "models.toys": "ErrorRegression ProductThreshold Throw TwoHessians random_throw_start "
        "threshold_descent threshold_limit throw",
        "kernels.adam": "Adam",
        "kernels.stacked": "EnsembleRun ensemble_descent",
        # What is predicted:
        # What is measured:
        "measures.gradients": "GradientCovariance gradient_covariance gradient_products",
    },
    here="claims experiments",
    door="objects",
)
