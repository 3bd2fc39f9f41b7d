"""Human tasks over HTTP: for one case, for several, and what is answered."""
