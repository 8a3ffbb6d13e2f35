"""Chaos: deterministic gradient descent with a large rate on a loss of two scales (Kong and Tao, 2020)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended:
        "models": "DoubleWell Quadratic SquareWave Tones TwoScale double_well periodic square_wave "
        "stochastic_rule uniform_start",
        "large_scale": "CoupledWells Differentiated WavyParabola",
        "uneven_ripples": "QuickeningTone SwellingTone",
        "problems": "aperiodic coupled_wells matyas multiplicative random_tones two_scale two_tones "
        "wavy_parabola",
        "networks": "AIRFOIL_SCALINGS NetworkLandscape airfoil_network",
        "siren": "SineNetwork sine_regression",
        "since": "ProductRegression SquaredProduct critical_product_rate cubic_coordinate cubic_map "
        "edge_minimum",
        # What is predicted:
        "theory": "gibbs_ks_to_first_order gibbs_temperature limiting_lyapunov_exponent slope_covariance "
        "slope_variance stationary_autocorrelation stationary_kurtosis stationary_variance",
        "laws": "gibbs_density gibbs_law stationary_law",
        "covariance": "gaussian_density probability_current scalar_gibbs_covariance small_rate_covariance "
        "stationary_covariance",
        "multiplicative_noise": "Moments ito_law multiplicative_moments",
        "contraction": "contraction_rate support_radius",
        "regimes": "REGIMES Regime decorrelation kick_correlation regime",
        "horseshoe": "entropy_bound horseshoe_branches horseshoe_rate large_stretch_entropy",
        "bifurcation": "Bifurcation bifurcation_point escape_rate flip_is_supercritical flip_rate "
        "limiting_escape_stretch period_doublings pitchfork_rate",
        "momentum": "exponent_sum momentum_exponents momentum_temperature momentum_variance",
        "quasipotential": "barrier_is_crossable gibbs_barrier largest_kick quasi_potential_barrier "
        "quasi_potential_slope",
        "modified_loss": "ModifiedLoss",
        "transfer": "TransferOperator mean_exit_steps operator_law stationary_weights transfer_operator",
        "limiting_exponents": "aperiodic_lyapunov_exponent limiting_lyapunov_spectrum limiting_lyapunov_sum",
        # What is measured:
        "measure": "Identities cycle_period lyapunov_exponent pair_distance stationary_sample "
        "stationarity_identities",
        "spectrum": "Spectrum kaplan_yorke_dimension lyapunov_spectrum",
        "cycles": "Cycle critical_points find_cycles orbit_diagram",
        "regularity": "correlation_dimension zero_one_test",
        "samples": "TimeAgainstEnsemble autocorrelation green_kubo_ratio sliced_w1 time_against_ensemble "
        "w2_distance",
        "conditions": "Condition check_condition",
    },
    here="claims curved experiments map_kernels phase_average plots small_scale",
)
