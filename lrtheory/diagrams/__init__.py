"""Diagrams: what noise, batches and epochs do to a descent, order by order in the rate (Tenka, 2020)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended:
        "models.polynomials": "Polynomial PolynomialLandscape",
        "models.populations": "PolynomialPopulation Population",
        "models.module_population": "ModulePopulation",
        "models.examples": "three_quintics two_quintics valley_floor",
        "models.linear_models": "LinearModel",
        "models.networks": "LeNet digits_softmax fashion_lenet small_tanh_net",
        "exact.random_landscapes": "random_logistic random_polynomials random_tanh_net",
        "models.moments": "LocalMoments eigenbasis local_moments",
        "models.swing": "SwingLandscape cubic_chi gauss mean_estimation",
        "models.screws": "helix linear_screw ring_helix ring_place",
        "models.minima": "Minimum minimum",
        "models.training_sets": "Atoms TrainingSet",
        # Diagrams, how often they embed, what they are worth, and what they sum to:
        "diagram.diagram": "Diagram",
        "diagram.enumeration": "enumerate_diagrams with_fresh_noise",
        "diagram.crossing": "value_key",
        "diagram.einsum": "cumulant_tensors einsum_string value_formula",
        "counting.schedules": "Cells Diffusion Epochs GradientFlow WithReplacement cells_of drawn_cells "
        "full_batch one_epoch",
        "counting.edge_kernels": "AveragedSteps HeavyBallSteps NesterovSteps PlainSteps ScheduledSteps",
        "counting.coefficients": "coefficient coefficients embedding_count",
        "counting.symbolic": "symbolic_coefficient",
        "counting.placements": "Embedding embeddings",
        "values.rational": "exact_value exact_values",
        "values.samples": "covariance_trace_gradient sampled_values",
        "values.probes": "probed_values",
        "values.correlators": "correlator",
        "values.diagram_values": "derivatives_of diagram_value diagram_values",
        "values.gram": "gram_values",
        "values.observables": "Displacement SecondMoment SquaredChange",
        "series.predicting": "predict",
        "series.prediction": "Estimate Prediction Term",
        "series.resummed": "ResummedTerm resummed_terms",
        "series.stationary": "stationary_terms",
        "series.variance": "loss_variance",
        # What they are held against:
        "exact.enumerated_runs": "exact_enumeration",
        "exact.every_run": "means_over_every_run",
        "exact.every_set": "losses_over_every_set",
        # What is predicted:
        "theory.second_order": "first_gap gauss_loss_after_a_step one_epoch_series pair_counts "
        "second_order_series summed_series",
        "theory.batch_and_epochs": "batch_displacement batch_loss_difference covariance_weight "
        "discretization_displacement epochs_displacement epochs_loss_difference loss_above_diffusion "
        "loss_above_gradient_flow minimum_loss_above_diffusion squared_gradient_slope",
        "theory.curvature": "WORST_OVERFITTING WORST_SHARPNESS flow_gap flow_overfitting minimum_gap "
        "one_epoch_overfitting overfitting overfitting_shape takeuchi_overfitting worst_curvature",
        "theory.entropic_force": "early_entropic_displacement entropic_displacement "
        "flow_entropic_displacement stationary_entropic_displacement valley_velocity",
        "theory.archimedes": "screw_distance screw_velocity stalling_tilt steps_per_turn",
        "theory.skewness": "chain_skew_loss early_skew_loss leaves_skew_loss skew_loss stationary_loss "
        "stationary_place stationary_skew_loss",
        "theory.cubic_moments": "CubicResponse cubic_response",
        "theory.covariance_penalty": "CovariancePenalized imitation_of",
        # What is measured:
        "measures.runs": "Losses diffused_weights example_noise fresh_weights gaussian_noise mean_loss "
        "trained_losses",
        "measures.helix_runs": "Climb helix_climb",
        "measures.compiled_linear": "MeanLosses linear_runs",
        "measures.model_selection": "Akaike Stabilized Takeuchi Tuned tuned_excess",
        # Pictures:
        "plots.drawing": "draw draw_cells draw_sheet",
    },
    here="claims experiments",
    door="all",
)
