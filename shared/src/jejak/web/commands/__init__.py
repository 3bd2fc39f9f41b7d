"""Human tasks over HTTP: for one case, for several, and their answers."""
