"""estimation/kernels."""
