"""Diagrams: what noise, batches and epochs do to a descent, order by order in the rate (Tenka, 2020)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # The engine:
        "diagram": "Diagram",
        "enumeration": "enumerate_diagrams with_fresh_noise",
        "schedules": "Cells Diffusion Epochs GradientFlow WithReplacement cells_of drawn_cells full_batch "
        "one_epoch",
        "edge_kernels": "AveragedSteps HeavyBallSteps NesterovSteps PlainSteps ScheduledSteps",
        "counting": "coefficient coefficients embedding_count",
        "symbolic": "symbolic_coefficient",
        "placements": "Embedding embeddings",
        "polynomials": "Polynomial PolynomialLandscape",
        "rational_values": "exact_value exact_values",
        "enumerated_runs": "exact_enumeration",
        "populations": "PolynomialPopulation Population",
        "module_population": "ModulePopulation",
        "samples": "covariance_trace_gradient sampled_values",
        "probes": "probed_values",
        "correlators": "correlator",
        "crossing": "value_key",
        "examples": "three_quintics two_quintics valley_floor",
        "values": "derivatives_of diagram_value diagram_values",
        "linear_models": "LinearModel",
        "networks": "LeNet digits_softmax fashion_lenet small_tanh_net",
        "every_set": "losses_over_every_set",
        "gram": "gram_values",
        "observables": "Displacement SecondMoment",
        "predicting": "predict",
        "prediction": "Estimate Prediction Term",
        "resummed": "ResummedTerm resummed_terms",
        "stationary": "stationary_terms",
        "drawing": "draw draw_cells draw_sheet",
        "einsum": "cumulant_tensors einsum_string value_formula",
        # Landscapes, and what the corollaries say of them:
        "moments": "LocalMoments eigenbasis local_moments",
        "models": "SwingLandscape cubic_chi gauss mean_estimation",
        "screws": "helix linear_screw ring_helix ring_place",
        "minima": "Minimum minimum",
        "training_sets": "Atoms TrainingSet",
        "theory": "first_gap gauss_loss_after_a_step one_epoch_series pair_counts second_order_series "
        "summed_series",
        "batch_and_epochs": "batch_displacement batch_loss_difference covariance_weight "
        "discretization_displacement epochs_displacement epochs_loss_difference loss_above_diffusion "
        "loss_above_gradient_flow minimum_loss_above_diffusion squared_gradient_slope",
        "curvature": "WORST_OVERFITTING WORST_SHARPNESS flow_gap flow_overfitting minimum_gap "
        "one_epoch_overfitting overfitting overfitting_shape takeuchi_overfitting worst_curvature",
        "entropic_force": "early_entropic_displacement entropic_displacement flow_entropic_displacement "
        "stationary_entropic_displacement valley_velocity",
        "archimedes": "screw_distance screw_velocity stalling_tilt steps_per_turn",
        "skewness": "chain_skew_loss early_skew_loss leaves_skew_loss skew_loss stationary_loss "
        "stationary_place stationary_skew_loss",
        "cubic_moments": "CubicResponse cubic_response",
        # What is measured, and what is made of it:
        "measure": "Losses diffused_weights example_noise fresh_weights gaussian_noise mean_loss "
        "trained_losses",
        "helix_runs": "Climb helix_climb",
        "compiled_linear": "MeanLosses linear_runs",
        "model_selection": "Akaike Stabilized Takeuchi Tuned tuned_excess",
        "covariance_penalty": "CovariancePenalized imitation_of",
    },
    here="claims experiments plots",
)
