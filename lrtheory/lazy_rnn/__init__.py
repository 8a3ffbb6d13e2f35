"""Lazy training: wide recurrent networks learn while weights hardly move (Allen-Zhu, Li, Song, 2019)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # The tangent kernel:
        "tangent.arc_cosine": "kappa0 kappa1",
        "tangent.limit": "LimitKernel kernel_trace limit_kernel own_covariance own_tangent",
        # What is predicted:
        "theory.modes": "Modes spectrum start_along",
        "theory.rates": "critical_rate default_rate gradient_bounds steps_to_ratio",
        "theory.linear_training": "interpolation_movement loss_curve movement_curve residuals "
        "summed_residuals",
        "theory.separation": "close_pair least_eigenvalue separation separation_slope",
        "theory.one_update": "OneUpdate one_update",
        "theory.adversary": "RankOneUpdate adversarial_flips adversarial_update cheapest_flips",
        "theory.norms": "LogNorm NormBounds backward_squared_norm mean_squared_norm norm_bounds "
        "sufficient_width tied_log_deviation untied_log_norm",
        "theory.product_norms": "PLAIN_NORM product_norm product_norm_asymptote",
        "theory.worst_case": "Guarantee descent_guarantee stochastic_guarantee",
        "theory.toy": "ToyShift toy_shift toy_width",
    },
    here="models tangent theory measures",
)
