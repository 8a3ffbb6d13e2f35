"""Chaos: deterministic gradient descent with a large rate on a loss of two scales (Kong and Tao, 2020)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended:
        "models.two_scale": "DoubleWell Quadratic SquareWave Tones TwoScale double_well periodic "
        "square_wave stochastic_rule uniform_start",
        "models.large_scale": "CoupledWells Differentiated WavyParabola",
        "models.uneven_ripples": "QuickeningTone SwellingTone",
        "models.problems": "aperiodic coupled_wells matyas multiplicative random_tones two_scale two_tones "
        "wavy_parabola",
        "models.networks": "AIRFOIL_SCALINGS NetworkLandscape airfoil_network",
        "models.siren": "SineNetwork sine_regression",
        "models.since": "ProductRegression SquaredProduct critical_product_rate cubic_coordinate cubic_map "
        "edge_minimum",
        "models.modified_loss": "ModifiedLoss",
        # What is predicted:
        "theory.stationary": "gibbs_ks_to_first_order gibbs_temperature slope_covariance slope_variance "
        "stationary_autocorrelation stationary_kurtosis stationary_variance",
        "theory.laws": "gibbs_density gibbs_law stationary_law",
        "theory.covariance": "gaussian_density probability_current scalar_gibbs_covariance "
        "small_rate_covariance stationary_covariance",
        "theory.multiplicative_noise": "Moments ito_law multiplicative_moments",
        "theory.contraction": "contraction_rate support_radius",
        "theory.regimes": "REGIMES Regime decorrelation kick_correlation regime",
        "theory.horseshoe": "entropy_bound horseshoe_branches horseshoe_rate large_stretch_entropy",
        "theory.bifurcation": "Bifurcation CascadeEnd bifurcation_point escape_rate flip_is_supercritical "
        "flip_rate limiting_escape_stretch period_doublings pitchfork_rate",
        "theory.momentum": "exponent_sum momentum_exponents momentum_temperature momentum_variance",
        "theory.quasipotential": "barrier_is_crossable gibbs_barrier largest_kick quasi_potential_barrier "
        "quasi_potential_slope",
        "theory.transfer": "TransferOperator mean_exit_steps operator_law stationary_weights "
        "transfer_operator",
        "theory.limiting_exponents": "aperiodic_lyapunov_exponent limiting_lyapunov_exponent "
        "limiting_lyapunov_spectrum limiting_lyapunov_sum",
        # What is measured:
        "measures.runs": "Identities cycle_period lyapunov_exponent pair_distance stationary_sample "
        "stationarity_identities",
        "measures.spectrum": "Spectrum kaplan_yorke_dimension lyapunov_spectrum",
        "measures.cycles": "Cycle critical_points find_cycles orbit_diagram",
        "measures.regularity": "correlation_dimension zero_one_test",
        "measures.samples": "TimeAgainstEnsemble autocorrelation green_kubo_ratio sliced_w1 "
        "time_against_ensemble w2_distance",
        "measures.conditions": "Condition check_condition",
    },
    here="claims experiments kernels plots",
    door="objects",
)
