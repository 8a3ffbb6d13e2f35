"""What is predicted: laws, exponents, bifurcations and barriers, from formulas and operators; no run."""
