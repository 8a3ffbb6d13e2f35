"""Tangent kernels: of a network, without its Jacobian, and of the network of infinite width."""
