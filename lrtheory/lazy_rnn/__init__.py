"""Lazy training: wide recurrent networks learn while weights hardly move (Allen-Zhu, Li, Song, 2019)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended, and what it reads:
        "models.networks": "ElmanNetwork random_network stacked_networks",
        "models.sequences": "Sequences every_time last_time stacked_sequences",
        "models.regression": "SequenceRegression",
        "models.tokens": "random_targets random_tokens simple_targets",
        "models.real": "digit_rows vowel_frames",
        "models.two_layer": "TwoLayerClassifier random_two_layer",
        "kernels.training": "Training trained",
        # The tangent kernel:
        "tangent.empirical": "tangent_kernel",
        "tangent.modules": "module_tangent_kernel",
        "tangent.products": "jacobian_product jacobian_transpose_product kernel_product",
        "tangent.arc_cosine": "kappa0 kappa1",
        "tangent.limit": "LimitKernel kernel_trace limit_kernel own_covariance own_tangent",
        # What is predicted:
        "theory.linearized": "LinearizedRegression linearized",
        "theory.levels": "LazyRegression level_outputs",
        "theory.training": "TrainingPrediction predict_training",
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
        # What is measured:
        "measures.movement": "Movement alignment flips hidden_change kernel_change movement spectral_norm",
        "measures.passes": "backward_norms fresh_norms gated_product_norm log_norms pre_activation_norms "
        "state_norms",
        "measures.smoothness": "gradient_ratio state_difference tangent_remainder",
        "measures.fits": "geometric_means width_slope",
    },
    here="claims experiments",
    door="objects",
)
