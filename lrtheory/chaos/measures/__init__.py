"""What is measured: exponents, cycles, dimensions and distances, read off runs and samples."""
