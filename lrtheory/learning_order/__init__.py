"""Learning order: a large rate learns what generalizes before what can be memorized (Li, Wei, Ma, 2019)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended:
        "models.pq": "GROUPS PQDistribution PQExamples q_points",
        "models.two_block": "Blocks TwoBlockTask",
        "models.noise": "NoiseDraw PreActivationNoise stationary_noise",
        "models.phases": "Phase annealed_by_noise annealed_pre_activation large_then_small noise_free "
        "small_throughout",
        "models.settings": "BASE SMALL Setting fresh_examples",
        "models.image_networks": "SmallCnn WideResNet16",
        "models.patches": "PatchTask random_patches",
        "models.schedules": "StepSchedule TrainingSchedule training_schedule",
        "models.two_layer": "TwoLayerNet balanced_readout random_start",
        "models.patched_digits": "PatchedDigits patched_digits",
        "models.branches": "TwoBranchNet random_branches",
        "models.xor": "Signs effective_rank kernel_outputs paired_net random_signs",
        "models.toys": "ErrorRegression ProductThreshold Throw TwoHessians random_throw_start "
        "threshold_descent threshold_limit throw",
        "kernels.adam": "Adam",
        "kernels.stacked": "EnsembleRun ensemble_descent",
        # What is predicted:
        "theory.gates": "averaged_kernel averaged_smode cross_time_kernel cross_time_smode frozen_kernel "
        "frozen_smode second_difference",
        "theory.smoothing": "smoothed_kernel smoothed_ratio smoothed_smode",
        "theory.flips": "gate_correlation gate_flip_rate noise_deviation refresh_time wedge_share",
        "theory.ridge": "RidgeLaw ridge_law stepped_kernel",
        "theory.samples": "chance_of_all_patterns examples_needed mean_direction_accuracy",
        "theory.noise_scale": "equal_scale_noise noise_scale small_batch_noise_scale spherical_noise_scale",
        "theory.rates": "leak_number p_start_rate q_start_rate start_force stiff_mode_limit",
        "theory.regimes": "Condition Regime regime_of",
        "theory.rescaling": "BlockSetting effective_dim literal_dim rescaled",
        # What is measured:
        "measures.learned": "ByPart QModes component_accuracies component_losses first_step p_outputs "
        "q_accuracy q_modes q_outputs",
        "measures.curves": "Curves learning_curves",
        "measures.gates": "cka cross_kernel_ratio cross_kernel_smode pattern_flip_rate wedge_fraction",
        "measures.gradients": "GradientCovariance gradient_covariance gradient_products",
    },
    here="claims experiments",
    door="objects",
)
